/**
 * Rows train-convnet and infer-convnet with TensorFlow.js, on its WASM backend or its plain JavaScript one:
 *
 *     npx tsx bench/peers/tfjs_convnet.ts --row infer-convnet --backend wasm|cpu --steps 10 --warmup 2 [--serve]
 *
 * Speaks the protocol of peer.py. A row that the backend cannot run is answered with {name, format, unsupported: reason}, also
 * in place of `ready`: the WASM backend has no Conv2DBackpropFilter, so it cannot train a convolution.
 */
import { createInterface } from 'node:readline';
import { parseArgs } from 'node:util';
import * as tf from '@tensorflow/tfjs';
import '@tensorflow/tfjs-backend-wasm';

const BATCH = 32;
const SIZE = 128;
const CLASSES = 10;

const { values: options } = parseArgs({
  options: {
    row: { type: 'string', default: 'infer-convnet' },
    backend: { type: 'string', default: 'wasm' },
    steps: { type: 'string', default: '10' },
    warmup: { type: 'string', default: '2' },
    threads: { type: 'string' }, // Accepted as the other peers do; TensorFlow.js has one thread under Node.
    serve: { type: 'boolean', default: false },
  },
});

function convnet(): tf.Sequential {
  const model = tf.sequential();
  model.add(tf.layers.inputLayer({ inputShape: [SIZE, SIZE, 3] }));
  for (const filters of [32, 64, 128]) {
    model.add(tf.layers.conv2d({ filters, kernelSize: 3, padding: 'same', activation: 'relu' }));
    model.add(tf.layers.maxPooling2d({ poolSize: 2 }));
  }
  model.add(tf.layers.flatten());
  model.add(tf.layers.dense({ units: 128, activation: 'relu' }));
  model.add(tf.layers.dense({ units: CLASSES }));
  return model;
}

/** One step of the row; it returns a number that must be finite. */
function build(row: string): () => number {
  const model = convnet();
  const images = tf.randomUniform<tf.Rank.R4>([BATCH, SIZE, SIZE, 3]);
  if (row === 'infer-convnet') return () => tf.tidy(() => (model.predict(images) as tf.Tensor).dataSync()[0]!);
  if (row !== 'train-convnet') throw new Error(`--row takes train-convnet or infer-convnet, "${row}" received.`);
  const labels = tf.oneHot(
    Array.from({ length: BATCH }, (_, i) => i % CLASSES),
    CLASSES,
  );
  const optimizer = tf.train.adam(1e-3);
  const loss = () => tf.losses.softmaxCrossEntropy(labels, model.apply(images) as tf.Tensor).asScalar();
  return () => tf.tidy(() => optimizer.minimize(loss, true)!.dataSync()[0]!);
}

function timed(step: () => number, count: number): number[] {
  return Array.from({ length: count }, () => {
    const start = performance.now();
    const value = step();
    const seconds = (performance.now() - start) / 1000;
    if (!Number.isFinite(value)) throw new Error(`The step returned ${value}: its time means nothing.`);
    return seconds;
  });
}

function median(times: readonly number[]): number {
  const sorted = times.toSorted((a, b) => a - b);
  const middle = sorted.length >> 1;
  return sorted.length % 2 ? sorted[middle]! : (sorted[middle - 1]! + sorted[middle]!) / 2;
}

const memory = () => ({ rssBytes: process.memoryUsage.rss(), peakRssBytes: process.resourceUsage().maxRSS * 1024 });
const answer = (content: object) => console.log(JSON.stringify(content));

async function main(): Promise<void> {
  await tf.setBackend(options.backend);
  const about = { name: options.row, format: `tfjs-${options.backend}`, batch: BATCH };
  let step: () => number;
  try {
    step = build(options.row);
    timed(step, Number(options.warmup));
  } catch (error) {
    const reason = error instanceof Error ? error.message : String(error);
    if (!/Kernel '\w+' not registered/.test(reason)) throw error;
    answer({ ...about, unsupported: reason });
    return;
  }
  if (!options.serve) {
    const times = timed(step, Number(options.steps));
    answer({ ...about, imagesPerSecond: BATCH / median(times), times, ...memory() });
    return;
  }
  answer({ ready: true, ...about, ...memory() });
  for await (const line of createInterface({ input: process.stdin })) {
    const count = /^step (\d+)$/.exec(line.trim())?.[1];
    if (count === undefined) throw new Error(`"step N" expected, "${line}" received.`);
    answer({ times: timed(step, Number(count)), ...memory() });
  }
}

await main();
