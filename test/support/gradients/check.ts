import { InferenceSession, Tensor as OrtTensor } from 'onnxruntime-node';
import { gradients, type Target } from '../../../src/autodiff/index.js';
import type { Value } from '../../../src/onnx/assembler.js';
import { GraphBuilder } from '../../../src/onnx/builder.js';
import type { Model, Shape, Tensor } from '../../../src/onnx/types.js';
import { writeModel } from '../../../src/onnx/write.js';
import { between, type Sampler } from './samplers.js';

/** A float32 input of the graph under test, with respect to which it is differentiated. */
export interface Operand {
  readonly dims: readonly number[];
  readonly sample: Sampler;
  /** The shape as the graph declares it, where it has symbols. */
  readonly declared?: Shape;
}

/** A graph, usually of one operator. */
export interface GradientCase {
  /** Opset of the graph, 17 unless told. */
  readonly opset?: number;
  readonly operands: readonly Operand[];
  /** Float32 outputs; the loss is their product with random numbers, summed. */
  build(g: GraphBuilder, operands: readonly Value[]): Value | readonly Value[];
  /** Allowed relative error, 1e-3 unless told. */
  readonly tolerance?: number;
  /** How many times as large the rounding of outputs is as float32's own, where a kernel approximates functions; 1 unless told. */
  readonly coarseness?: number;
  /**
   * The same in float64, for operands that may lie near to the corner of a function: differences then take a step of 2^-20. Where ONNX
   * Runtime lacks a float64 kernel, float32 has to do.
   */
  buildDouble?(g: GraphBuilder, operands: readonly Value[]): readonly Value[];
}

/** How a case is run. */
export interface CheckOptions {
  readonly seed: number;
  readonly target: Target;
  /** ONNX Runtime's own graph optimizations for the gradient; finite differences always run without. */
  readonly optimized: boolean;
}

type Numbers = Float32Array<ArrayBuffer>;

/** Types of differences. A step of 2^-7 on a grid of 2^-12 is exact in float32; rounding of outputs (6e-8) then gives errors of about 1e-5. */
const precisions = {
  float32: { step: 2 ** -7, rounding: 2 ** -22, array: Float32Array },
  float64: { step: 2 ** -20, rounding: 2 ** -50, array: Float64Array },
} as const;
const directions = 3;

/**
 * Where analytic gradients and central differences of a case differ, in words; empty where they agree.
 *
 * The loss is sum(output * weights) with the sum taken here in float64. Its derivative along random directions of +-1 comes
 * from four evaluations (Richardson: (8 (f(h) - f(-h)) - (f(2h) - f(-2h))) / 12h, error h^4) and must equal gradient . direction
 * to `tolerance` of the gradient's norm. That is about the size of both, so that one wrong element in a hundred shows.
 */
export async function disagreements(test: GradientCase, options: CheckOptions): Promise<string[]> {
  const points = pointsOf(test, options.seed);
  const forward = await Forward.open(test);
  try {
    const { outputs, weights } = projectionOf(await forward.run(points), options.seed);
    const found = await analyticGradients(test, options, points, { outputs, weights });
    const { step, rounding } = precisions[forward.type];
    const spread = Math.sqrt(outputs.reduce((sum, output, index) => sum + squares(output.data, weights[index]), 0));
    const messages: string[] = [];
    for (const [index, point] of points.entries()) {
      const gradient = found[index] ?? new Float32Array(point.length);
      const allowed =
        (test.tolerance ?? 1e-3) * Math.sqrt(squares(gradient)) + ((test.coarseness ?? 1) * spread * rounding) / step;
      for (let direction = 0; direction < directions; direction++) {
        const signs = Array.from(between(-1, 1)(`${options.seed}/direction${direction}`, point.length), (value) =>
          value < 0 ? -1 : 1,
        );
        const at = async (distance: number): Promise<number> => {
          const moved = Array.from(point, (value, element) => value + distance * signs[element]!);
          return projected(await forward.run(points.map((data, other) => (other === index ? moved : data))), weights);
        };
        const [near, far] = [(await at(step)) - (await at(-step)), (await at(2 * step)) - (await at(-2 * step))];
        const numeric = (8 * near - far) / (12 * step);
        const analytic = gradient.reduce((sum, value, element) => sum + value * signs[element]!, 0);
        if (!(Math.abs(numeric - analytic) <= allowed)) {
          messages.push(`input ${index}: slope ${analytic}, by ${forward.type} differences ${numeric}, allowed error ${allowed}`);
          break;
        }
      }
    }
    return messages;
  } finally {
    await forward.release();
  }
}

