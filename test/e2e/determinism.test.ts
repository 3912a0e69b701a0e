import { createHash } from 'node:crypto';
import { describe, expect, it } from 'vitest';
import { adam, softmaxCrossEntropy, trainingStep } from '../../src/autodiff/index.js';
import { randomStream } from '../../src/core/random.js';
import { batchNorm, classifier, conv2d, dropout, flatten, maxPool, Network } from '../../src/nn/index.js';
import type { Model, Tensor } from '../../src/onnx/types.js';
import { Trainer, type Snapshot, type TensorRecord } from '../../src/runtime/index.js';

/** Convolution, batch norm, dropout, Adam and moving averages: everything that carries state or draws random numbers. */
function network(seed: number): Model {
  const net = new Network({ seed });
  let x = net.image({ height: 16, width: 16 });
  for (const filters of [16, 32]) {
    x = conv2d(net, x, { filters, kernel: 3, padding: 'same', bias: false });
    x = maxPool(net, batchNorm(net, x, { activation: 'relu' }), { size: 2 });
  }
  classifier(net, dropout(net, flatten(net, x), { ratio: 0.3 }), { classes: 4 });
  return net.build();
}

function batch(step: number): TensorRecord {
  const image = randomStream(5, 'batch', step).fillUniform(new Float32Array(8 * 3 * 256));
  const labels = BigInt64Array.from({ length: 8 }, (_, index) => BigInt((index + step) % 4));
  return { image: { type: 'float32', dims: [8, 3, 16, 16], data: image }, labels: { type: 'int64', dims: [8], data: labels } };
}

interface Course {
  readonly steps: number;
  readonly seed?: number;
  readonly from?: Snapshot;
}

async function train({ steps, seed = 1, from }: Course): Promise<Snapshot> {
  const step = trainingStep(network(1), {
    loss: softmaxCrossEntropy(),
    optimizer: adam(),
    averageDecay: 0.9,
    clipNorm: 1,
    dims: { N: 8 },
  });
  const trainer = await Trainer.open(step, { threads: 2, seed, ...(from ? { from } : {}) });
  try {
    while (trainer.steps < steps) await trainer.step(batch(trainer.steps), 0.01);
    return await trainer.snapshot();
  } finally {
    await trainer.release();
  }
}

/** A short digest of each tensor's bits, so that a difference names the tensor. */
const bits = ({ tensors }: Snapshot): Record<string, string> =>
  Object.fromEntries(
    [...tensors].map(([name, { data }]: [string, Tensor]) => {
      const { buffer, byteOffset, byteLength } = data as Float32Array;
      return [
        name,
        createHash('sha256')
          .update(new Uint8Array(buffer, byteOffset, byteLength))
          .digest('hex')
          .slice(0, 16),
      ];
    }),
  );

describe('training', () => {
  it('ends in the same bits twice', async () => {
    const [first, second] = [await train({ steps: 12 }), await train({ steps: 12 })];
    expect(bits(second)).toEqual(bits(first));
  });

  it('ends in the same bits when stopped and resumed anywhere', async () => {
    const whole = await train({ steps: 12 });
    for (const stop of [1, 5, 11]) {
      const half = await train({ steps: stop });
      expect(half.step).toBe(stop);
      expect(bits(await train({ steps: 12, from: half }))).toEqual(bits(whole));
    }
  });

  it('depends on the seed of the dropout', async () => {
    expect(bits(await train({ steps: 3, seed: 2 }))).not.toEqual(bits(await train({ steps: 3, seed: 1 })));
  });

  it('refuses a snapshot of another network', async () => {
    const { tensors } = await train({ steps: 1 });
    const other = new Map([...tensors].filter(([name]) => name !== 'conv1.weight'));
    await expect(train({ steps: 2, from: { step: 1, tensors: other } })).rejects.toMatchObject({ code: 'runtime/snapshot' });
  });
});
