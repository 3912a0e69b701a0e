import { expect, it } from 'vitest';
import { createSession } from '../../src/runtime/index.js';
import { floats, heavyModel } from '../support/step.js';

const PERIOD_MS = 10;
const SIZE = 512;

/** Median milliseconds by which a timer of this thread comes late while a model runs a number of times. */
async function timerLag(inThread: boolean): Promise<number> {
  // One thread, so that a core is left for the timer where there are two.
  const session = await createSession(heavyModel(SIZE, 40), { device: 'cpu', threads: 1, inThread });
  const feeds = { a: floats([SIZE, SIZE], new Float32Array(SIZE * SIZE).fill(1 / SIZE)) };
  await session.run(feeds);
  const lags: number[] = [];
  let last = performance.now();
  const timer = setInterval(() => {
    const now = performance.now();
    lags.push(now - last - PERIOD_MS);
    last = now;
  }, PERIOD_MS);
  for (let run = 0; run < 15; run++) await session.run(feeds);
  clearInterval(timer);
  await session.release();
  return lags.sort((a, b) => a - b)[Math.floor(lags.length / 2)]!;
}

it('leaves the event loop free while a model runs in a thread: a timer is less than a fifth as late', async () => {
  const blocked = await timerLag(true);
  const free = await timerLag(false);
  expect(blocked).toBeGreaterThan(PERIOD_MS);
  expect(free).toBeLessThan(blocked / 5);
});
