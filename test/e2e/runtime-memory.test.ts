import { expect, it } from 'vitest';
import { createSession } from '../../src/runtime/index.js';
import { decayCarry, decayStep, floats } from '../support/step.js';

it('does not grow while 40 MB of state are carried through 200 steps', async () => {
  const size = 10_000_000;
  const session = await createSession(decayStep(size), { device: 'cpu', carry: decayCarry });
  const state = { w: floats([size], new Float32Array(size)), decay: floats([], [0.5]) };
  await session.load({ ...state, count: { type: 'int64', dims: [], data: BigInt64Array.of(0n) } });
  const step = () => session.run({ x: floats([1, 1], [1]) });
  for (let at = 0; at < 20; at++) await step();
  const before = process.memoryUsage.rss();
  for (let at = 0; at < 200; at++) await step();
  const grown = process.memoryUsage.rss() - before;
  // Less than one copy of the state, after 200 of them were made and replaced.
  expect(grown).toBeLessThan(4 * size);
  await session.release();
});
