import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdir, mkdtemp, readFile, readdir, rename, rm, symlink, utimes, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setImmediate as turn, setTimeout as sleep } from 'node:timers/promises';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { loader, projectFile, runModule } from '../../test/support/child.js';
import { sha256 } from '../formats/hash.js';
import { FolderBlobs } from './folder-blobs.js';

const text = (words: string) => new TextEncoder().encode(words);
const day = 24 * 60 * 60 * 1000;

let root = '';
let store: FolderBlobs;
const pathOf = (hash: string) => join(store.location, hash.slice(0, 2), hash.slice(2));
const hashes = async () => {
  const found: string[] = [];
  for await (const { hash } of store.list()) found.push(hash);
  return found.sort();
};
beforeEach(async () => {
  root = await mkdtemp(join(tmpdir(), 'messier-folder-'));
  store = new FolderBlobs(join(root, 'not', 'yet', 'there'));
});
afterEach(() => rm(root, { recursive: true, force: true }));

/** A program that puts `count` texts of 100 kB, the same in every process. */
const putting = (count: number) => `
  import { FolderBlobs } from ${JSON.stringify(projectFile('src/catalogue/folder-blobs.ts'))};
  const store = new FolderBlobs(${JSON.stringify(join(root, 'not', 'yet', 'there'))});
  for (let index = 0; index < ${count}; index++) await store.put(new TextEncoder().encode(String(index).repeat(50_000)));
  console.log('done');`;
const names = (count: number) => Array.from({ length: count }, (_, index) => sha256(String(index).repeat(50_000))).sort();

describe('several processes at once', () => {
  test('put the same blobs: each is there once and whole', async () => {
    const results = await Promise.all([1, 2, 3].map(() => runModule(putting(60))));
    expect(results.map(({ code, stderr }) => ({ code, stderr }))).toEqual(Array(3).fill({ code: 0, stderr: '' }));
    expect(await hashes()).toEqual(names(60));
    for (const hash of names(60)) await store.get(hash);
    const files = (await readdir(store.location, { recursive: true })).filter((name) => name.length > 2);
    expect(files).toHaveLength(60);
  });

  test('one of which is killed: whatever has a name is whole, and the rest is swept', async () => {
    const child = spawn(process.execPath, ['--import', loader, '--input-type=module', '--eval', putting(100_000)], {
      stdio: 'ignore',
    });
    while ((await hashes()).length < 20) await sleep(5);
    child.kill('SIGKILL');
    await once(child, 'exit');
    const found = await hashes();
    for (const hash of found) await store.get(hash);
    expect(found.length).toBeGreaterThanOrEqual(20);
    const leftover = `${pathOf(found[0]!)}.11111111-2222-4333-8444-555555555555.tmp`;
    await writeFile(leftover, 'half');
    await store.sweep();
    expect(await readFile(leftover, 'utf8')).toBe('half');
    const old = new Date(Date.now() - 2 * day);
    for (const name of await readdir(store.location, { recursive: true })) {
      if (name.endsWith('.tmp')) await utimes(join(store.location, name), old, old);
    }
    expect(await store.sweep()).toBeGreaterThanOrEqual(1);
    expect((await readdir(store.location, { recursive: true })).filter((name) => name.endsWith('.tmp'))).toEqual([]);
    expect(await hashes()).toEqual(found);
  });
});

test('a blob that is put while another removes it as old is there afterwards', async () => {
  const bytes = text('contested');
  const hash = sha256(bytes);
  const old = new Date(Date.now() - 2 * day);
  const put = () => store.put(bytes);
  const remove = () => store.remove(hash, { before: Date.now() - day });
  let removed = 0;
  for (let round = 0; round < 300; round++) {
    await store.put(bytes);
    await utimes(pathOf(hash), old, old);
    // One of them begins some turns of the event loop after the other; in some rounds, after its end.
    const [first, second] = round % 2 === 0 ? [put, remove] : [remove, put];
    const running = first();
    for (let turns = round % 12; turns > 0; turns--) await turn();
    if (round % 12 > 9) await running;
    const gone = (await Promise.all([running, second()])).includes(true);
    if (gone) removed++;
    expect(await store.get(hash)).toEqual(bytes);
  }
  // Both orders came about.
  expect(removed).toBeGreaterThan(0);
  expect(removed).toBeLessThan(300);
});

test('a full disk is told of, and leaves nothing', async () => {
  // A limit on the size of files fails in the middle of a write, as a full disk does.
  const program = `
    import { FolderBlobs } from ${JSON.stringify(projectFile('src/catalogue/folder-blobs.ts'))};
    const store = new FolderBlobs(${JSON.stringify(store.location)});
    await store.put(new Uint8Array(4 * 2 ** 20)).catch((error) => console.log(error.code, error.message));`;
  const shell = spawn('sh', [
    '-c',
    `ulimit -f 2048; exec "$0" --import ${loader} --input-type=module --eval "$1"`,
    process.execPath,
    program,
  ]);
  const output = (await shell.stdout.toArray()).join('');
  expect(output).toMatch(/^file\/write .*can't be written: EFBIG.*free space/);
  expect(await hashes()).toEqual([]);
  expect((await readdir(store.location, { recursive: true })).filter((name) => name.length > 2)).toEqual([]);
});

test('a folder that can be none is told of', async () => {
  await writeFile(join(root, 'file'), '');
  const inFile = new FolderBlobs(join(root, 'file'));
  await expect(inFile.put(text('x'))).rejects.toMatchObject({ code: 'file/write' });
  await expect(inFile.list()[Symbol.asyncIterator]().next()).resolves.toMatchObject({ done: true });
  await expect(inFile.get('0'.repeat(64))).rejects.toMatchObject({ code: 'file/read' });
});

test('links count as what they point to, and removing takes the link', async () => {
  const hash = await store.put(text('linked'));
  await rename(pathOf(hash), join(root, 'elsewhere'));
  await symlink(join(root, 'elsewhere'), pathOf(hash));
  await symlink(join(root, 'nowhere'), pathOf(`${hash.slice(0, 2)}${'0'.repeat(62)}`));
  await mkdir(join(root, 'folder', 'x'), { recursive: true });
  await symlink(join(root, 'folder'), join(store.location, 'ff'));
  await symlink(store.location, join(root, 'folder', '0'.repeat(62)));
  const linked = new FolderBlobs(join(root, 'link'));
  await symlink(store.location, linked.location);
  const foreign: string[] = [];
  const found: string[] = [];
  for await (const blob of linked.list({ foreign: (name) => foreign.push(name) })) found.push(blob.hash);
  expect(found).toEqual([hash]);
  expect(foreign.sort()).toEqual([`${hash.slice(0, 2)}/${'0'.repeat(62)}`, `ff/${'0'.repeat(62)}`, 'ff/x'].sort());
  expect(await store.get(hash)).toEqual(text('linked'));
  expect(await store.remove(hash)).toBe(true);
  expect(await store.has(hash)).toBe(false);
  expect(await readFile(join(root, 'elsewhere'), 'utf8')).toBe('linked');
});
