import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect, it } from 'vitest';
import { readHead, writeHead } from './head-file.js';

it('keeps a head in a folder that is not there yet, as those of studies are', async () => {
  const place = await mkdtemp(join(tmpdir(), 'messier-head-'));
  try {
    const folder = join(place, 'run', 'as-found');
    const weight = { type: 'float32' as const, dims: [1, 2], data: Float32Array.of(1, 2) };
    await writeHead(folder, 'print', { tensors: new Map([['head.weight', weight]]), seconds: 3 });
    expect((await readHead(folder, 'print'))?.tensors.get('head.weight')).toEqual(weight);
    await expect(readHead(folder, 'other')).rejects.toMatchObject({ code: 'train/fingerprint' });
  } finally {
    await rm(place, { recursive: true });
  }
});
