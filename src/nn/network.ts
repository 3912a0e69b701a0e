import { MessierError } from '../core/errors.js';
import { randomStream } from '../core/random.js';
import { GraphBuilder } from '../onnx/builder.js';
import type { AttributeInput, NodeOptions, Value } from '../onnx/assembler.js';
import type { Dim, Model, Shape } from '../onnx/types.js';
import { whole } from './checks.js';
import { zeros, type Initializer } from './initializers.js';

/**
 * A network under construction: a graph whose parameters have torch-style names and seeded first values.
 * Layers are functions that take it, a value and options, and return a value.
 *
 * @example
 * const net = new Network({ seed: 1 });
 * let x = net.image({ channels: 3, height: 64, width: 64 });
 * x = conv2d(net, x, { name: 'conv1', filters: 16, kernel: 3, padding: 'same', activation: 'relu' });
 * x = globalAveragePool(net, maxPool(net, x, { size: 2 }));
 * classifier(net, x, { classes: 4 });
 * const model = net.build();
 */
export class Network {
  readonly graph = new GraphBuilder();
  readonly seed: number;
  private prefix = '';
  private readonly layers = new Set<string>();
  private readonly draws: (fullName: string) => boolean;

  /** @param options.draws Which parameters get first values; the others are zeros, which cost no time and hardly any memory. All unless told. */
  constructor(options: { readonly seed?: number; readonly draws?: (fullName: string) => boolean } = {}) {
    this.seed = options.seed ?? 0;
    this.draws = options.draws ?? (() => true);
  }

  /** Declares an input of images: float32 (N, channels, height, width). A size may be a name, for networks that take any. */
  image(options: { readonly channels?: number; readonly height: Dim; readonly width: Dim; readonly name?: string }): Value {
    const { channels = 3, height, width, name = 'image' } = options;
    const layer = `Input "${name}"`;
    whole(layer, 'channels', channels);
    if (typeof height === 'number') whole(layer, 'height', height);
    if (typeof width === 'number') whole(layer, 'width', width);
    return this.graph.input(name, 'float32', ['N', channels, height, width]);
  }

  /** Declares an input of rows of numbers: float32 (N, size). */
  features(options: { readonly size: number; readonly name?: string }): Value {
    const { size, name = 'features' } = options;
    return this.graph.input(name, 'float32', ['N', whole(`Input "${name}"`, 'size', size)]);
  }

  /** Declares an input of texts as word numbers: int64 (N, length). The length may be a name. */
  tokens(options: { readonly length: Dim; readonly name?: string }): Value {
    const { length, name = 'tokens' } = options;
    if (typeof length === 'number') whole(`Input "${name}"`, 'length', length);
    return this.graph.input(name, 'int64', ['N', length]);
  }

  /** Puts `name.` before every name given inside `body`. */
  scope<T>(name: string, body: () => T): T {
    const outer = this.prefix;
    this.prefix = `${outer}${name}.`;
    try {
      return body();
    } finally {
      this.prefix = outer;
    }
  }

  /**
   * The full name of a layer: its own inside the scopes, or the stem with the first free number (`conv1`, `conv2`, ...).
   * Throws `nn/duplicate-name` where a layer of that name exists.
   */
  layerName(stem: string, name?: string): string {
    const full = this.prefix + (name ?? this.numbered(stem));
    if (this.layers.has(full)) {
      throw new MessierError(
        'nn/duplicate-name',
        `Two layers are named "${full}". Give each its own name, or put one inside net.scope("...", () => ...).`,
      );
    }
    this.layers.add(full);
    return full;
  }

  /** Adds a parameter under its full name. Its first values depend on the seed and the name alone. */
  parameter(fullName: string, dims: readonly number[], init: Initializer): Value {
    const data = (this.draws(fullName) ? init : zeros)(dims, randomStream(this.seed, 'weights', fullName));
    return this.graph.parameter(fullName, { type: 'float32', dims, data });
  }

  /** Adds a node with one output; `name` is a full name, and the scopes and the operator make one where it is absent. */
  op(
    opType: string,
    inputs: readonly (Value | undefined)[],
    attributes: Readonly<Record<string, AttributeInput>> = {},
    options: NodeOptions = {},
  ): Value {
    const name = options.name ?? this.prefix + opType.charAt(0).toLowerCase() + opType.slice(1);
    return this.graph.op(opType, inputs, attributes, { ...options, name });
  }

  /** Gives `x` another shape: numbers stay, one name at most becomes -1, more are read from the shape of `like`. */
  reshape(x: Value, shape: Shape, like: Value): Value {
    const names = shape.filter((dim) => typeof dim === 'string');
    if (names.length <= 1)
      return this.graph.reshape(
        x,
        shape.map((dim) => (typeof dim === 'string' ? -1 : dim)),
      );
    const sizes = this.graph.shapeOf(like);
    const parts = shape.map((dim) => {
      const axis = typeof dim === 'string' ? (like.shape?.indexOf(dim) ?? -1) : -1;
      return typeof dim === 'string' ? this.graph.gather(sizes, this.graph.ints([axis]), 0) : this.graph.ints([dim]);
    });
    return this.graph.reshape(x, this.graph.concat(parts, 0));
  }

  /** Declares an output of the network. */
  output(value: Value, name: string): Value {
    return this.graph.output(value, name);
  }

  /** The model so far. */
  build(options: { readonly name?: string; readonly metadata?: Readonly<Record<string, string>> } = {}): Model {
    this.graph.annotate(options.metadata ?? {});
    return this.graph.build({ name: options.name ?? 'network' });
  }

  private numbered(stem: string): string {
    let number = 1;
    while (this.layers.has(`${this.prefix}${stem}${number}`)) number++;
    return `${stem}${number}`;
  }
}
