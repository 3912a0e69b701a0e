import { statSync } from 'node:fs';
import { afterAll, expect, it } from 'vitest';
import { modelFolder, smallCard } from '../../test/support/deployed.js';
import { pattern } from '../../test/support/pattern.js';
import { costsInTurns } from './costs-in-turns.js';

const folder = modelFolder();
afterAll(() => {
  folder.remove();
});

it('a model that looks at eight views takes longer, and is as large', async () => {
  const paths = [
    await folder.save(),
    await folder.save({ views: 'dihedral', preprocess: { ...smallCard.preprocess, size: 48 } }),
  ];
  const picture = { width: 40, height: 40, channels: 3 as const, data: Uint8Array.from(pattern('a', [4800], 128, 128)) };
  const [one, eight] = await costsInTurns(paths, { questions: Array.from({ length: 20 }, () => ({ picture })), threads: 1 });
  // 32 times the work: even a busy machine sees it.
  expect(one?.picturesPerSecond).toBeGreaterThan(2 * (eight?.picturesPerSecond ?? Infinity));
  expect(one?.parameters).toBe(eight?.parameters);
  expect(paths.map((path) => statSync(path).size)).toEqual([one?.bytes, eight?.bytes]);
});

it('large files are opened one at a time', async () => {
  const paths = [await folder.save(), await folder.save()];
  const picture = { width: 8, height: 8, channels: 3 as const, data: Uint8Array.from(pattern('a', [192], 128, 128)) };
  for (const openBytes of [Infinity, 1]) {
    const costs = await costsInTurns(paths, { questions: [{ picture }], inThread: true, openBytes });
    for (const { picturesPerSecond } of costs) expect(picturesPerSecond).toBeGreaterThan(0);
  }
});

it('stops where it is told to, and closes what it opened', async () => {
  const signal = AbortSignal.abort(new Error('enough'));
  await expect(costsInTurns([await folder.save()], { questions: [], signal, threads: 1 })).rejects.toThrow('enough');
});
