import { spawn, type ChildProcess } from 'node:child_process';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { openBlobs } from '../../src/catalogue/open-blobs.js';
import { openCatalogue } from '../../src/catalogue/open.js';
import { verifyBlobs } from '../../src/catalogue/verify.js';
import type { Collected } from '../../src/collect/source.js';
import { loader, projectFile, runNode, type ChildResult } from '../support/child.js';
import { Replay } from '../support/replay/server.js';

const main = fileURLToPath(projectFile('src/cli/main.ts'));
const six = ['asteroid', 'comet', 'galaxy', 'nebula', 'planet', 'star'];

let home = '';
let replay: Replay;
beforeEach(async () => {
  home = await mkdtemp(join(tmpdir(), 'messier-collect-'));
  replay = await Replay.start({ perClass: 14, side: 64, real: false });
});
afterEach(async () => {
  await replay.close();
  await rm(home, { recursive: true });
});

/** The catalogue's folder and a replay of NASA's servers. */
const environment = () => ({ MESSIER_HOME: home, MESSIER_NASA_API: replay.origin, DATABASE_URL: '', MESSIER_BLOBS: '' });
const nasa = (perClass: number) => ['nasa', '--classes', six.join(','), '--per-class', String(perClass), '--rate', '100'];
const run = (...args: string[]): Promise<ChildResult> =>
  runNode(['--import', loader, main, 'collect', ...args, '--json'], environment());

async function collected(...args: string[]): Promise<Collected> {
  const { code, stdout, stderr } = await run(...args);
  expect({ code, stderr: code === 0 ? '' : stderr }).toEqual({ code: 0, stderr: '' });
  return JSON.parse(stdout) as Collected;
}

function start(...args: string[]): { readonly child: ChildProcess; readonly ended: Promise<ChildResult> } {
  const child = spawn(process.execPath, ['--import', loader, main, 'collect', ...args, '--json'], {
    env: { ...process.env, ...environment() },
    stdio: ['ignore', 'pipe', 'pipe'],
  });
  let [stdout, stderr] = ['', ''];
  child.stdout.on('data', (text: Buffer) => (stdout += text.toString()));
  child.stderr.on('data', (text: Buffer) => (stderr += text.toString()));
  const ended = new Promise<ChildResult>((done) => child.once('close', (code) => done({ code: code ?? -1, stdout, stderr })));
  return { child, ended };
}

const evenly = (count: number): Record<string, number> => Object.fromEntries(six.map((name) => [name, count]));

/** What there is: no row without its file, no file that is damaged; names of the items by their source. */
async function verified(): Promise<readonly string[]> {
  const catalogue = await openCatalogue({ home, url: '' });
  try {
    const { missing, corrupt, foreign, items } = await verifyBlobs(catalogue, await openBlobs({ home, url: '' }));
    const temporary = foreign.first.filter((name) => !name.endsWith('.tmp'));
    expect({ missing: missing.count, corrupt: corrupt.count, temporary }).toEqual({ missing: 0, corrupt: 0, temporary: [] });
    const names: string[] = [];
    for await (const { sourceId } of catalogue.stream({})) names.push(sourceId);
    expect(names).toHaveLength(items);
    expect(new Set(names).size).toBe(items);
    return names;
  } finally {
    await catalogue.close();
  }
}

