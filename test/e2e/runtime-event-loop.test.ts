import { expect, it } from 'vitest';
import { adam, softmaxCrossEntropy, trainingStep } from '../../src/autodiff/index.js';
import { randomStream } from '../../src/core/random.js';
import { classifier, conv2d, dropout, flatten, maxPool, Network } from '../../src/nn/index.js';
import { createSession, Trainer, type TensorRecord } from '../../src/runtime/index.js';
import { floats, heavyModel } from '../support/step.js';

const PERIOD_MS = 10;
const SIZE = 512;

/** Milliseconds by which a timer of this thread comes late while work is done a number of times, the shortest first. */
async function timerLags(times: number, work: () => Promise<unknown>): Promise<readonly number[]> {
  const lags: number[] = [];
  let last = performance.now();
  const timer = setInterval(() => {
    const now = performance.now();
    lags.push(now - last - PERIOD_MS);
    last = now;
  }, PERIOD_MS);
  for (let time = 0; time < times; time++) await work();
  clearInterval(timer);
  return lags.sort((a, b) => a - b);
}

const quantile = (sorted: readonly number[], share: number): number => sorted[Math.floor(sorted.length * share)]!;

// One thread, so that a core is left for the timer where there are two.
const threads = 1;

async function lagsOfRuns(inThread: boolean): Promise<readonly number[]> {
  const session = await createSession(heavyModel(SIZE, 40), { device: 'cpu', threads, inThread });
  const feeds = { a: floats([SIZE, SIZE], new Float32Array(SIZE * SIZE).fill(1 / SIZE)) };
  await session.run(feeds);
  const lags = await timerLags(15, () => session.run(feeds));
  await session.release();
  return lags;
}

/** Steps of a convolutional network with dropout, whose random numbers the calling thread draws. */
async function lagsOfTraining(inThread: boolean): Promise<readonly number[]> {
  const images = 32;
  const net = new Network({ seed: 1 });
  let x = net.image({ height: 64, width: 64 });
  for (const filters of [32, 64]) {
    x = maxPool(net, conv2d(net, x, { filters, kernel: 5, padding: 'same' }), { size: 2 });
  }
  classifier(net, dropout(net, flatten(net, x), { ratio: 0.3 }), { classes: 4 });
  const step = trainingStep(net.build(), { loss: softmaxCrossEntropy(), optimizer: adam(), dims: { N: images } });
  const batch: TensorRecord = {
    image: floats([images, 3, 64, 64], randomStream(1, 'images').fillUniform(new Float32Array(images * 3 * 64 * 64))),
    labels: { type: 'int64', dims: [images], data: BigInt64Array.from({ length: images }, (_, index) => BigInt(index % 4)) },
  };
  const trainer = await Trainer.open(step, { threads, inThread });
  await trainer.step(batch, 1e-3);
  const lags = await timerLags(20, () => trainer.step(batch, 1e-3));
  await trainer.release();
  return lags;
}

it('leaves the event loop free while a model runs in a thread: a timer is less than a fifth as late', async () => {
  const blocked = quantile(await lagsOfRuns(true), 0.5);
  const free = quantile(await lagsOfRuns(false), 0.5);
  expect(blocked).toBeGreaterThan(PERIOD_MS);
  expect(free).toBeLessThan(blocked / 5);
});

it('leaves it free while a network trains: of a hundred ticks the fifth latest is less than a quarter as late', async () => {
  const blocked = quantile(await lagsOfTraining(true), 0.95);
  const free = quantile(await lagsOfTraining(false), 0.95);
  expect(free).toBeLessThan(blocked / 4);
});
