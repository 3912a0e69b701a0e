import { existsSync } from 'node:fs';
import { mkdtemp, rm, stat, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, it } from 'vitest';
import { makeFolders } from './make-folders.js';

let folder: string;
beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'folders-'));
});
afterEach(() => rm(folder, { recursive: true }));

it('makes what is missing, and says where it began', async () => {
  expect(await makeFolders(join(folder, 'a', 'b', 'c'))).toBe(join(folder, 'a'));
  expect((await stat(join(folder, 'a', 'b', 'c'))).isDirectory()).toBe(true);
  expect(await makeFolders(join(folder, 'a', 'b', 'c'))).toBeUndefined();
});

it('is made once by many', async () => {
  await Promise.all(Array.from({ length: 8 }, () => makeFolders(join(folder, 'x', 'y'))));
  expect((await stat(join(folder, 'x', 'y'))).isDirectory()).toBe(true);
});

it('ends where a file is in the way, and below folders that take none', async () => {
  await writeFile(join(folder, 'file'), '');
  await expect(makeFolders(join(folder, 'file'))).rejects.toThrow('EEXIST');
  await expect(makeFolders(join(folder, 'file', 'a'))).rejects.toThrow(/ENOTDIR|EEXIST/);
  if (existsSync('/proc/self')) await expect(makeFolders('/proc/absent/a/b')).rejects.toThrow('ENOENT');
});
