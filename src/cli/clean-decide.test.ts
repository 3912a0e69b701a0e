import { mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { openCatalogue } from '../catalogue/open.js';
import { encodePicture } from '../formats/picture-encode.js';
import { decide } from './clean-decide.js';
import type { CommandContext } from './command.js';

let home = '';
beforeEach(async () => {
  home = await mkdtemp(join(tmpdir(), 'messier-decide-'));
  vi.stubEnv('MESSIER_HOME', home);
  vi.stubEnv('DATABASE_URL', '');
  vi.stubEnv('MESSIER_BLOBS', '');
});
afterEach(() => rm(home, { recursive: true, force: true }));
afterAll(() => {
  vi.unstubAllEnvs();
});

const context: CommandContext = { signal: new AbortController().signal, progress: () => undefined, log: () => undefined };
const ann = { by: 'ann' };

/** A folder called `pics` of plain pictures, file by gray. */
async function folderOf(parent: string, pictures: Readonly<Record<string, number>>): Promise<string> {
  for (const [file, gray] of Object.entries(pictures)) {
    const path = join(home, parent, 'pics', file);
    await mkdir(join(path, '..'), { recursive: true });
    const data = new Uint8Array(64 * 64).map((_, at) => (at * gray) % 251);
    await writeFile(path, await encodePicture({ width: 64, height: 64, channels: 1, data }, { format: 'png' }));
  }
  return join(home, parent, 'pics');
}

const dropped = async (): Promise<number> => {
  const catalogue = await openCatalogue();
  try {
    return await catalogue.count({ reviews: ['dropped'] });
  } finally {
    await catalogue.close();
  }
};

describe('decisions on a folder', () => {
  it('never fall on the pictures of another folder of its name', async () => {
    const first = await folderOf('first', { 'a/1.png': 1, 'b/2.png': 2 });
    const second = await folderOf('second', { 'a/1.png': 3, 'b/2.png': 4 });
    const third = await folderOf('third', { 'a/5.png': 5, 'b/6.png': 6 });
    await decide(first, [{ file: 'b/2.png', kind: 'drop' }], ann, context);
    for (const other of [second, third]) {
      const file = other === second ? 'a/1.png' : 'a/5.png';
      await expect(decide(other, [{ file, kind: 'drop' }], ann, context)).rejects.toMatchObject({ code: 'clean/source' });
    }
    expect(await dropped()).toBe(1);
    await folderOf('first', { 'b/7.png': 7 });
    await decide(first, [{ file: 'b/7.png', kind: 'drop' }], ann, context);
    expect(await dropped()).toBe(2);
  });

  it('may drop what can not be read, which the list has first', async () => {
    const folder = await folderOf('first', { 'a/1.png': 1, 'b/2.png': 2 });
    await writeFile(join(folder, 'a', 'torn.png'), 'no picture');
    for (let time = 0; time < 2; time++) {
      const { data } = await decide(folder, [{ file: 'a/torn.png', kind: 'drop' }], ann, context);
      expect(data).toMatchObject({ dropped: 1, accepted: 0 });
    }
    const accept = decide(folder, [{ file: 'a/torn.png', kind: 'accept' }], ann, context);
    await expect(accept).rejects.toMatchObject({ code: 'clean/decisions' });
    expect(await dropped()).toBe(0);
  });
});
