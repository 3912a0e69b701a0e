import { createHash } from 'node:crypto';
import { mkdir, mkdtemp, rm, truncate, utimes, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { afterAll, beforeAll, beforeEach, describe, expect, test } from 'vitest';
import { largestBlob, type BlobStore, type StoredBlob } from '../../src/catalogue/blob-types.js';
import { FolderBlobs } from '../../src/catalogue/folder-blobs.js';
import { S3Blobs } from '../../src/catalogue/s3-blobs.js';
import { s3Settings } from '../../src/catalogue/s3-settings.js';
import { startS3, type S3Server } from '../support/s3.js';

/** A store and the ways to harm it that go past it. */
interface Subject {
  readonly store: BlobStore;
  /** The file that holds a name of the store. */
  readonly file: (name: string) => string;
  /** Leaves what a process killed within `put` leaves, at an age in milliseconds. */
  readonly leave: (age: number) => Promise<void>;
}

const text = (words: string) => new TextEncoder().encode(words);
const nameOf = (hash: string) => `${hash.slice(0, 2)}/${hash.slice(2)}`;
const day = 24 * 60 * 60 * 1000;

async function listOf(store: BlobStore): Promise<{ readonly blobs: readonly StoredBlob[]; readonly foreign: readonly string[] }> {
  const [blobs, foreign]: [StoredBlob[], string[]] = [[], []];
  for await (const blob of store.list({ foreign: (name) => foreign.push(name) })) blobs.push(blob);
  return { blobs, foreign: foreign.sort() };
}

let root = '';
let s3: S3Server;
let subjects = 0;
beforeAll(async () => {
  root = await mkdtemp(join(tmpdir(), 'messier-blobs-'));
  s3 = await startS3(['pictures']);
});
afterAll(async () => {
  await s3.stop();
  await rm(root, { recursive: true, force: true });
});

function folderSubject(): Subject {
  const folder = join(root, `blobs-${subjects++}`);
  const file = (name: string) => join(folder, name);
  const leave = async (age: number) => {
    const path = file(`aa/${'b'.repeat(62)}.0f1e2d3c-0000-4000-8000-00000000000${subjects++ % 10}.tmp`);
    await mkdir(dirname(path), { recursive: true });
    await writeFile(path, 'half');
    await utimes(path, new Date(), new Date(Date.now() - age));
  };
  return { store: new FolderBlobs(folder), file, leave };
}

function s3Subject(): Subject {
  const prefix = `some/where-${subjects++}`;
  const env = {
    AWS_ACCESS_KEY_ID: s3.keys.accessKey,
    AWS_SECRET_ACCESS_KEY: s3.keys.secretKey,
    AWS_ENDPOINT_URL_S3: s3.endpoint,
  };
  const file = (name: string) => join(s3.folder('pictures'), prefix, `${name}._S3rver_object`);
  const leave = async (age: number) => {
    const path = join(s3.folder('pictures'), '._S3rver_uploads', `upload${subjects++}`, 'key');
    await mkdir(dirname(path), { recursive: true });
    await writeFile(path, `${prefix}/aa/${'b'.repeat(62)}`);
    await utimes(path, new Date(), new Date(Date.now() - age));
  };
  return { store: new S3Blobs(s3Settings(`s3://pictures/${prefix}`, env)), file, leave };
}

describe.each([
  ['a folder', folderSubject],
  ['an S3 store', s3Subject],
])('blobs in %s', (_, make) => {
  let subject: Subject;
  let store: BlobStore;
  beforeEach(() => {
    subject = make();
    store = subject.store;
  });

  test('are named by their SHA-256 and come back as they were', async () => {
    const bytes = Uint8Array.from({ length: 100_000 }, (_, index) => (index * index) % 251);
    const hash = await store.put(bytes);
    expect(hash).toBe(createHash('sha256').update(bytes).digest('hex'));
    const back = await store.get(hash);
    expect(Buffer.compare(back, bytes)).toBe(0);
    expect(await store.has(hash)).toBe(true);
    expect((await store.get(await store.put(new Uint8Array(0)))).length).toBe(0);
  });

  test('are stored once, also by several at once, and listed with size and time', async () => {
    const before = Date.now() - 2000;
    expect((await listOf(store)).blobs).toEqual([]);
    const words = ['one', 'two', 'three', 'two', 'one', 'two'];
    const hashes = await Promise.all(words.map((word) => store.put(text(word))));
    expect(new Set(hashes).size).toBe(3);
    const { blobs, foreign } = await listOf(store);
    expect(blobs.map(({ hash, bytes }) => `${hash} ${bytes}`).sort()).toEqual(
      ['one', 'two', 'three'].map((word) => `${createHash('sha256').update(word).digest('hex')} ${word.length}`).sort(),
    );
    for (const { putAt } of blobs) expect(putAt).toBeGreaterThan(before);
    expect(foreign).toEqual([]);
  });

  test('that are absent are told from those that are damaged', async () => {
    const hash = await store.put(text('whole'));
    await expect(store.get('0'.repeat(64))).rejects.toMatchObject({ code: 'blob/absent' });
    expect(await store.has('0'.repeat(64))).toBe(false);
    await writeFile(subject.file(nameOf(hash)), 'whOle');
    await expect(store.get(hash)).rejects.toMatchObject({ code: 'blob/corrupt' });
    await writeFile(subject.file(nameOf(hash)), 'who');
    await expect(store.get(hash)).rejects.toMatchObject({ code: 'blob/corrupt' });
    expect(await store.put(text('whole'))).toBe(hash);
    expect(await store.get(hash)).toEqual(text('whole'));
  });

  test('replace damaged ones of the same size, wherever the damage is', async () => {
    const bytes = Uint8Array.from({ length: 2 ** 20 + 5 }, (_, index) => (index * index) % 251);
    const hash = await store.put(bytes);
    for (const place of [0, 2 ** 20, bytes.length - 1]) {
      await writeFile(
        subject.file(nameOf(hash)),
        bytes.map((byte, at) => (at === place ? byte ^ 1 : byte)),
      );
      await expect(store.get(hash)).rejects.toMatchObject({ code: 'blob/corrupt' });
      expect(await store.put(bytes)).toBe(hash);
      expect(Buffer.compare(await store.get(hash), bytes)).toBe(0);
    }
  });

  test('have names of 64 digits and nothing else', async () => {
    const hash = await store.put(text('named'));
    for (const name of ['', hash.toUpperCase(), hash.slice(1), `${hash}0`, `../../${hash.slice(6)}`, `${hash.slice(0, 63)}\0`]) {
      await expect(store.get(name)).rejects.toMatchObject({ code: 'blob/hash' });
      await expect(store.has(name)).rejects.toMatchObject({ code: 'blob/hash' });
      await expect(store.remove(name)).rejects.toMatchObject({ code: 'blob/hash' });
    }
  });

  test('are removed; with a time only where nobody has put them since', async () => {
    const hash = await store.put(text('short-lived'));
    expect(await store.remove(hash, { before: Date.now() - day })).toBe(false);
    const old = new Date(Date.now() - 2 * day);
    await utimes(subject.file(nameOf(hash)), old, old);
    await store.put(text('short-lived'));
    expect(await store.remove(hash, { before: Date.now() - day })).toBe(false);
    expect(await store.get(hash)).toEqual(text('short-lived'));
    await utimes(subject.file(nameOf(hash)), old, old);
    expect((await listOf(store)).blobs[0]!.putAt).toBeCloseTo(old.getTime(), -4);
    expect(await store.remove(hash, { before: Date.now() - day })).toBe(true);
    expect(await store.has(hash)).toBe(false);
    expect(await store.remove(hash)).toBe(false);
    await store.put(text('short-lived'));
    expect(await store.remove(hash)).toBe(true);
    expect((await listOf(store)).blobs).toEqual([]);
  });

  test('lie beside foreign files, which are told of and left alone', async () => {
    const hash = await store.put(text('ours'));
    const names = ['note', 'zz/file', `aa/${'G'.repeat(62)}`, `aa/${'b'.repeat(61)}`, 'aa/deep/file', "aa/<b>&amp;'\x1b[31m"];
    for (const name of names) {
      await mkdir(dirname(subject.file(name)), { recursive: true });
      await writeFile(subject.file(name), 'foreign');
    }
    const { blobs, foreign } = await listOf(store);
    expect(blobs.map((blob) => blob.hash)).toEqual([hash]);
    // A folder within is one foreign thing; a bucket has no folders.
    const seen = (name: string) =>
      name === 'zz/file' ? /^zz(\/file)?$/ : name === 'aa/deep/file' ? /^aa\/deep(\/file)?$/ : undefined;
    expect(foreign).toHaveLength(names.length);
    for (const name of names) expect(foreign.some((found) => found === name || seen(name)?.test(found))).toBe(true);
    expect(await store.sweep()).toBe(0);
    expect((await listOf(store)).foreign).toEqual(foreign);
  });

  test('leave what killed processes began for a day', async () => {
    const hash = await store.put(text('whole'));
    await subject.leave(2 * day);
    await subject.leave(2 * day);
    await subject.leave(2 * day);
    await subject.leave(day / 2);
    expect((await listOf(store)).foreign).toEqual([]);
    expect(await store.sweep()).toBe(3);
    expect(await store.sweep()).toBe(0);
    expect(await store.has(hash)).toBe(true);
  });

  test('stop where they are told to', async () => {
    const signal = AbortSignal.abort(new Error('enough'));
    const hash = await store.put(text('there'));
    await expect(store.put(text('other'), { signal })).rejects.toThrow('enough');
    await expect(store.get(hash, { signal })).rejects.toThrow('enough');
    await expect(store.list({ signal })[Symbol.asyncIterator]().next()).rejects.toThrow('enough');
    expect((await listOf(store)).blobs.map((blob) => blob.hash)).toEqual([hash]);
  });

  test('have a largest size', async () => {
    await expect(store.put(new Uint8Array(largestBlob + 1))).rejects.toMatchObject({ code: 'blob/limit' });
    const hash = await store.put(text('grows'));
    await truncate(subject.file(nameOf(hash)), largestBlob + 1);
    await expect(store.get(hash)).rejects.toMatchObject({ code: expect.stringMatching(/^(blob|file)\/limit$/) as string });
  });
});