/** The graph without gradients, to be run at many points. */
class Forward {
  private constructor(
    private readonly session: InferenceSession,
    private readonly test: GradientCase,
    readonly type: keyof typeof precisions,
  ) {}

  /** In float64 where the case can be built and run in it. */
  static async open(test: GradientCase): Promise<Forward> {
    if (test.buildDouble) {
      try {
        return new Forward(await createSession(Forward.model(test, 'float64'), false), test, 'float64');
      } catch (error) {
        if (!/implementation|type|Type/.test(String(error))) throw error;
      }
    }
    return new Forward(await createSession(Forward.model(test, 'float32'), false), test, 'float32');
  }

  private static model(test: GradientCase, type: 'float32' | 'float64'): Uint8Array {
    const g = new GraphBuilder({ opset: test.opset ?? 17 });
    build(test, g, type).forEach((output, index) => g.output(output, `result${index}`));
    return writeModel(g.build());
  }

  async run(points: readonly ArrayLike<number>[]): Promise<Output[]> {
    const { session, test, type } = this;
    const feeds = Object.fromEntries(
      points.map((data, index) => [
        `operand${index}`,
        new OrtTensor(type, precisions[type].array.from(data), test.operands[index]!.dims),
      ]),
    );
    const results = await session.run(feeds);
    return session.outputNames.map((name) => ({
      dims: results[name]!.dims,
      data: results[name]!.data as Numbers | Float64Array,
    }));
  }

  release(): Promise<void> {
    return this.session.release();
  }
}

function build(test: GradientCase, g: GraphBuilder, type: 'float32' | 'float64'): readonly Value[] {
  const operands = test.operands.map(({ dims, declared }, index) => g.input(`operand${index}`, type, declared ?? dims));
  const built = type === 'float64' && test.buildDouble ? test.buildDouble(g, operands) : test.build(g, operands);
  return 'name' in built ? [built] : built;
}

/** Appends a case to a graph with its loss, the sum of outputs times weights, and its gradients. */
export function differentiate(
  test: GradientCase,
  g: GraphBuilder,
  outputs: readonly Output[],
  target: Target,
): (Value | undefined)[] {
  const terms = build(test, g, 'float32').map((output, index) => {
    const weight = g.input(`weight${index}`, 'float32', output.shape ?? outputs[index]?.dims ?? []);
    return g.reduceSum(g.reshape(g.mul(output, weight), [-1]), [0], false);
  });
  const names = test.operands.map((_, index) => `operand${index}`);
  const byName = gradients(g, { loss: g.sum(terms[0]!, ...terms.slice(1)), wrt: names, target });
  return names.map((name) => byName.get(name));
}

interface Output {
  readonly dims: readonly number[];
  readonly data: Numbers | Float64Array;
}

interface Projection {
  readonly outputs: readonly Output[];
  readonly weights: readonly Numbers[];
}

/** A graph of a case's gradients with what to feed to it. */
export interface EmittedCase {
  readonly model: Model;
  readonly feeds: Readonly<Record<string, Tensor>>;
  /** Its outputs: the gradient of each operand, `undefined` where the rules say that the loss does not depend on it. */
  readonly gradients: readonly (string | undefined)[];
}

