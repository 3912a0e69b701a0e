import { createHash, randomBytes } from 'node:crypto';
import { mkdir, mkdtemp, readdir, readFile, rm, symlink, writeFile } from 'node:fs/promises';
import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { download, type Checksum } from '../../src/collect/download.js';
import { importPublicSet, publicSets } from '../../src/collect/public-sets.js';
import type { Progress } from '../../src/core/progress.js';

type Handler = (request: IncomingMessage, response: ServerResponse, count: number) => void;

const content = randomBytes(3_000_000);
const sums = (bytes: Uint8Array): Checksum => ({ algorithm: 'sha256', digest: createHash('sha256').update(bytes).digest('hex') });
const checksum = sums(content);
const quick = { backoff: 1, stall: 10_000, allowPrivate: true };

let folder: string;
let server: Server | undefined;
let seen: { url: string; range: string | undefined; ifRange: string | undefined }[];

beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'messier-download-'));
  seen = [];
});

afterEach(async () => {
  server?.closeAllConnections();
  await new Promise((done) => (server ? server.close(done) : done(undefined)));
  server = undefined;
  await rm(folder, { recursive: true });
});

async function serve(handler: Handler): Promise<string> {
  server = createServer((request, response) => {
    seen.push({
      url: request.url ?? '',
      range: request.headers.range,
      ifRange: request.headers['if-range'] as string | undefined,
    });
    handler(request, response, seen.length);
  });
  await new Promise<void>((done) => server?.listen(0, '127.0.0.1', done));
  return `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
}

/** Answers as a good server does: ETag, Range and If-Range. */
function send(request: IncomingMessage, response: ServerResponse, bytes: Buffer, cutAfter = Infinity): void {
  const etag = `"${sums(bytes).digest}"`;
  const asked = /^bytes=(\d+)-$/.exec(request.headers.range ?? '');
  const isSame = !request.headers['if-range'] || request.headers['if-range'] === etag;
  const start = asked && isSame ? Number(asked[1]) : 0;
  if (start >= bytes.length) {
    response.writeHead(416, { 'content-range': `bytes */${bytes.length}` }).end();
    return;
  }
  const range = start ? { 'content-range': `bytes ${start}-${bytes.length - 1}/${bytes.length}` } : {};
  response.writeHead(start ? 206 : 200, { etag, 'content-length': bytes.length - start, ...range });
  const part = bytes.subarray(start);
  if (cutAfter >= part.length) response.end(part);
  else response.write(part.subarray(0, cutAfter), () => setTimeout(() => response.destroy(), 20));
}

const target = () => join(folder, 'set.h5');
const fetched = () => readFile(target());
const left = async () => (await readdir(folder)).sort();

describe('download', () => {
  it('fetches, verifies, tells how far it is, and leaves only the file', async () => {
    const url = await serve((request, response) => send(request, response, content));
    const told: Progress[] = [];
    await download({ url: `${url}/a`, checksum, path: target() }, { ...quick, progress: (progress) => told.push(progress) });
    expect((await fetched()).equals(content)).toBe(true);
    expect(await left()).toEqual(['set.h5']);
    expect(told.at(-1)).toEqual({ stage: 'download set.h5', done: content.length, total: content.length, unit: 'bytes' });
    expect(seen).toEqual([{ url: '/a', range: undefined, ifRange: undefined }]);
  });

  it('goes on where the connection was cut, in one call and in the next', async () => {
    const url = await serve((request, response, count) => send(request, response, content, count < 4 ? 700_000 : Infinity));
    const job = { url, checksum, path: target() };
    await expect(download(job, { ...quick, attempts: 2 })).rejects.toMatchObject({ code: 'download/failed' });
    expect(await left()).toEqual(['set.h5.part', 'set.h5.part.json']);
    await download(job, quick);
    expect((await fetched()).equals(content)).toBe(true);
    expect(seen.map(({ range }) => range)).toEqual([
      undefined,
      ...seen.slice(1).map(() => expect.stringMatching(/^bytes=[1-9]\d*-$/) as string),
    ]);
    expect(seen[1]?.ifRange).toBe(`"${checksum.digest}"`);
    expect(await left()).toEqual(['set.h5']);
  });

  it('starts anew where the server knows no ranges', async () => {
    const url = await serve((_request, response, count) => {
      response.writeHead(200, { 'content-length': content.length });
      if (count > 1) response.end(content);
      else response.write(content.subarray(0, 1_000_000), () => setTimeout(() => response.destroy(), 20));
    });
    await download({ url, checksum, path: target() }, quick);
    expect((await fetched()).equals(content)).toBe(true);
    expect(seen).toHaveLength(2);
  });

  it('starts anew where the file changed meanwhile', async () => {
    const old = randomBytes(2_000_000);
    const url = await serve((request, response, count) =>
      send(request, response, count === 1 ? old : content, count === 1 ? 800_000 : Infinity),
    );
    await download({ url, checksum, path: target() }, quick);
    expect((await fetched()).equals(content)).toBe(true);
    expect(seen[1]).toMatchObject({ range: expect.stringMatching(/^bytes=[1-9]/) as string, ifRange: `"${sums(old).digest}"` });
  });

  it('fetches once more where a server without tags joined two versions', async () => {
    const old = randomBytes(content.length);
    const url = await serve((request, response, count) => {
      const start = Number(/\d+/.exec(request.headers.range ?? '')?.[0] ?? 0);
      const headers = {
        'content-length': content.length - start,
        'content-range': `bytes ${start}-${content.length - 1}/${content.length}`,
      };
      response.writeHead(start ? 206 : 200, headers);
      if (count > 1) response.end(content.subarray(start));
      else response.write(old.subarray(0, 1_000_000), () => setTimeout(() => response.destroy(), 20));
    });
    await download({ url, checksum, path: target() }, quick);
    expect((await fetched()).equals(content)).toBe(true);
    expect(seen.map(({ range }) => range !== undefined)).toEqual([false, true, false]);
  });

  it('finishes a part that was complete', async () => {
    const url = await serve((request, response) => send(request, response, content));
    await writeFile(`${target()}.part`, content);
    await writeFile(`${target()}.part.json`, JSON.stringify({ url, etag: `"${checksum.digest}"` }));
    await download({ url, checksum, path: target() }, quick);
    expect(await left()).toEqual(['set.h5']);
    expect(seen).toHaveLength(1);
  });

  it('does not trust a part of unknown origin', async () => {
    const url = await serve((request, response) => send(request, response, content));
    await writeFile(`${target()}.part`, randomBytes(100));
    await download({ url, checksum, path: target() }, quick);
    expect((await fetched()).equals(content)).toBe(true);
    expect(seen[0]?.range).toBeUndefined();
  });

  it('waits as a busy server asks, and tries again after its errors', async () => {
    const url = await serve((request, response, count) => {
      if (count === 1) response.writeHead(503, { 'retry-after': '0' }).end('later');
      else if (count === 2) response.writeHead(429, { 'retry-after': new Date(Date.now() - 5000).toUTCString() }).end();
      else if (count === 3) response.writeHead(500).end();
      else send(request, response, content);
    });
    await download({ url, checksum, path: target() }, quick);
    expect(seen).toHaveLength(4);
  });

  it('gives up where a server asks for hours, stays down, or is absent', async () => {
    const url = await serve((request, response) => {
      response.writeHead(503, request.url === '/hours' ? { 'retry-after': '7200' } : {}).end();
    });
    const job = (address: string) => download({ url: address, checksum, path: target() }, { ...quick, attempts: 3 });
    await expect(job(`${url}/hours`)).rejects.toMatchObject({ code: 'download/failed' });
    expect(seen).toHaveLength(1);
    await expect(job(`${url}/down`)).rejects.toThrow(/after 3 attempts: the server answers 503/);
    await expect(job('http://127.0.0.1:1/')).rejects.toMatchObject({ code: 'download/failed' });
    expect(await left()).toEqual([]);
  });

  it('does not repeat what cannot help', async () => {
    const url = await serve((request, response) => {
      if (request.url === '/packed') response.writeHead(200, { 'content-encoding': 'gzip' }).end('x');
      else response.writeHead(404).end();
    });
    await expect(download({ url, checksum, path: target() }, quick)).rejects.toMatchObject({ code: 'download/http' });
    await expect(download({ url: `${url}/packed`, checksum, path: target() }, quick)).rejects.toMatchObject({
      code: 'download/encoding',
    });
    expect(seen).toHaveLength(2);
  });

  it('leaves a connection on which nothing comes', async () => {
    const url = await serve((request, response, count) => {
      if (count === 1) return;
      if (count === 2) response.writeHead(200, { 'content-length': content.length }).write(content.subarray(0, 1000));
      else send(request, response, content);
    });
    await download({ url, checksum, path: target() }, { ...quick, stall: 300 });
    expect((await fetched()).equals(content)).toBe(true);
    expect(seen).toHaveLength(3);
  });

  it('removes a wrong file and names both sums', async () => {
    const wrong = randomBytes(1000);
    const url = await serve((request, response) => send(request, response, wrong));
    const result = download(
      { url, checksum: { algorithm: 'md5', digest: 'E408AE294E9B975482DC1ABFFEB373A6' }, path: target() },
      quick,
    );
    const md5 = createHash('md5').update(wrong).digest('hex');
    await expect(result).rejects.toMatchObject({
      code: 'download/checksum',
      message: expect.stringContaining(`md5 e408ae294e9b975482dc1abffeb373a6 expected, ${md5} received`) as string,
    });
    expect(await left()).toEqual([]);
  });

  it('follows redirects', async () => {
    const url = await serve((request, response) => {
      if (request.url === '/moved') response.writeHead(302, { location: '/here' }).end();
      else send(request, response, content);
    });
    await download({ url: `${url}/moved`, checksum, path: target() }, quick);
    expect(seen.map((request) => request.url)).toEqual(['/moved', '/here']);
  });

  it('asks nothing of this machine unless that is allowed, and of a named host alone', async () => {
    const url = await serve((request, response) => {
      if (request.url === '/moved') response.writeHead(302, { location: 'http://127.0.0.1:1/' }).end();
      else send(request, response, content);
    });
    const refused = { code: 'collect/private-address' };
    const job = (path: string) => ({ url: url + path, checksum, path: target() });
    await expect(download(job('/a'), { backoff: 1 })).rejects.toMatchObject(refused);
    expect(seen).toEqual([]);
    await expect(download(job('/moved'), { backoff: 1, named: [url] })).rejects.toMatchObject(refused);
    await download(job('/a'), { backoff: 1, named: [url] });
    expect((await fetched()).equals(content)).toBe(true);
  });

  it('keeps a file that is right, and never overwrites another one', async () => {
    await writeFile(target(), content);
    await download({ url: 'http://127.0.0.1:1/', checksum, path: target() });
    await writeFile(target(), 'mine');
    await expect(download({ url: 'http://127.0.0.1:1/', checksum, path: target() })).rejects.toMatchObject({
      code: 'download/exists',
    });
    expect(await readFile(target(), 'utf8')).toBe('mine');
  });

  it('keeps the part on abort, and goes on from it', async () => {
    const url = await serve((request, response, count) => {
      if (count === 1)
        response
          .writeHead(200, { 'content-length': content.length, etag: `"${checksum.digest}"` })
          .write(content.subarray(0, 1_000_000));
      else send(request, response, content);
    });
    const reason = new Error('enough for today');
    const stop = new AbortController();
    const progress = ({ done }: Progress) => done >= 1_000_000 && stop.abort(reason);
    const job = { url, checksum, path: target() };
    await expect(download(job, { ...quick, progress, signal: stop.signal })).rejects.toBe(reason);
    expect((await readFile(`${target()}.part`)).equals(content.subarray(0, 1_000_000))).toBe(true);
    await expect(download(job, { ...quick, signal: stop.signal })).rejects.toBe(reason);
    await download(job, quick);
    expect(seen.at(-1)?.range).toBe('bytes=1000000-');
    expect((await fetched()).equals(content)).toBe(true);
  });

  it('stops waiting on abort', async () => {
    const stop = new AbortController();
    const url = await serve((_request, response) => {
      response.writeHead(503, { 'retry-after': '500' }).end();
      setTimeout(() => stop.abort(new Error('stop')), 50);
    });
    await expect(download({ url, checksum, path: target() }, { allowPrivate: true, signal: stop.signal })).rejects.toThrow(
      'stop',
    );
  });

  it('says that the disk is full, or closed', async () => {
    const url = await serve((request, response) => send(request, response, content));
    await symlink('/dev/full', `${target()}.part`);
    await expect(download({ url, checksum, path: target() }, quick)).rejects.toMatchObject({
      code: 'download/disk',
      message: expect.stringContaining('Make room') as string,
    });
    await writeFile(join(folder, 'file'), '');
    const closed = download({ url, checksum, path: join(folder, 'file', 'set.h5') }, quick);
    await expect(closed).rejects.toMatchObject({ code: 'download/disk' });
  });
});

describe('importPublicSet', () => {
  it('asks the mirror under the path of the publisher, and stops at a wrong file', async () => {
    const url = await serve((request, response) => send(request, response, content));
    await expect(
      importPublicSet('galaxy-mnist', { folder, origin: `${url}/mirror/`, ...quick, allowPrivate: false }),
    ).rejects.toMatchObject({
      code: 'download/checksum',
    });
    expect(seen.map((request) => request.url)).toEqual(['/mirror/s/5a14de0o7slyif9/train_dataset.hdf5.gz']);
    expect(await left()).toEqual(['galaxy-mnist']);
  });

  it('leaves alone what lies there under the name of its file', async () => {
    const files = publicSets.galaxy10.files;
    await mkdir(join(folder, 'galaxy10'));
    await writeFile(join(folder, 'galaxy10', files[0].name), 'not it');
    await expect(importPublicSet('galaxy10', { folder, origin: 'http://127.0.0.1:1' })).rejects.toMatchObject({
      code: 'download/exists',
    });
  });

  it('refuses other names and mirrors', async () => {
    await expect(importPublicSet('toString', { folder })).rejects.toThrow(
      /galaxy10, galaxy10-sdss, galaxy-mnist, galaxy-mnist-224/,
    );
    await expect(importPublicSet('galaxy10', { folder, origin: 'file:///x' })).rejects.toMatchObject({ code: 'collect/origin' });
  });
});
