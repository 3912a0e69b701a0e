import { mkdirSync, mkdtempSync, readdirSync, rmSync, utimesSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect, it } from 'vitest';
import { CacheWriter, pixelsFile } from './cache-files.js';

it('a new cache clears what killed processes left half-written, and leaves alone what others still write', async () => {
  const folder = mkdtempSync(join(tmpdir(), 'messier-cache-'));
  try {
    for (const [name, hours] of [
      ['a.killed.tmp', 25],
      ['a.written.tmp', 23],
      ['finished', 99],
    ] as const) {
      mkdirSync(join(folder, name));
      const file = pixelsFile(join(folder, name));
      writeFileSync(file, 'half');
      const then = Date.now() / 1000 - hours * 3600;
      utimesSync(file, then, then);
    }
    const writer = await CacheWriter.create(join(folder, 'a'));
    expect(readdirSync(folder).sort()).toEqual([expect.stringMatching(/^a\.[-0-9a-f]{36}\.tmp$/), 'a.written.tmp', 'finished']);
    await writer.discard();
    expect(readdirSync(folder).sort()).toEqual(['a.written.tmp', 'finished']);
  } finally {
    rmSync(folder, { recursive: true });
  }
});
