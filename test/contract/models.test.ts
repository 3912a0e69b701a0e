import { createHash } from 'node:crypto';
import { readFileSync } from 'node:fs';
import { afterAll, beforeAll, describe, expect, it, test } from 'vitest';
import { createModel, modelNames, models, outlineModel } from '../../src/models/registry.js';
import type { ModelOptions } from '../../src/models/index.js';
import { parameterCount, withProbabilities } from '../../src/nn/index.js';
import type { Model, Tensor } from '../../src/onnx/types.js';
import { writeModel } from '../../src/onnx/write.js';
import { runModel } from '../support/onnx-cases.js';
import { pattern } from '../support/pattern.js';

const golden = (file: string): unknown => JSON.parse(readFileSync(new URL(`../golden/${file}`, import.meta.url), 'utf8'));

/** A picture of that many pixels, of noise in [0, 1). */
const noise = (name: string, dims: readonly number[]): Tensor => ({ type: 'float32', dims, data: pattern(name, dims, 0.5, 0.5) });

const run = (model: Model, image: Tensor): Promise<Tensor[]> => runModel(writeModel(model), [image]);

const rowsOf = ({ dims, data }: Tensor): number[][] => {
  const width = dims.at(-1)!;
  const values = Array.from(data, Number);
  return Array.from({ length: values.length / width }, (_, row) => values.slice(row * width, (row + 1) * width));
};

const digest = (file: Uint8Array): string => createHash('sha256').update(file).digest('hex');

describe.each(modelNames())('%s', (name) => {
  const architecture = models.get(name);
  const { channels, height, width, least } = architecture;
  /** Small enough for a test, and not square. */
  const small = { height: Math.max(32, least), width: Math.max(48, least) };
  /** Made once, for the largest have half a gigabyte of weights; where weights don't matter, outlines do. */
  let seeded: Model | undefined;
  let file: Uint8Array = new Uint8Array();
  beforeAll(() => {
    seeded = createModel(name, { seed: 3 });
    file = writeModel(withProbabilities(seeded));
  });
  afterAll(() => {
    seeded = undefined;
    file = new Uint8Array();
  });

  it('has as many parameters as published, a citation, names of its own for everything, and an image for input', () => {
    const model = outlineModel(name);
    const { graph } = model;
    expect(parameterCount(model)).toBe(architecture.parameters);
    expect(architecture.citation.length).toBeGreaterThan(20);
    const names = [
      ...graph.inputs.map((input) => input.name),
      ...graph.initializers.keys(),
      ...graph.nodes.flatMap((node) => node.outputs),
    ];
    expect(new Set(names).size).toBe(names.length);
    expect(new Set(graph.nodes.map((node) => node.name)).size).toBe(graph.nodes.length);
    expect(graph.inputs).toEqual([{ name: 'image', type: 'float32', shape: ['N', channels, height, width] }]);
    expect(graph.outputs).toEqual([{ name: 'logits', type: 'float32', shape: ['N', architecture.classes] }]);
  });

  it('runs at its own size, one picture and three, each row for itself', async () => {
    const three = noise(name, [3, channels, height, width]);
    const first: Tensor = {
      type: 'float32',
      dims: [1, channels, height, width],
      data: three.data.slice(0, three.data.length / 3),
    };
    const [logits, probabilities] = await runModel(file, [three]);
    expect(logits!.dims).toEqual([3, architecture.classes]);
    expect(rowsOf(logits!).flat().every(Number.isFinite)).toBe(true);
    for (const row of rowsOf(probabilities!)) expect(row.reduce((sum, value) => sum + value, 0)).toBeCloseTo(1, 5);
    const [alone] = await runModel(file, [first]);
    for (const [index, value] of rowsOf(alone!)[0]!.entries()) expect(value).toBeCloseTo(rowsOf(logits!)[0]![index]!, 4);
  });

  it.each([
    { classes: 2, channels: 1, height: least, width: least },
    { classes: 37, channels: 5, height: small.height, width: small.width },
  ])('takes $classes classes, $channels channels and $height x $width pixels', async (options) => {
    const [logits] = await run(outlineModel(name, options), noise(name, [1, options.channels, options.height, options.width]));
    expect(logits!.dims).toEqual([1, options.classes]);
  });

  it('is the same bytes for the same seed', () => {
    expect(digest(writeModel(withProbabilities(createModel(name, { seed: 3 }))))).toBe(digest(file));
  });

  it('has other first weights for another seed, and the same in layers that know nothing of the number of classes', () => {
    const one = seeded!.graph.initializers;
    const isSmall = (key: string): boolean => one.get(key)!.data.length < 100_000;
    const ofSeed = (seed: number) => outlineModel(name, { classes: 5, seed }, isSmall).graph.initializers;
    const [same, other] = [ofSeed(3), ofSeed(4)];
    const shared = [...one.keys()].filter((key) => one.get(key)!.dims.join() === same.get(key)!.dims.join());
    expect(shared.length).toBeGreaterThanOrEqual(one.size - 2);
    const equal = (key: string, values: typeof one): boolean =>
      Buffer.compare(bytesOf(one.get(key)!), bytesOf(values.get(key)!)) === 0;
    const drawn = shared.filter(isSmall);
    expect(drawn.filter((key) => !equal(key, same))).toEqual([]);
    const kernels = drawn.filter((key) => !isConstant(key) && one.get(key)!.dims.length > 1);
    expect(kernels.filter((key) => new Set(Array.from(one.get(key)!.data, Number)).size > 1 && equal(key, other))).toEqual([]);
  });

  it.each<ModelOptions>([
    { classes: 1 },
    { classes: 0 },
    { classes: -4 },
    { classes: 2.5 },
    { classes: 1e9 },
    { channels: 0 },
    { channels: -1 },
    { height: 0 },
    { width: -64 },
    { height: least - 1 },
    { width: Number.NaN },
    { seed: 0.5 },
    { seed: Number.NaN },
    { dropout: -0.1 },
    { dropout: 1 },
  ])('refuses %o', (options) => {
    expect(() => createModel(name, options)).toThrow(expect.objectContaining({ code: 'model/option' }));
  });
});

