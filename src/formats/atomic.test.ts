import { mkdirSync, mkdtempSync, readFileSync, readdirSync, rmSync, utimesSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { writeStreamed } from './atomic-stream.js';
import { removeLeftovers, writeAtomically } from './atomic.js';

let folder = '';
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'messier-atomic-'));
});
afterEach(() => rmSync(folder, { recursive: true }));

describe('writeAtomically', () => {
  test('writes text, bytes and pieces, and replaces what was there', async () => {
    const path = join(folder, 'file');
    await writeAtomically(path, 'größer als vorher');
    expect(readFileSync(path, 'utf8')).toBe('größer als vorher');
    await writeAtomically(path, Uint8Array.of(1, 2));
    expect([...readFileSync(path)]).toEqual([1, 2]);
    await writeAtomically(path, [Uint8Array.of(3), new Uint8Array(0), Uint8Array.of(4, 5)]);
    expect([...readFileSync(path)]).toEqual([3, 4, 5]);
    await writeAtomically(path, '');
    expect(readFileSync(path)).toHaveLength(0);
    expect(readdirSync(folder)).toEqual(['file']);
  });

  test('fails with a code and leaves no temporary file', async () => {
    mkdirSync(join(folder, 'taken'));
    await expect(writeAtomically(join(folder, 'taken'), 'x')).rejects.toMatchObject({ code: 'file/write' });
    await expect(writeAtomically(join(folder, 'absent', 'file'), 'x')).rejects.toMatchObject({ code: 'file/write' });
    writeFileSync(join(folder, 'plain'), '');
    await expect(writeAtomically(join(folder, 'plain', 'file'), 'x')).rejects.toMatchObject({ code: 'file/write' });
    const streamed = writeStreamed(join(folder, 'plain', 'file'), (write) => write(Uint8Array.of(1)));
    await expect(streamed).rejects.toMatchObject({ code: 'file/write' });
    expect(readdirSync(folder)).toEqual(['plain', 'taken']);
  });

  test('leaves one of the contents, complete, where several write at once', async () => {
    const path = join(folder, 'file');
    await Promise.all(Array.from({ length: 20 }, (_, index) => writeAtomically(path, String(index).repeat(10_000))));
    expect(readFileSync(path, 'utf8')).toMatch(/^(\d\d?)\1{9999}$/);
    expect(readdirSync(folder)).toEqual(['file']);
  });
});

test('removeLeftovers takes temporary files of killed processes, not those being written', async () => {
  for (const name of ['file', 'file.1.tmp', 'other.2.tmp']) writeFileSync(join(folder, name), 'half');
  for (const name of ['file', 'file.1.tmp']) utimesSync(join(folder, name), 1e9, 1e9);
  await removeLeftovers(folder);
  expect(readdirSync(folder)).toEqual(['file', 'other.2.tmp']);
});
