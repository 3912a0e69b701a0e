/** Astronomy Pictures of the Day, from a table of addresses to a folder that can be trained on; against a real server. */
import { spawn } from 'node:child_process';
import { existsSync } from 'node:fs';
import { mkdir, mkdtemp, readdir, readFile, rm, utimes, writeFile } from 'node:fs/promises';
import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import sharp from 'sharp';
import { afterEach, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { collectApod, type ApodOptions } from '../../src/collect/apod.js';
import { readApodTable } from '../../src/collect/apod-table.js';
import { userAgent } from '../../src/collect/http/user-agent.js';
import { openDataset } from '../../src/dataset/open.js';
import { readTable } from '../../src/formats/csv.js';
import { loader, projectFile } from '../support/child.js';
import { differences, readTables } from '../support/json-tables.js';
import { findShared } from '../support/shared-data.js';

let folder: string;
let server: Server | undefined;
let asked: { readonly url: string; readonly at: number; readonly agent: string | undefined }[];
let jpeg: Buffer;
let png: Buffer;
const inside = (...parts: string[]) => join(folder, ...parts);
const quick = { backoff: 1, rate: 1000, stall: 10_000, allowPrivate: true };

beforeAll(async () => {
  const picture = sharp({ create: { width: 40, height: 30, channels: 3, background: '#205' } });
  [jpeg, png] = await Promise.all([picture.clone().jpeg().toBuffer(), picture.clone().png().toBuffer()]);
});

beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'messier-apod-'));
  asked = [];
});

afterEach(async () => {
  server?.closeAllConnections();
  await new Promise((done) => (server ? server.close(done) : done(undefined)));
  server = undefined;
  await rm(folder, { recursive: true });
});

async function serve(handler: (path: string, response: ServerResponse, count: number) => void): Promise<string> {
  server = createServer((request: IncomingMessage, response) => {
    const url = request.url ?? '';
    asked.push({ url, at: performance.now(), agent: request.headers['user-agent'] });
    handler(url, response, asked.filter((one) => one.url === url).length);
  });
  await new Promise<void>((done) => server?.listen(0, '127.0.0.1', done));
  return `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
}

async function writeTable(
  rows: readonly (readonly string[])[],
  header = 'date,title,explanation,url,copyright,weak_label',
): Promise<string> {
  const cell = (text: string) => `"${text.replaceAll('"', '""')}"`;
  await writeFile(inside('table.csv'), [header, ...rows.map((row) => row.map(cell).join(','))].join('\n'));
  return inside('table.csv');
}

/** Days from 2000-01-01 on with pictures at `origin/0.jpg` on. */
const days = (origin: string, count: number) =>
  Array.from({ length: count }, (_, at) => [
    `2000-01-${String(at + 1).padStart(2, '0')}`,
    `Day ${at}`,
    `Text ${at}`,
    `${origin}/${at}.jpg`,
    '',
    'star',
  ]);

const collect = (table: string, options: Partial<ApodOptions> = {}) =>
  collectApod(table, { folder: inside('out'), ...quick, ...options });

