import { execFileSync } from 'node:child_process';
import { mkdtempSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import type { Progress } from '../core/progress.js';
import { sha256, sha256File } from './hash.js';
import { readFileWhole } from './read-file.js';

let folder = '';
beforeAll(() => {
  folder = mkdtempSync(join(tmpdir(), 'messier-hash-'));
});
afterAll(() => rmSync(folder, { recursive: true }));

const empty = 'e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855';
/** FIPS 180-4, examples: "abc" and a million times "a". */
const abc = 'ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad';
const million = 'cdc76e5c9914fb9281a1c7e284d73e67f1809a48a497200e046d39ccc7112cd0';

describe('sha256', () => {
  test('answers as the standard says', () => {
    expect(sha256('abc')).toBe(abc);
    expect(sha256(Uint8Array.of(97, 98, 99))).toBe(abc);
    expect(sha256('')).toBe(empty);
  });
});

describe('sha256File', () => {
  test('answers as the standard says, and tells how far it is', async () => {
    const path = join(folder, 'million');
    writeFileSync(path, 'a'.repeat(1e6));
    expect(await sha256File(path)).toBe(million);
    writeFileSync(path, 'a'.repeat(3e6));
    const seen: Progress[] = [];
    expect(await sha256File(path, { progress: (each) => seen.push(each) })).toBe(sha256('a'.repeat(3e6)));
    expect(seen.at(-1)).toEqual({ stage: 'hash', done: 3e6, total: 3e6, unit: 'bytes' });
    expect(seen.length).toBeGreaterThan(1);
    writeFileSync(path, '');
    expect(await sha256File(path)).toBe(empty);
  });

  test('stops where it is told to', async () => {
    const path = join(folder, 'stopped');
    writeFileSync(path, 'x');
    const reason = new Error('enough');
    await expect(sha256File(path, { signal: AbortSignal.abort(reason) })).rejects.toBe(reason);
  });
});

describe('files that are none', () => {
  test.each(['sha256File', 'readFileWhole'])('give coded errors and never wait: %s', async (reader) => {
    const read = (path: string) => (reader === 'sha256File' ? sha256File(path) : readFileWhole(path, 10));
    const pipe = join(folder, `pipe-${reader}`);
    execFileSync('mkfifo', [pipe]);
    await expect(read(pipe)).rejects.toMatchObject({ code: 'file/read' });
    await expect(read(folder)).rejects.toMatchObject({ code: 'file/read' });
    await expect(read(join(folder, 'absent'))).rejects.toMatchObject({ code: 'file/absent' });
    const loop = join(folder, `loop-${reader}`);
    symlinkSync(loop, loop);
    await expect(read(loop)).rejects.toMatchObject({ code: 'file/read' });
    await expect(read('nul\0byte')).rejects.toMatchObject({ code: 'file/read' });
  });
});

describe('readFileWhole', () => {
  test('reads up to its limit, through symbolic links too', async () => {
    const path = join(folder, 'ten');
    writeFileSync(path, '0123456789');
    symlinkSync(path, join(folder, 'link'));
    expect(Buffer.from(await readFileWhole(join(folder, 'link'), 10)).toString()).toBe('0123456789');
    await expect(readFileWhole(path, 9)).rejects.toMatchObject({ code: 'file/limit' });
  });
});
