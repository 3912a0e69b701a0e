import { describe, expect, it } from 'vitest';
import { binaryCrossEntropy, sgd, softmaxCrossEntropy, trainingStep, type Loss, type TrainingStep } from '../autodiff/index.js';
import { createModel } from '../models/index.js';
import type { Tensor } from '../onnx/types.js';
import { checkBatch } from './batch.js';

const step = (loss: Loss, dims: Record<string, number> = {}): TrainingStep =>
  trainingStep(createModel('four-galaxies', { height: 32, width: 32 }), { loss, optimizer: sgd(), dims });
const image = (count: number): Tensor => ({ type: 'float32', dims: [count, 3, 32, 32], data: new Float32Array(count * 3072) });
const labels = (...values: number[]): Tensor => ({
  type: 'int64',
  dims: [values.length],
  data: BigInt64Array.from(values, BigInt),
});

describe('a batch', () => {
  it('settles the symbolic sizes', () => {
    expect(checkBatch(step(softmaxCrossEntropy()), { image: image(2), labels: labels(0, 3) })).toEqual(new Map([['N', 2]]));
  });

  it.each([
    ['lacks a tensor', { image: image(2) }, /no tensor for "labels"/],
    ['holds labels outside the classes', { image: image(2), labels: labels(0, 4) }, /"labels"\[1\] is 4; labels of 4 classes/],
    ['holds negative labels', { image: image(1), labels: labels(-1) }, /is -1/],
    ['has two sizes', { image: image(2), labels: labels(0, 1, 2) }, /N is 2 in "image"/],
    [
      'has another type',
      { image: image(1), labels: { ...labels(1), type: 'int32' } as const },
      /int64 \(N\) expected, int32 \(1\) received/,
    ],
  ])('that %s is refused', (_, feeds, message) => {
    const check = () => checkBatch(step(softmaxCrossEntropy()), feeds);
    expect(check).toThrow(message);
    expect(check).toThrow(expect.objectContaining({ code: 'runtime/batch' }));
  });

  it('of another size than the step was made for is refused with the way out', () => {
    expect(() => checkBatch(step(softmaxCrossEntropy(), { N: 4 }), { image: image(3), labels: labels(0, 1, 2) })).toThrow(
      /smaller last batch/,
    );
  });

  it('whose targets would broadcast is refused', () => {
    const targets: Tensor = { type: 'float32', dims: [1, 4], data: new Float32Array(4) };
    expect(() => checkBatch(step(binaryCrossEntropy()), { image: image(4), targets })).toThrow(/N is 4 in "image"/);
  });
});