describe('collectApod', () => {
  it('fetches what is a picture, skips and counts what is none, and keeps every column', async () => {
    const url = await serve((path, response, count) => {
      const send = (status: number, body: Buffer | string = '', headers: Record<string, string> = {}) =>
        void response.writeHead(status, { 'content-length': String(Buffer.byteLength(body)), ...headers }).end(body);
      if (path === '/dead.jpg') send(404);
      else if (path === '/page.jpg') send(200, '<!doctype html><title>Sorry</title>');
      else if (path === '/empty.jpg') send(200);
      else if (path === '/busy.jpg' && count === 1) send(429, '', { 'retry-after': '1' });
      else if (path === '/ill.jpg' && count === 1) send(500);
      else if (path === '/down.jpg') send(503);
      else if (path === '/large.jpg') response.writeHead(200, { 'content-length': String(2 ** 30) }).write(jpeg);
      else if (path === '/cut.jpg' && count === 1) {
        response.writeHead(200, { 'content-length': String(jpeg.length) });
        response.write(jpeg.subarray(0, 50), () => setTimeout(() => response.destroy(), 20));
      } else if (path === '/moved.jpg') send(302, '', { location: '/here.png' });
      else send(200, path.endsWith('.png') ? png : jpeg);
    });
    const names = ['good', 'dead', 'page', 'empty', 'busy', 'ill', 'down', 'large', 'cut', 'moved'];
    const text = 'It said "hello",\nin two lines; Pach\uFFFDn';
    const rows = names.map((name, at) => [
      `2001-02-${10 + at}`,
      name,
      text,
      `${url}/${name}.jpg`,
      at ? '' : 'Me, myself',
      name.slice(0, 1),
    ]);
    const table = await writeTable([
      ...rows,
      ['2001-03-01', 'again', text, `${url}/good.jpg#part`, '', ''],
      ['2001-03-02', 'video', text, 'https://www.youtube.com/embed/x?rel=0', '', ''],
      ['2001-03-03', 'nothing', text, '', '', ''],
      ['2001-03-04', 'silent', '', `${url}/silent.jpg`, '', ''],
      ['2001-03-05', 'few'],
    ]);
    const result = await collect(table, { attempts: 2 });
    const ids: Record<string, string[]> = {};
    for (const { code, id } of result.skipped) (ids[code] ??= []).push(id);
    expect(ids).toEqual({
      'apod/duplicate': ['table.csv:23'],
      'apod/video': ['table.csv:25'],
      'apod/no-picture': ['table.csv:27'],
      'apod/text': ['table.csv:28'],
      'csv/fields': ['table.csv:29'],
      'download/http': [expect.stringMatching(/^2001-02-11_/)],
      'picture/format': [expect.stringMatching(/^2001-02-12_/)],
      'picture/empty': [expect.stringMatching(/^2001-02-13_/)],
      'download/failed': [expect.stringMatching(/^2001-02-16_/)],
      'download/size': [expect.stringMatching(/^2001-02-17_/)],
    });
    expect(result).toMatchObject({ location: inside('out', 'apod.csv'), pictures: 5, added: 5 });
    const { columns, rows: written } = await readTable(result.location);
    expect(columns).toEqual(['file', 'date', 'title', 'explanation', 'url', 'copyright', 'weak_label']);
    expect(written.map(({ cells }) => cells[2])).toEqual(['good', 'busy', 'ill', 'cut', 'moved']);
    expect(written[0]!.cells.slice(3)).toEqual([text, `${url}/good.jpg`, 'Me, myself', 'g']);
    expect(written[4]!.cells[0]).toMatch(/^images\/2001-02-19_[0-9a-f]{8}\.png$/);
    expect(await readFile(inside('out', written[3]!.cells[0]!))).toEqual(jpeg);
    const [first, second] = asked.filter((one) => one.url === '/busy.jpg');
    expect(second!.at - first!.at).toBeGreaterThan(950);
    expect(new Set(asked.map(({ agent }) => agent))).toEqual(new Set([userAgent]));
    const dataset = await openDataset(result.location, { labelColumn: 'weak_label' });
    expect(dataset.items.map(({ label }) => label)).toEqual(['g', 'b', 'i', 'c', 'm']);
  });

  it('asks no faster than allowed, and for nothing twice', async () => {
    const url = await serve((_, response) => void response.end(jpeg));
    const table = await writeTable(days(url, 6));
    await collect(table, { rate: 20, limit: 5 });
    const gaps = asked.slice(1).map(({ at }, n) => at - asked[n]!.at);
    expect(asked.map((one) => one.url)).toEqual(['/0.jpg', '/1.jpg', '/2.jpg', '/3.jpg', '/4.jpg']);
    expect(gaps.reduce((sum, gap) => sum + gap, 0)).toBeGreaterThan(190);
    expect(await collect(table)).toMatchObject({ pictures: 6, added: 1 });
    expect(asked).toHaveLength(6);
  });

  it('stops where nothing can be fetched, with the table of what there is', async () => {
    const url = await serve((path, response) => void response.writeHead(path === '/0.jpg' ? 200 : 503).end(jpeg));
    const table = await writeTable(days(url, 9));
    const job = collect(table, { attempts: 1 });
    await expect(job).rejects.toMatchObject({ code: 'collect/unreachable' });
    expect(asked).toHaveLength(6);
    expect((await readTable(inside('out', 'apod.csv'))).rows).toHaveLength(1);
  });

  it('loses nothing on abort', async () => {
    const url = await serve((_, response) => void response.end(jpeg));
    const table = await writeTable(days(url, 6));
    const stop = new AbortController();
    const progress = ({ done }: { readonly done: number }) => done === 3 && stop.abort(new Error('enough'));
    await expect(collect(table, { signal: stop.signal, progress })).rejects.toThrow('enough');
    expect((await readTable(inside('out', 'apod.csv'))).rows).toHaveLength(3);
    expect(await collect(table)).toMatchObject({ pictures: 6, added: 3 });
    expect(asked).toHaveLength(6);
  });

  it('asks nothing of this machine or a private network unless that is allowed', async () => {
    const url = await serve((_, response) => void response.end(jpeg));
    const table = await writeTable([...days(url, 1), ...days('http://169.254.169.254', 1), ...days('http://localhost:1', 1)]);
    const job = collect(table, { allowPrivate: false });
    await expect(job).rejects.toThrow(/gives no picture\. .* an address of this machine, .*--allow-private on the command line/);
    expect(asked).toEqual([]);
  });

  it('takes pictures from a folder by their name or their day', async () => {
    const home = 'https://apod.nasa.gov/apod/image';
    const table = await writeTable([
      ['1995-06-20', 'name', 'x', `${home}/pleiades%202.gif`, '', ''],
      ['1995-06-21', 'day', 'x', `${home}/sn1987a.gif`, '', ''],
      ['1995-06-22', 'digits', 'x', 'image/earth.gif', '', ''],
      ['1999-12-31', 'short', 'x', `${home}/other.gif`, '', ''],
      ['1999-12-30', 'text', 'x', `${home}/text.gif`, '', ''],
      ['2000-01-01', 'absent', 'x', `${home}/none.gif`, '', ''],
    ]);
    await mkdir(inside('pictures', 'deep'), { recursive: true });
    const files = ['Pleiades 2.jpg', 'deep/apod_1995-06-21.png', '19950622.jpg', 'ap991231.jpg', '1999123.jpg'];
    for (const file of files) await writeFile(inside('pictures', file), file.endsWith('png') ? png : jpeg);
    await writeFile(inside('pictures', 'text.gif'), 'no picture');
    const result = await collect(table, { images: inside('pictures') });
    expect(result).toMatchObject({ pictures: 4, added: 4 });
    expect(result.skipped.map(({ code }) => code)).toEqual(['picture/format', 'file/absent']);
    await expect(collect(table, { images: inside('nowhere') })).rejects.toMatchObject({ code: 'apod/images' });
  });

  it('clears what killed processes left half-written, a day later', async () => {
    const url = await serve((_, response) => void response.end(jpeg));
    await mkdir(inside('out', 'images'), { recursive: true });
    for (const name of ['old.jpg.1.tmp', 'new.jpg.2.tmp']) await writeFile(inside('out', 'images', name), 'half');
    await utimes(inside('out', 'images', 'old.jpg.1.tmp'), 1e9, 1e9);
    await collect(await writeTable(days(url, 1)));
    expect((await readdir(inside('out', 'images'))).sort()).toEqual([
      expect.stringMatching(/^2000-01-01_.*\.jpg$/),
      'new.jpg.2.tmp',
    ]);
  });

  it('refuses tables without addresses or texts, and says when nothing comes of one', async () => {
    await expect(collect(await writeTable([], 'date,explanation\n1,2'))).rejects.toMatchObject({ code: 'apod/columns' });
    await expect(collect(await writeTable([], 'url,title\nx,y'))).rejects.toThrow(/no column of texts/);
    await expect(collect(await writeTable([], 'url,explanation\n,y'))).rejects.toMatchObject({ code: 'apod/empty' });
    await writeFile(inside('file'), '');
    const blocked = collect(await writeTable(days('http://127.0.0.1:1', 1)), { folder: inside('file') });
    await expect(blocked).rejects.toMatchObject({ code: 'download/disk' });
  });
});

