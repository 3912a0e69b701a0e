/**
 * A training run in a process of its own, for tests that kill it: `node train-child.ts <folder> <checkpoint seconds>`. Prints `ready` before it
 * begins, `step <number>` after each step, `refused <code>` where it fails, and a digest of the weights at its end.
 */
import { createHash } from 'node:crypto';
import { adamW, constantRate, softmaxCrossEntropy } from '../../src/autodiff/index.js';
import { MessierError } from '../../src/core/errors.js';
import { tensorBytes } from '../../src/onnx/tensors.js';
import { train } from '../../src/train/index.js';
import { blobBatches, blobNetwork, blobPictures } from './blobs.js';

const [folder = '', seconds = '0'] = process.argv.slice(2);
const batches = blobBatches({ steps: 10 });
console.log('ready');
try {
  const { model } = await train({
    model: blobNetwork(),
    batches,
    validation: blobPictures(20),
    loss: softmaxCrossEntropy({ targets: 'shares' }),
    optimizer: adamW(),
    schedule: constantRate(0.01),
    epochs: 4,
    seed: 1,
    averageDecay: 0.9,
    clipNorm: 1,
    // The head alone at first, and everything from the third epoch on.
    trainable: (name, epoch) => epoch >= 2 || name.startsWith('fc'),
    monitor: { metric: 'auc' },
    folder,
    resume: true,
    checkpointSeconds: Number(seconds),
    fingerprint: 'blobs',
    threads: 1,
    progress({ stage, done }) {
      const epoch = /^epoch (\d+) of \d+$/.exec(stage)?.[1];
      if (epoch !== undefined) console.log(`step ${(Number(epoch) - 1) * batches.steps + done / batches.size}`);
    },
  });
  const digest = createHash('sha256');
  for (const [name, tensor] of model.graph.initializers) digest.update(name).update(tensorBytes(tensor));
  console.log(`weights ${digest.digest('hex')}`);
} catch (error) {
  if (!(error instanceof MessierError)) throw error;
  console.log(`refused ${error.code}`);
}
