import { MessierError } from '../core/errors.js';
import type { Value } from '../onnx/assembler.js';
import type { GraphBuilder } from '../onnx/builder.js';
import type { Graph, Model, ValueInfo } from '../onnx/types.js';
import { cutModel, storeWeights } from '../onnx/rewrite/index.js';
import { isTensorInfo } from '../onnx/types.js';
import { workingOpset } from '../onnx/versions.js';
import type { ClassLabels, Loss } from './losses.js';
import type { Optimizer } from './optimizers.js';
import { parameterNames } from './parameters.js';
import { carry, initialOf, update, type StateTensor } from './parameter-updates.js';
import { checkFloat32, gradients } from './reverse.js';
import type { Target } from './rule.js';
import { addAll } from './sum.js';
import { trainingGraph, type NoiseInput } from './training-graph.js';

/** What to train, how, and where. */
export interface TrainingOptions {
  readonly loss: Loss;
  readonly optimizer: Optimizer;
  /** The output the loss is taken of; the model's first unless told. */
  readonly output?: string;
  /** Which parameters learn; all unless told. */
  readonly trainable?: (name: string) => boolean;
  /**
   * `train` normalises by the batch wherever a batch norm's scale is trainable; `inference` keeps the running statistics, which suits
   * small batches and pretrained networks.
   */
  readonly batchNorm?: 'train' | 'inference';
  /**
   * Factor above 0 on the learning rate of each parameter, and so on adamW's decay: layer-wise rates, PyTorch's parameter groups.
   * 1 for all unless told; what shall not learn is kept out by `trainable`.
   */
  readonly rateFactor?: (name: string) => number;
  /** Steps so far in which a parameter did not learn, 0 unless told: of one that was frozen at first, Adam counts the others alone. */
  readonly skippedSteps?: (name: string) => number;
  /** Gradients are scaled so that their norm over all parameters is at most this. */
  readonly clipNorm?: number;
  /** Decay of an exponential moving average of the parameters, for example 0.999; none unless told. */
  readonly averageDecay?: number;
  /** Sizes for symbolic dimensions, for example `{ N: 32 }`: fixed sizes make faster graphs. */
  readonly dims?: Readonly<Record<string, number>>;
  /** `cpu` unless told. */
  readonly target?: Target;
}

/** One step of training as a graph: batch, state and learning rate in; loss, metrics and new state out. */
export interface TrainingStep {
  readonly model: Model;
  /** The device that the graph is made for. */
  readonly target: Target;
  /** What each batch feeds: the model's inputs and the loss's targets. */
  readonly batch: readonly ValueInfo[];
  /** Which of them holds class numbers. */
  readonly labels?: ClassLabels | undefined;
  readonly state: readonly StateTensor[];
  /** Uniform random numbers in [0, 1) to feed at every step. */
  readonly noise: readonly NoiseInput[];
  /** Name of the scalar float32 input. */
  readonly rate: string;
  /** Scalar outputs: `loss` and the loss's metrics, and `gradientNorm` where gradients are clipped. */
  readonly scalars: readonly string[];
  /** The model's own output, as computed in training. */
  readonly prediction: string;
}

const rateName = 'learningRate';

/**
 * Forward pass, backward pass and optimizer update of a model as one ONNX graph. Weights that Constant and ConstantOfShape nodes make
 * are parameters like those of the file, named after the nodes' outputs.
 * Throws `autodiff/no-parameters` where nothing is left to train, `autodiff/no-rule` where an operator can't be differentiated,
 * `autodiff/opset` for a model of an opset before 17, `optimizer/option` for a factor or other number out of its range,
 * `autodiff/dims` for a batch size that the inputs don't take, `autodiff/type` for weights or outputs other than float32, and `autodiff/name` where
 * the model has a value with a name that the step needs: of its targets, metrics, learning rate or optimizer state.
 *
 * @example
 * const step = trainingStep(model, { loss: softmaxCrossEntropy(), optimizer: adam(), dims: { N: 32 } });
 */
export function trainingStep(whole: Model, options: TrainingOptions): TrainingStep {
  try {
    return assemble(whole, options);
  } catch (error) {
    if (!(error instanceof MessierError) || error.code !== 'onnx/duplicate-name') throw error;
    throw new MessierError(
      'autodiff/name',
      `${error.message} The training step needs this one for an input or output of its own. Rename the model's value, or the loss's input or metric.`,
      { cause: error },
    );
  }
}