describe('readApodTable', () => {
  it('reads the extended public set', async () => {
    const table = await writeTable(
      [
        ['2015-01-01T00:00:00', '//player.vimeo.com/video/1', 'Text', 'video', '7'],
        ['2015-01-02', 'https://apod.nasa.gov/apod/image/1501/a.jpg', 'Text', 'image', '8'],
        ['January 3', 'ftp://x/y.jpg', 'Text', 'image', '9'],
        ['', 'https://example.org/b.PNG?size=2', 'Text', 'image', '9'],
      ],
      'date,media_URL,explanation,media_type,hits',
    );
    const { entries, skipped } = await readApodTable(table);
    expect(skipped.map(({ code }) => code)).toEqual(['apod/video', 'apod/address']);
    expect(entries).toEqual([
      {
        id: expect.stringMatching(/^2015-01-02_[0-9a-f]{8}$/) as string,
        date: '2015-01-02',
        title: '',
        explanation: 'Text',
        url: 'https://apod.nasa.gov/apod/image/1501/a.jpg',
        columns: { media_type: 'image', hits: '8' },
      },
      expect.objectContaining({ id: expect.stringMatching(/^[0-9a-f]{16}$/) as string, date: '' }),
    ]);
  });

  const apod = findShared('apod_text', 'apod.csv');
  it.skipIf(!apod)('reads 9,476 entries', async () => {
    const { entries, skipped } = await readApodTable(apod!);
    const codes = skipped.map(({ code }) => code);
    const count = (code: string) => codes.filter((one) => one === code).length;
    expect(entries.length + skipped.length).toBe(9476);
    expect(new Set(entries.map(({ id }) => id)).size).toBe(entries.length);
    // One page has an address like any other; the server's answer will tell.
    expect(entries.filter(({ columns }) => columns['media_kind'] !== 'image').map(({ url }) => url)).toEqual([
      'https://www.meteorshowers.org/view/perseids',
    ]);
    expect([count('apod/no-picture'), count('apod/video'), count('apod/duplicate')]).toEqual([24, 241, 358]);
  });
});