/** The gradients of a case at the point that a seed gives, as a graph for a device. */
export async function emitCase(
  test: GradientCase,
  { seed, target }: Pick<CheckOptions, 'seed' | 'target'>,
): Promise<EmittedCase> {
  const points = pointsOf(test, seed);
  const forward = await Forward.open(test);
  try {
    return emit(test, target, points, projectionOf(await forward.run(points), seed));
  } finally {
    await forward.release();
  }
}

function pointsOf({ operands }: GradientCase, seed: number): Numbers[] {
  return operands.map(({ dims, sample }, index) => sample(`${seed}/operand${index}`, product(dims)));
}

function projectionOf(outputs: readonly Output[], seed: number): Projection {
  return { outputs, weights: outputs.map(({ data }, index) => between(-1, 1)(`${seed}/weights${index}`, data.length)) };
}

function emit(test: GradientCase, target: Target, points: readonly Numbers[], { outputs, weights }: Projection): EmittedCase {
  const g = new GraphBuilder({ opset: test.opset ?? 17 });
  const wanted = differentiate(test, g, outputs, target);
  wanted.forEach((value, index) => value && g.output(value, `gradient${index}`));
  const feed = (name: string, dims: readonly number[], data: Numbers): [string, Tensor] => [
    name,
    { type: 'float32', dims, data },
  ];
  return {
    model: g.build(),
    feeds: Object.fromEntries([
      ...points.map((data, index) => feed(`operand${index}`, test.operands[index]!.dims, data)),
      ...weights.map((data, index) => feed(`weight${index}`, outputs[index]!.dims, data)),
    ]),
    gradients: wanted.map((value, index) => value && `gradient${index}`),
  };
}

/** dL/d(operand) by the rules on the processor; `undefined` where they say that the loss does not depend on it. */
async function analyticGradients(
  test: GradientCase,
  { target, optimized }: CheckOptions,
  points: readonly Numbers[],
  projection: Projection,
): Promise<(Numbers | undefined)[]> {
  const { model, feeds, gradients: names } = emit(test, target, points, projection);
  if (names.every((name) => name === undefined)) return [];
  const results = await runOnProcessor(model, feeds, optimized);
  return names.map((name, index) => {
    const result = name === undefined ? undefined : results[name];
    if (!result) return undefined;
    const dims = test.operands[index]!.dims;
    if (result.dims.join() !== dims.join())
      throw new Error(`gradient ${index} has shape [${result.dims.join()}] instead of [${dims.join()}]`);
    return result.data;
  });
}

/** The float32 outputs of a graph with float32 inputs, by name. */
export async function runOnProcessor(
  model: Model,
  feeds: Readonly<Record<string, Tensor>>,
  optimized: boolean,
): Promise<Record<string, { readonly dims: readonly number[]; readonly data: Numbers }>> {
  const session = await createSession(writeModel(model), optimized);
  try {
    const given = Object.entries(feeds).map(([name, { dims, data }]): [string, OrtTensor] => [
      name,
      new OrtTensor('float32', data as Numbers, dims),
    ]);
    const results = await session.run(Object.fromEntries(given));
    return Object.fromEntries(Object.entries(results).map(([name, { dims, data }]) => [name, { dims, data: data as Numbers }]));
  } finally {
    await session.release();
  }
}

function projected(outputs: readonly Output[], weights: readonly Numbers[]): number {
  let total = 0;
  for (const [index, { data }] of outputs.entries())
    data.forEach((value, element) => (total += value * weights[index]![element]!));
  return total;
}

function createSession(file: Uint8Array, optimized: boolean): Promise<InferenceSession> {
  return InferenceSession.create(file, {
    graphOptimizationLevel: optimized ? 'all' : 'disabled',
    intraOpNumThreads: 1,
    interOpNumThreads: 1,
    logSeverityLevel: 4,
  });
}

function product(dims: readonly number[]): number {
  return dims.reduce((total, dim) => total * dim, 1);
}

function squares(values: Numbers | Float64Array, weights?: Numbers): number {
  let total = 0;
  values.forEach((value, index) => (total += (value * (weights?.[index] ?? 1)) ** 2));
  return total;
}