const bytesOf = ({ data }: Tensor): Uint8Array => {
  const values = data as Float32Array;
  return new Uint8Array(values.buffer, values.byteOffset, values.byteLength);
};

test('an unknown model is answered with the nearest name', () => {
  expect(() => createModel('resnet81')).toThrow(/No model "resnet81"\. Did you mean "resnet18"/);
});

test('galaxy-cnn stays below two million parameters', () => {
  expect(parameterCount(outlineModel('galaxy-cnn'))).toBeLessThanOrEqual(2_000_000);
});

/** The model with other values for its initializers. */
function withValues(model: Model, valueOf: (name: string, dims: readonly number[]) => Float32Array): Model {
  const initializers = new Map(
    [...model.graph.initializers].map(([name, tensor]) => [
      name,
      isConstant(name) ? tensor : { ...tensor, data: valueOf(name, tensor.dims) },
    ]),
  );
  return { ...model, graph: { ...model.graph, initializers } };
}

const isConstant = (name: string): boolean => name.startsWith('constant');

interface Resnets {
  readonly models: readonly {
    readonly name: string;
    readonly logits: readonly (readonly number[])[];
    readonly tensors: readonly (readonly [string, ...number[]])[];
  }[];
}

/** Scale and offset of a pattern, as in test/golden/resnets.py. */
function recipe(name: string, dims: readonly number[]): readonly [number, number] {
  if (name.endsWith('running_var')) return [0.2, 1];
  if (dims.length === 1) return name.endsWith('weight') ? [0.2, 0.8] : [0.1, 0];
  return [Math.round(Math.sqrt(3 / dims.slice(1).reduce((product, dim) => product * dim, 1)) * 1e6) / 1e6, 0];
}

describe.each((golden('resnets.json') as Resnets).models)("$name against torchvision's", ({ name, logits, tensors }) => {
  const model = createModel(name, { classes: 10, height: 64, width: 64 });

  it('has the same parameters and statistics, in the same order', () => {
    const ours = [...model.graph.initializers].filter(([key]) => !isConstant(key)).map(([key, { dims }]) => [key, ...dims]);
    const sorted = (list: readonly (readonly unknown[])[]): string[] => list.map((entry) => entry.join()).sort();
    expect(sorted(ours)).toEqual(sorted(tensors));
  });

  it('gives the same logits', async () => {
    const filled = withValues(model, (key, dims) => pattern(`${name}/${key}`, dims, ...recipe(key, dims)));
    const [found] = await run(filled, noise(`${name}/image`, [2, 3, 64, 64]));
    for (const [row, expected] of logits.entries()) {
      for (const [index, value] of expected.entries()) expect(Math.abs(rowsOf(found!)[row]![index]! - value)).toBeLessThan(1e-5);
    }
  });
});

interface FourGalaxies {
  readonly input: Described;
  readonly parameters: readonly (Described & { readonly name: string })[];
  readonly logits: readonly (readonly number[])[];
}
interface Described {
  readonly dims: readonly number[];
  readonly pattern: string;
  readonly scale: number;
  readonly offset: number;
}

test("four-galaxies gives PyTorch's logits", async () => {
  const { input, parameters, logits } = golden('models-four-galaxies.json') as FourGalaxies;
  const recipes = new Map(parameters.map((parameter) => [parameter.name, parameter]));
  const model = withValues(createModel('four-galaxies'), (name) => values(recipes.get(name)!));
  const [found] = await run(model, { type: 'float32', dims: input.dims, data: values(input) });
  for (const [index, value] of logits.flat().entries())
    expect(Math.abs(rowsOf(found!).flat()[index]! - value)).toBeLessThan(1e-5);
});

const values = (described: Described): Float32Array =>
  pattern(described.pattern, described.dims, described.scale, described.offset);
