import { InferenceSession, Tensor as OrtTensor } from 'onnxruntime-node';
import { gradients, type Target } from '../../../src/autodiff/index.js';
import type { Value } from '../../../src/onnx/assembler.js';
import { GraphBuilder } from '../../../src/onnx/builder.js';
import type { Shape } from '../../../src/onnx/types.js';
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
}

/** How a case is run. */
export interface CheckOptions {
  readonly seed: number;
  readonly target: Target;
  /** ONNX Runtime's own graph optimizations for the gradient; finite differences always run without. */
  readonly optimized: boolean;
}

type Numbers = Float32Array<ArrayBuffer>;

/** Step of the differences. 2^-7 on a grid of 2^-12 is exact; rounding of outputs (6e-8) then gives errors of about 1e-5. */
const step = 2 ** -7;
const directions = 3;

/**
 * Where analytic gradients and central differences of a case differ, in words; empty where they agree.
 *
 * The loss is sum(output * weights) with the sum taken here in float64. Its derivative along random directions of +-1 comes
 * from four evaluations (Richardson: (8 (f(h) - f(-h)) - (f(2h) - f(-2h))) / 12h, error h^4) and must equal gradient . direction
 * to `tolerance` of the gradient's norm. That is about the size of both, so that one wrong element in a hundred shows.
 */
export async function disagreements(test: GradientCase, options: CheckOptions): Promise<string[]> {
  const points = test.operands.map(({ dims, sample }, index) => sample(`${options.seed}/operand${index}`, product(dims)));
  const forward = await createSession(forwardModel(test), false);
  try {
    const outputs = await run(forward, named(test, points));
    const weights = outputs.map((output, index) => between(-1, 1)(`${options.seed}/weights${index}`, output.data.length));
    const expected = (data: readonly Numbers[]): Promise<number> => projected(forward, test, data, weights);
    const found = await analyticGradients(test, options, points, { outputs, weights });
    const noise =
      (Math.sqrt(outputs.reduce((sum, output, index) => sum + squares(output.data, weights[index]), 0)) * 2 ** -22) / step;
    const messages: string[] = [];
    for (const [index, point] of points.entries()) {
      const gradient = found[index] ?? new Float32Array(point.length);
      if (gradient.length !== point.length) {
        messages.push(`input ${index}: ${gradient.length} numbers for ${point.length}`);
        continue;
      }
      const allowed = (test.tolerance ?? 1e-3) * Math.sqrt(squares(gradient)) + noise;
      for (let direction = 0; direction < directions; direction++) {
        const signs = between(-1, 1)(`${options.seed}/direction${direction}`, point.length).map((value) => (value < 0 ? -1 : 1));
        const at = (distance: number): Promise<number> =>
          expected(
            points.with(
              index,
              point.map((value, element) => value + distance * signs[element]!),
            ),
          );
        const [near, far] = [(await at(step)) - (await at(-step)), (await at(2 * step)) - (await at(-2 * step))];
        const numeric = (8 * near - far) / (12 * step);
        const analytic = gradient.reduce((sum, value, element) => sum + value * signs[element]!, 0);
        if (!(Math.abs(numeric - analytic) <= allowed)) {
          messages.push(`input ${index}: slope ${analytic}, by differences ${numeric}, allowed error ${allowed}`);
          break;
        }
      }
    }
    return messages;
  } finally {
    await forward.release();
  }
}

function forwardModel(test: GradientCase): Uint8Array {
  const g = new GraphBuilder({ opset: test.opset ?? 17 });
  build(test, g).forEach((output, index) => g.output(output, `result${index}`));
  return writeModel(g.build());
}

function build(test: GradientCase, g: GraphBuilder): readonly Value[] {
  const operands = test.operands.map(({ dims, declared }, index) => g.input(`operand${index}`, 'float32', declared ?? dims));
  const built = test.build(g, operands);
  return 'name' in built ? [built] : built;
}

interface Projection {
  readonly outputs: readonly { readonly dims: readonly number[] }[];
  readonly weights: readonly Numbers[];
}

/** dL/d(operand) by the rules; `undefined` where they say that the loss does not depend on it. */
async function analyticGradients(
  test: GradientCase,
  { target, optimized }: CheckOptions,
  points: readonly Numbers[],
  { outputs, weights }: Projection,
): Promise<(Numbers | undefined)[]> {
  const g = new GraphBuilder({ opset: test.opset ?? 17 });
  const terms = build(test, g).map((output, index) => {
    const weight = g.input(`weight${index}`, 'float32', output.shape ?? outputs[index]!.dims);
    return g.reduceSum(g.reshape(g.mul(output, weight), [-1]), [0], false);
  });
  const loss = g.sum(terms[0]!, ...terms.slice(1));
  const byName = gradients(g, { loss, wrt: test.operands.map((_, index) => `operand${index}`), target });
  const wanted = test.operands.map((_, index) => byName.get(`operand${index}`));
  if (wanted.every((value) => value === undefined)) return [];
  wanted.forEach((value, index) => value && g.output(value, `gradient${index}`));
  const session = await createSession(writeModel(g.build()), optimized);
  try {
    const feeds = named(test, points);
    weights.forEach((data, index) => (feeds[`weight${index}`] = new OrtTensor('float32', data, outputs[index]!.dims)));
    const results = await session.run(feeds);
    return wanted.map((value, index) => {
      const result = value && results[`gradient${index}`];
      if (!result) return undefined;
      const dims = test.operands[index]!.dims;
      if (result.dims.join() !== dims.join())
        throw new Error(`gradient ${index} has shape [${result.dims.join()}] instead of [${dims.join()}]`);
      return result.data as Numbers;
    });
  } finally {
    await session.release();
  }
}

async function projected(
  session: InferenceSession,
  test: GradientCase,
  points: readonly Numbers[],
  weights: readonly Numbers[],
): Promise<number> {
  const outputs = await run(session, named(test, points));
  return outputs.reduce(
    (sum, { data }, index) => sum + data.reduce((total, value, i) => total + value * weights[index]![i]!, 0),
    0,
  );
}

function named(test: GradientCase, points: readonly Numbers[]): Record<string, OrtTensor> {
  return Object.fromEntries(
    points.map((data, index) => [`operand${index}`, new OrtTensor('float32', data, test.operands[index]!.dims)]),
  );
}

async function run(
  session: InferenceSession,
  feeds: Record<string, OrtTensor>,
): Promise<{ readonly dims: readonly number[]; readonly data: Numbers }[]> {
  const used = Object.fromEntries(Object.entries(feeds).filter(([name]) => session.inputNames.includes(name)));
  const results = await session.run(used);
  return session.outputNames.map((name) => ({ dims: results[name]!.dims, data: results[name]!.data as Numbers }));
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

function squares(values: Numbers, weights?: Numbers): number {
  return values.reduce((sum, value, index) => sum + (value * (weights?.[index] ?? 1)) ** 2, 0);
}