function assemble(whole: Model, options: TrainingOptions): TrainingStep {
  const model = storeWeights(cutModel(whole, { outputs: [outputName(whole, options.output)] }));
  const { graph } = model;
  checkOpset(model);
  checkDims(graph, options.dims ?? {});
  const target = options.target ?? 'cpu';
  const parameters = parameterNames(model);
  if (parameters.length === 0) checkWeights(graph);
  const names = parameters.filter(options.trainable ?? (() => true));
  const learned = new Set(names);
  const { g, nodes, statistics, noise } = trainingGraph(model, {
    learned,
    usesBatch: (scale) => options.batchNorm !== 'inference' && learned.has(scale),
    dims: options.dims ?? {},
    target,
  });
  const before = new Set(graph.inputs.map((input) => input.name));
  const prediction = g.value(graph.outputs[0]?.name ?? '');
  checkFloat32(prediction, 'Models train');
  const start = g.nodes.length;
  const { loss, metrics, labels } = options.loss(g, prediction);
  const byName = gradients(g, {
    loss,
    wrt: names,
    target,
    nodes: [...nodes, ...g.nodes.slice(start)],
  });
  const reached = names.filter((name) => byName.has(name));
  if (reached.length === 0) {
    throw new MessierError(
      'autodiff/no-parameters',
      `No trainable parameter reaches the loss: ${String(names.length)} chosen. Widen \`trainable\`, or train another output.`,
    );
  }
  if (reached.length < names.length) return assemble(whole, { ...options, trainable: (name) => byName.has(name) });

  const batchInputs = g.declaredInputs.filter(
    (input) => before.has(input.name) || isTarget(input.name, { learned, statistics, noise }),
  );
  const rate = g.input(rateName, 'float32', []);
  const state: StateTensor[] = [];
  const clipped = clip(g, reached, byName, { limit: options.clipNorm, target });
  update(g, { model, options, reached, gradientOf: clipped.gradientOf, rate, state });
  for (const { name, next } of statistics) state.push(carry(g, name, next, 'statistic', initialOf(model, name)));

  const scalars: Readonly<Record<string, Value>> = { loss, ...metrics, ...(clipped.norm ? { gradientNorm: clipped.norm } : {}) };
  for (const [name, value] of Object.entries(scalars)) g.output(value, name);
  g.output(prediction);
  return {
    model: g.build({ name: `${graph.name}/training-step` }),
    target,
    batch: batchInputs,
    labels,
    state,
    noise,
    rate: rateName,
    scalars: Object.keys(scalars),
    prediction: prediction.name,
  };
}

/** Tells a model whose weights have another type from one without weights. */
function checkWeights({ initializers }: Graph): void {
  for (const [name, { type }] of initializers) {
    if (type === 'float16' || type === 'float64' || type === 'bfloat16')
      checkFloat32({ name, type, shape: undefined }, 'Models train');
  }
}

function outputName(model: Model, wanted: string | undefined): string {
  const outputs = model.graph.outputs.filter(isTensorInfo).map((output) => output.name);
  const name = wanted ?? outputs[0];
  if (name !== undefined && outputs.includes(name)) return name;
  throw new MessierError('autodiff/output', `The model has no output "${String(wanted)}"; it has ${outputs.join(', ')}.`);
}

function checkOpset({ opsets }: Model): void {
  const opset = opsets[''] ?? workingOpset;
  if (opset >= workingOpset) return;
  throw new MessierError(
    'autodiff/opset',
    `Training takes a model of opset ${String(workingOpset)} or later, ${String(opset)} received. Upgrade it with upgradeModel; loadModel does so itself.`,
  );
}

/** Sizes must be counts, and belong to symbolic dimensions; where the file fixes the batch, its size may be given under any name. */
function checkDims({ inputs }: Graph, dims: Readonly<Record<string, number>>): void {
  const shapes = inputs.filter(isTensorInfo).map(({ shape = [] }) => shape);
  const symbols = new Set(shapes.flat().filter((dim) => typeof dim === 'string'));
  for (const [name, wanted] of Object.entries(dims)) {
    if (!(Number.isInteger(wanted) && wanted >= 1))
      throw new MessierError('autodiff/dims', `dims.${name} must be a whole number of at least 1, ${String(wanted)} received.`);
    if (symbols.has(name) || shapes[0]?.[0] === wanted) continue;
    throw new MessierError(
      'autodiff/dims',
      `No input has a dimension "${name}" to be ${String(wanted)}: "${inputs[0]?.name ?? ''}" is (${shapes[0]?.join(', ') ?? ''}), ` +
        (symbols.size > 0
          ? `and the symbolic dimensions are ${[...symbols].join(', ')}. Name one of them.`
          : 'and all dimensions are fixed. Open a batch of fixed size with symbolicBatch.'),
    );
  }
}

function isTarget(
  name: string,
  own: {
    readonly learned: ReadonlySet<string>;
    readonly statistics: readonly { readonly name: string }[];
    readonly noise: readonly NoiseInput[];
  },
): boolean {
  return (
    !own.learned.has(name) && !own.statistics.some((item) => item.name === name) && !own.noise.some((item) => item.name === name)
  );
}

/** Scales all gradients by min(1, limit / norm), PyTorch's clip_grad_norm_. */
function clip(
  g: GraphBuilder,
  names: readonly string[],
  byName: ReadonlyMap<string, Value>,
  { limit, target }: { readonly limit: number | undefined; readonly target: Target },
): { readonly gradientOf: (name: string) => Value; readonly norm?: Value } {
  const raw = (name: string): Value => {
    const gradient = byName.get(name);
    if (!gradient) throw new RangeError(`No gradient of "${name}".`);
    return gradient;
  };
  if (limit === undefined) return { gradientOf: raw };
  if (!(limit > 0)) throw new MessierError('optimizer/option', `clipNorm must be above 0, ${String(limit)} received.`);
  const squares = names.map((name) => g.reduce('ReduceSumSquare', g.reshape(raw(name), [-1]), [0], false));
  const [first, ...rest] = squares;
  if (!first) return { gradientOf: raw };
  const norm = g.sqrt(addAll(g, target, first, ...rest));
  const factor = g.min(g.scalar(1), g.div(g.scalar(limit), g.add(norm, g.scalar(1e-6))));
  return { gradientOf: (name) => g.mul(raw(name), factor), norm };
}
