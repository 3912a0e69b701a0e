import { access, mkdir, mkdtemp, rm, symlink, truncate, unlink, utimes, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { newItem } from '../../test/support/catalogue-items.js';
import { startS3 } from '../../test/support/s3.js';
import { MessierError } from '../core/errors.js';
import type { Progress } from '../core/progress.js';
import { sha256 } from '../formats/hash.js';
import type { BlobStore } from './blob-types.js';
import type { Catalogue } from './catalogue.js';
import { FolderBlobs } from './folder-blobs.js';
import { openCatalogue } from './open.js';
import { S3Blobs } from './s3-blobs.js';
import { s3Settings } from './s3-settings.js';
import { orphanAge, verifyBlobs } from './verify.js';

const bytesOf = (name: string) => new TextEncoder().encode(name);
const none = { count: 0, first: [] };

let root = '';
let catalogue: Catalogue;
let blobs: FolderBlobs;
beforeEach(async () => {
  root = await mkdtemp(join(tmpdir(), 'messier-verify-'));
  catalogue = await openCatalogue({ url: '', home: root });
  blobs = new FolderBlobs(join(root, 'blobs'));
});
afterEach(async () => {
  await catalogue.close();
  await rm(root, { recursive: true, force: true });
});

const row = (name: string) => newItem(name, { hash: sha256(name), bytes: bytesOf(name).length });
const pathOf = (name: string) => join(blobs.location, sha256(name).slice(0, 2), sha256(name).slice(2));
async function collect(...names: string[]): Promise<void> {
  await Promise.all(names.map((name) => blobs.put(bytesOf(name))));
  await catalogue.add(names.map(row));
}
async function age(name: string): Promise<void> {
  const old = new Date(Date.now() - orphanAge - 60_000);
  await utimes(pathOf(name), old, old);
}

test('a catalogue and blobs that agree', async () => {
  expect(await verifyBlobs(catalogue, blobs)).toMatchObject({ items: 0, blobs: 0, bytes: 0, missing: none, orphaned: none });
  await collect('comet', 'nebula');
  expect(await verifyBlobs(catalogue, blobs)).toEqual({
    items: 2,
    blobs: 2,
    bytes: 11,
    missing: none,
    corrupt: none,
    orphaned: none,
    foreign: none,
    removed: 0,
    swept: 0,
  });
});

test('what is missing, damaged, orphaned, foreign and left over is told apart', async () => {
  const names = Array.from({ length: 40 }, (_, index) => `picture ${index}`);
  await collect(...names);
  await unlink(pathOf('picture 3'));
  await writeFile(pathOf('picture 4'), 'picturE 4');
  await truncate(pathOf('picture 5'), 3);
  await unlink(pathOf('picture 6'));
  await symlink(join(root, 'nowhere'), pathOf('picture 6'));
  await blobs.put(bytesOf('orphan'));
  await writeFile(join(blobs.location, 'note\n\x1b[2J.txt'), 'mine');
  await writeFile(`${pathOf('picture 7')}.00000000-0000-4000-8000-000000000000.tmp`, 'half');
  await utimes(`${pathOf('picture 7')}.00000000-0000-4000-8000-000000000000.tmp`, 1e9, 1e9);
  const seen: Progress[] = [];
  const found = await verifyBlobs(catalogue, blobs, { progress: (progress) => seen.push(progress) });
  expect({ ...found, bytes: 0 }).toEqual({
    items: 40,
    blobs: 39,
    bytes: 0,
    missing: { count: 2, first: [sha256('picture 3'), sha256('picture 6')] },
    corrupt: {
      count: 2,
      first: expect.arrayContaining([
        { hash: sha256('picture 4'), reason: expect.stringContaining('another SHA-256') as string },
        { hash: sha256('picture 5'), reason: 'It has 3 bytes; its item says 9.' },
      ]) as unknown[],
    },
    orphaned: { count: 1, first: [sha256('orphan')] },
    foreign: {
      count: 2,
      first: expect.arrayContaining([
        'note\n\x1b[2J.txt',
        `${sha256('picture 6').slice(0, 2)}/${sha256('picture 6').slice(2)}`,
      ]) as unknown[],
    },
    removed: 0,
    swept: 1,
  });
  expect(seen.at(-1)).toMatchObject({ done: 39, total: 40, unit: 'blobs' });
  // Sizes alone: what has the right size passes.
  expect((await verifyBlobs(catalogue, blobs, { deep: false })).corrupt).toMatchObject({ count: 1 });
});

test('lists of findings are short, counts are whole', async () => {
  await catalogue.add(Array.from({ length: 1500 }, (_, index) => row(`gone ${index}`)));
  for (let index = 0; index < 1100; index++) {
    const path = pathOf(`orphan ${index}`);
    await mkdir(dirname(path), { recursive: true });
    await writeFile(path, `orphan ${index}`);
  }
  const { missing, orphaned } = await verifyBlobs(catalogue, blobs);
  expect([missing.count, missing.first.length]).toEqual([1500, 100]);
  expect([orphaned.count, orphaned.first.length]).toEqual([1100, 100]);
});

describe('orphans are removed', () => {
  test('when they are told to, and old', async () => {
    await collect('kept');
    for (const name of ['old', 'young']) await blobs.put(bytesOf(name));
    await age('old');
    await age('kept');
    expect(await verifyBlobs(catalogue, blobs)).toMatchObject({ orphaned: { count: 2 }, removed: 0 });
    expect(await verifyBlobs(catalogue, blobs, { removeOrphans: true })).toMatchObject({ orphaned: { count: 2 }, removed: 1 });
    expect(await blobs.has(sha256('old'))).toBe(false);
    expect(await blobs.has(sha256('young'))).toBe(true);
    expect(await blobs.has(sha256('kept'))).toBe(true);
  });

  /** A collection that does something at each point where a verification could miss it. */
  const moments: readonly (readonly [
    string,
    (act: () => Promise<void>) => { catalogue: Pick<Catalogue, 'stream' | 'byHash'>; blobs: BlobStore },
  ])[] = [
    [
      'after the catalogue was read',
      (act) => ({
        catalogue: {
          byHash: (hashes) => catalogue.byHash(hashes),
          async *stream(query) {
            yield* catalogue.stream(query);
            await act();
          },
        },
        blobs,
      }),
    ],
    [
      'after the row was asked for again',
      (act) => ({
        catalogue: {
          stream: (query) => catalogue.stream(query),
          async byHash(hashes) {
            const rows = await catalogue.byHash(hashes);
            await act();
            return rows;
          },
        },
        blobs,
      }),
    ],
    [
      'at the removal',
      (act) => {
        const remove: BlobStore['remove'] = async (hash, options) => {
          const [removed] = await Promise.all([blobs.remove(hash, options), act()]);
          return removed;
        };
        return { catalogue, blobs: Object.assign(new FolderBlobs(blobs.location), { remove }) };
      },
    ],
  ];
  test.each(moments)('but not from a collection that brings the same picture %s', async (_, meddle) => {
    await collect('kept');
    await blobs.put(bytesOf('contested'));
    await age('contested');
    const { catalogue: watched, blobs: watchedBlobs } = meddle(() => collect('contested'));
    await verifyBlobs(watched, watchedBlobs, { removeOrphans: true });
    expect(await blobs.get(sha256('contested'))).toEqual(bytesOf('contested'));
    expect(await verifyBlobs(catalogue, blobs)).toMatchObject({ items: 2, missing: none, corrupt: none, orphaned: none });
  });

  test('but not those of another catalogue', async () => {
    for (const name of ['one', 'two']) {
      await blobs.put(bytesOf(name));
      await age(name);
    }
    for (const items of [0, 1]) {
      await expect(verifyBlobs(catalogue, blobs, { removeOrphans: true })).rejects.toMatchObject({
        code: 'blob/orphans',
        message: expect.stringContaining(
          `None of the 2 files in ${blobs.location} belongs to one of the ${items} items`,
        ) as string,
      });
      await catalogue.add([row('elsewhere')]);
    }
    expect(await verifyBlobs(catalogue, blobs)).toMatchObject({ blobs: 2, orphaned: { count: 2 }, missing: { count: 1 } });
  });

  test('beside a collection that runs: it misses nothing', async () => {
    await collect('kept');
    const names = Array.from({ length: 60 }, (_, index) => `picture ${index}`);
    for (const name of [...names, 'orphan']) {
      await blobs.put(bytesOf(name));
      await age(name);
    }
    const collecting = (async () => {
      for (const name of names) await collect(name);
    })();
    let removed = 0;
    for (let round = 0; round < 5; round++) removed += (await verifyBlobs(catalogue, blobs, { removeOrphans: true })).removed;
    await collecting;
    expect(removed).toBeGreaterThanOrEqual(1);
    expect(await verifyBlobs(catalogue, blobs)).toMatchObject({ items: 61, blobs: 61, missing: none, corrupt: none });
  });
});

test('pictures that arrive while it runs are neither missing nor orphaned', async () => {
  await collect(...Array.from({ length: 30 }, (_, index) => `early ${index}`));
  const watched: Pick<Catalogue, 'stream' | 'byHash'> = {
    byHash: (hashes) => catalogue.byHash(hashes),
    async *stream(query) {
      yield* catalogue.stream(query);
      await collect(...Array.from({ length: 30 }, (_, index) => `late ${index}`));
    },
  };
  expect(await verifyBlobs(watched, blobs)).toMatchObject({ items: 30, blobs: 60, missing: none, orphaned: none });
});

test('a bucket is verified as a folder is', async () => {
  const s3 = await startS3(['pictures']);
  try {
    const env = {
      AWS_ACCESS_KEY_ID: s3.keys.accessKey,
      AWS_SECRET_ACCESS_KEY: s3.keys.secretKey,
      AWS_ENDPOINT_URL_S3: s3.endpoint,
    };
    const bucket = new S3Blobs(s3Settings('s3://pictures/messier', env));
    const fileOf = (name: string) =>
      join(s3.folder('pictures'), 'messier', sha256(name).slice(0, 2), `${sha256(name).slice(2)}._S3rver_object`);
    await catalogue.add(['whole', 'damaged', 'gone'].map(row));
    for (const name of ['whole', 'damaged', 'old orphan', 'young orphan']) await bucket.put(bytesOf(name));
    await writeFile(fileOf('damaged'), 'dAmaged');
    await utimes(fileOf('old orphan'), 1e9, 1e9);
    await writeFile(join(s3.folder('pictures'), 'messier', 'note._S3rver_object'), 'mine');
    expect(await verifyBlobs(catalogue, bucket, { removeOrphans: true })).toMatchObject({
      items: 3,
      blobs: 4,
      missing: { count: 1, first: [sha256('gone')] },
      corrupt: { count: 1, first: [{ hash: sha256('damaged') }] },
      orphaned: { count: 2 },
      foreign: { count: 1, first: ['note'] },
      removed: 1,
    });
    expect([await bucket.has(sha256('old orphan')), await bucket.has(sha256('young orphan'))]).toEqual([false, true]);
  } finally {
    await s3.stop();
  }
});

test('a store that fails as a whole ends it, one file does not; it stops where it is told to', async () => {
  await collect('one', 'two', 'three');
  const broken = (error: Error) => Object.assign(new FolderBlobs(blobs.location), { get: () => Promise.reject(error) });
  const fails = (error: Error) => verifyBlobs(catalogue, broken(error));
  await expect(fails(new MessierError('blob/s3-failed', 'no connection'))).rejects.toThrow('no connection');
  await expect(fails(new Error('a mistake'))).rejects.toThrow('a mistake');
  expect(await fails(new MessierError('file/read', 'bad sector'))).toMatchObject({ corrupt: { count: 3 } });
  expect(await fails(new MessierError('blob/absent', 'just gone'))).toMatchObject({ missing: { count: 3 } });
  const signal = AbortSignal.abort(new Error('enough'));
  await expect(verifyBlobs(catalogue, blobs, { signal })).rejects.toThrow('enough');
  await access(pathOf('one'));
});