describe('messier fetch', () => {
  it('goes on after kill -9, and says in JSON what it did', async () => {
    const url = await serve((_, response) => void setTimeout(() => response.end(jpeg), 20));
    const table = await writeTable(days(url, 12));
    const main = fileURLToPath(projectFile('src/cli/main.ts'));
    const args = ['--import', loader, main, 'fetch', table, '--out', inside('out'), '--rate', '50', '--allow-private', '--json'];
    const start = () => spawn(process.execPath, args, { stdio: ['ignore', 'pipe', 'ignore'] });
    const killed = start();
    server?.on('request', (request) => request.url === '/7.jpg' && killed.exitCode === null && killed.kill('SIGKILL'));
    await new Promise((done) => killed.on('close', done));
    expect(existsSync(inside('out', 'apod.csv'))).toBe(false);
    const before = asked.length;
    server?.removeAllListeners('request').on('request', (request: IncomingMessage, response: ServerResponse) => {
      asked.push({ url: request.url ?? '', at: 0, agent: undefined });
      response.end(jpeg);
    });
    const running = start();
    let printed = '';
    running.stdout.on('data', (text: Buffer) => (printed += text.toString()));
    expect(await new Promise((done) => running.on('close', done))).toBe(0);
    expect(before).toBe(8);
    expect(asked.slice(before).map((one) => one.url)).toEqual(['/7.jpg', '/8.jpg', '/9.jpg', '/10.jpg', '/11.jpg']);
    const said: unknown = JSON.parse(printed);
    expect(said).toEqual({ location: inside('out', 'apod.csv'), pictures: 12, added: 5, skipped: [], counts: {} });
    const guide = readTables(await readFile(fileURLToPath(projectFile('docs/json.md')), 'utf8'));
    const skipped = [{ id: 'x', code: 'apod/video', reason: 'y' }];
    expect(differences({ ...(said as object), skipped, counts: { 'apod/video': 1 } }, 'fetch', guide)).toEqual([]);
    expect((await openDataset(inside('out', 'apod.csv'))).items).toHaveLength(12);
  });
});
