import { readFileSync } from 'node:fs';
import { describe, expect, test } from 'vitest';
import { relativeError } from '../../test/support/run-steps.js';
import { runModel } from '../../test/support/onnx-cases.js';
import { GraphBuilder } from '../onnx/builder.js';
import { isTensorInfo, type Tensor } from '../onnx/types.js';
import { writeModel } from '../onnx/write.js';
import { binaryCrossEntropy, meanSquaredError, softmaxCrossEntropy, type Loss } from './losses.js';
import { gradients } from './reverse.js';

/** A case of test/golden/losses.json, made with PyTorch; see losses.py. */
interface GoldenLoss {
  readonly loss: 'softmaxCrossEntropy' | 'binaryCrossEntropy' | 'meanSquaredError';
  readonly name: string;
  readonly dims: readonly [number, number];
  readonly logits: readonly number[];
  readonly labels?: readonly number[];
  readonly targets?: readonly number[];
  readonly classWeights?: readonly number[] | null;
  readonly positiveWeights?: readonly number[] | null;
  readonly sampleWeights: readonly number[] | null;
  readonly labelSmoothing?: number;
  readonly value: number;
  readonly gradient: readonly number[];
}
const golden = JSON.parse(readFileSync(new URL('../../test/golden/losses.json', import.meta.url), 'utf8')) as {
  readonly cases: readonly GoldenLoss[];
};

const floats = (dims: readonly number[], values: readonly number[]): Tensor => ({
  type: 'float32',
  dims,
  data: Float32Array.from(values),
});
const int64 = (values: readonly number[]): Tensor => ({
  type: 'int64',
  dims: [values.length],
  data: BigInt64Array.from(values, BigInt),
});

/** Values of a loss and of its metrics, and the gradient of the logits. */
async function evaluate(loss: Loss, feeds: Readonly<Record<string, Tensor>>) {
  const g = new GraphBuilder();
  const logits = g.input('logits', 'float32', feeds['logits']!.dims);
  const terms = loss(g, logits);
  g.output(terms.loss, 'loss');
  const metrics = Object.keys(terms.metrics);
  for (const name of metrics) g.output(terms.metrics[name]!, name);
  g.output(gradients(g, { loss: terms.loss, wrt: ['logits'] }).get('logits')!, 'gradient');
  const model = g.build();
  const inputs = model.graph.inputs.filter(isTensorInfo).map(({ name }) => feeds[name]!);
  const results = await runModel(writeModel(model), inputs);
  const numbers = results.map(({ data }) => Array.from(data as Float32Array));
  return {
    loss: numbers[0]![0]!,
    metrics: Object.fromEntries(metrics.map((name, index) => [name, numbers[index + 1]![0]])),
    gradient: numbers.at(-1)!,
  };
}

function lossOf(one: GoldenLoss): Loss {
  const sampleWeights = one.sampleWeights !== null;
  if (one.loss === 'meanSquaredError') return meanSquaredError({ sampleWeights });
  if (one.loss === 'binaryCrossEntropy')
    return binaryCrossEntropy({ sampleWeights, ...(one.positiveWeights ? { positiveWeights: one.positiveWeights } : {}) });
  return softmaxCrossEntropy({
    sampleWeights,
    labelSmoothing: one.labelSmoothing ?? 0,
    ...(one.classWeights ? { classWeights: one.classWeights } : {}),
  });
}

describe('losses and their gradients equal those of PyTorch', () => {
  test.each(golden.cases.map((one) => [`${one.loss}, ${one.name}`, one] as const))('%s', async (_, one) => {
    const found = await evaluate(lossOf(one), {
      logits: floats(one.dims, one.logits),
      ...(one.labels ? { labels: int64(one.labels) } : {}),
      ...(one.targets ? { targets: floats(one.dims, one.targets) } : {}),
      ...(one.sampleWeights ? { sampleWeights: floats([one.dims[0]], one.sampleWeights) } : {}),
    });
    expect(Math.abs(found.loss - one.value)).toBeLessThan(1e-5 * Math.max(1, Math.abs(one.value)));
    expect(relativeError(found.gradient, one.gradient)).toBeLessThan(1e-5);
  });
});

describe('softmaxCrossEntropy', () => {
  const logits = floats([3, 2], [2, 1, 0, 3, 1, 0]);

  test('of shares of one class each is that of labels', async () => {
    const byLabel = await evaluate(softmaxCrossEntropy({ labelSmoothing: 0.1 }), { logits, labels: int64([0, 1, 1]) });
    const byShare = await evaluate(softmaxCrossEntropy({ labelSmoothing: 0.1, targets: 'shares' }), {
      logits,
      targets: floats([3, 2], [1, 0, 0, 1, 0, 1]),
    });
    expect(byShare.loss).toBeCloseTo(byLabel.loss, 6);
    expect(relativeError(byShare.gradient, byLabel.gradient)).toBeLessThan(1e-6);
  });

  test('counts the right answers', async () => {
    const { metrics } = await evaluate(softmaxCrossEntropy(), { logits, labels: int64([0, 1, 1]) });
    expect(metrics).toEqual({ correct: 2 });
  });

  test('of votes is their mean cross-entropy', async () => {
    const votes = floats([3, 2], [0.75, 0.25, 0.5, 0.5, 0, 1]);
    const { loss } = await evaluate(softmaxCrossEntropy({ targets: 'shares' }), { logits, targets: votes });
    const rows = [0, 1, 2].map((row) => {
      const [a, b] = [logits.data[2 * row] as number, logits.data[2 * row + 1] as number];
      const [s, t] = [votes.data[2 * row] as number, votes.data[2 * row + 1] as number];
      return Math.log(Math.exp(a) + Math.exp(b)) * (s + t) - s * a - t * b;
    });
    expect(loss).toBeCloseTo((rows[0]! + rows[1]! + rows[2]!) / 3, 5);
  });
});

describe('what a loss refuses', () => {
  const apply =
    (loss: () => Loss, shape: readonly number[] = [2, 3]) =>
    () => {
      const g = new GraphBuilder();
      loss()(g, g.input('logits', 'float32', shape));
    };

  test.each([
    ['label smoothing of 1', apply(() => softmaxCrossEntropy({ labelSmoothing: 1 })), 'loss/label-smoothing'],
    [
      'class weights for another number of classes',
      apply(() => softmaxCrossEntropy({ classWeights: [1, 2] })),
      'loss/class-weights',
    ],
    [
      'positive weights for another number of classes',
      apply(() => binaryCrossEntropy({ positiveWeights: [1] })),
      'loss/class-weights',
    ],
    ['logits of an image', apply(() => softmaxCrossEntropy(), [2, 3, 4, 4]), 'loss/shape'],
    ['sample weights of a scalar', apply(() => meanSquaredError({ sampleWeights: true }), []), 'loss/shape'],
  ])('%s', (_, build, code) => {
    expect(build).toThrow(expect.objectContaining({ code }));
  });
});

test('a row without a target is never counted as right', async () => {
  const logits = floats([3, 2], [3, 1, 3, 1, 1, 3]);
  const labels = await evaluate(softmaxCrossEntropy(), { logits, labels: int64([0, 7, 1]) });
  const shares = await evaluate(softmaxCrossEntropy({ targets: 'shares' }), {
    logits,
    targets: floats([3, 2], [1, 0, 0, 0, 0, 1]),
  });
  expect([labels.metrics['correct'], shares.metrics['correct']]).toEqual([2, 2]);
});