/** Names whose file was asked for since a moment of the log. */
const askedSince = (from: number): readonly string[] =>
  replay.log.slice(from).flatMap(({ url }) => /^\/image\/([^/]+)\//.exec(url)?.[1] ?? []);

const ways = [
  ...(['not-found', 'error-500', 'half', 'to-metadata', 'pixel-bomb', 'html-disguised', 'truncated', 'forbidden'] as const),
  ...(['empty', 'loop', 'to-loopback', 'to-file', 'wrong-type', 'too-many'] as const),
];

describe('messier collect', () => {
  it('collects six classes from a server that fails in every way, and asks for nothing twice', async () => {
    replay.fail('/image/', ...ways);
    replay.fail('/search', 'changed-fields', 'html');
    replay.fail('/asset/', 'not-found', 'changed-fields');
    const first = await collected(...nasa(4));
    expect(first.classes).toEqual(evenly(4));
    expect(first.added).toBe(24);
    const codes = Object.keys(first.refused);
    expect(codes.length).toBeGreaterThan(1);
    for (const code of codes) expect(code).toMatch(/^(picture|collect|nasa)\//);
    expect(await verified()).toHaveLength(24);
    const before = replay.log.length;
    expect(await collected(...nasa(4))).toMatchObject({ added: 0, classes: evenly(4) });
    expect(replay.log).toHaveLength(before);
    replay.heal();
    const names = new Set(await verified());
    expect((await collected(...nasa(6))).classes).toEqual(evenly(6));
    for (const name of askedSince(before)) expect(names).not.toContain(name);
    expect(replay.log.filter(({ url }) => /169\.254|etc/.test(url))).toEqual([]);
  });

  it('loses and doubles nothing under kill -9', async () => {
    let there: readonly string[] = [];
    let from = 0;
    // Early, in the middle, late: between a file and its row, or anywhere else.
    for (const files of [3, 17, 38]) {
      const { child, ended } = start(...nasa(12));
      await replay.until('/image/', files);
      child.kill('SIGKILL');
      expect((await ended).code).toBe(-1);
      for (const name of askedSince(from)) expect(there).not.toContain(name);
      from = replay.log.length;
      const now = await verified();
      expect(now).toEqual(expect.arrayContaining([...there]));
      there = now;
    }
    expect(there.length).toBeGreaterThan(10);
    const last = await collected(...nasa(12));
    expect(last.classes).toEqual(evenly(12));
    expect(await verified()).toHaveLength(72);
    for (const name of askedSince(from)) expect(there).not.toContain(name);
  });

  it('may run twice at once', async () => {
    const results = await Promise.all([collected(...nasa(14)), collected(...nasa(14))]);
    expect(results.reduce((sum, { added }) => sum + added, 0)).toBe(84);
    expect(await verified()).toHaveLength(84);
  });

  it('stops at its budget and at Ctrl-C, and goes on from there', async () => {
    const spent = await run(...nasa(5), '--budget', '30');
    expect(spent.code).toBe(1);
    expect(JSON.parse(spent.stdout)).toMatchObject({ error: { code: 'collect/budget' } });
    expect(replay.log.length).toBeLessThanOrEqual(30);
    const kept = (await verified()).length;
    expect(kept).toBeGreaterThan(0);
    const { child, ended } = start(...nasa(8));
    await replay.until('/image/', kept + 6);
    child.kill('SIGINT');
    const { code, stderr } = await ended;
    expect(code).toBe(130);
    expect(stderr).toContain('goes on from there');
    expect((await verified()).length).toBeGreaterThan(kept);
    expect((await collected(...nasa(5))).classes).toMatchObject({ comet: expect.any(Number) as number });
    await verified();
  });

  it('collects a list of addresses with their labels, private ones only when told', async () => {
    const [held] = replay.library.items;
    const id = held?.id ?? '';
    // An address that the user has named himself may lie anywhere; this one lies elsewhere.
    const other = await Replay.start({ perClass: 14, side: 64, real: false });
    const list = join(home, 'list.csv');
    await writeFile(list, `url,label\n${other.origin}/image/${id}/${id}~orig.jpg,comet\n${other.origin}/nothing.jpg,star\n`);
    expect(await collected('urls', list)).toMatchObject({ added: 0, refused: { 'collect/private-address': 2 } });
    expect(await collected('urls', list, '--allow-private', '--dataset', 'listed')).toMatchObject({
      added: 1,
      refused: { 'collect/http': 1 },
      classes: { comet: 1 },
    });
    await other.close();
  });

  it('refuses flags that a source does not know', async () => {
    const mistakes = [['folder', home, '--classes', 'a'], ['nasa', 'somewhere', '--classes', 'a'], ['nasa']];
    const results = await Promise.all(mistakes.map((args) => run(...args)));
    expect(results.map(({ code }) => code)).toEqual(mistakes.map(() => 2));
    for (const { stdout } of results) expect(JSON.parse(stdout)).toMatchObject({ error: { code: 'usage' } });
    expect(replay.log).toEqual([]);
  });
});
