import { createHash, randomBytes } from 'node:crypto';
import { mkdir, mkdtemp, readFile, rm, stat, writeFile } from 'node:fs/promises';
import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { saveModel } from '../formats/model-file.js';
import { encodeSafetensors } from '../formats/safetensors.js';
import { createModel, modelNames } from '../models/index.js';
import { float32 } from '../onnx/tensors.js';
import { publishedWeights } from './published-weights.js';
import { fetchWeights, hasWeights, openWeights } from './weights.js';

type Handler = (request: IncomingMessage, response: ServerResponse, path: string) => void;

const file = Buffer.concat(
  encodeSafetensors(
    new Map([
      ['fc.bias', float32([3], [1, 2, 3])],
      ['big', float32([300_000], new Float32Array(300_000))],
    ]),
  ),
);
const sha256 = createHash('sha256').update(file).digest('hex');
const hubPath = '/timm/resnet34.a1_in1k/resolve/main/model.safetensors';
/** The hub's storage has an address that nobody named. */
const quick = { backoff: 1, attempts: 3, stall: 10_000, allowPrivate: true };

let folder: string;
let servers: Server[] = [];
let seen: string[];

beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'messier-weights-'));
  seen = [];
});

afterEach(async () => {
  vi.unstubAllEnvs();
  for (const server of servers) {
    server.closeAllConnections();
    await new Promise((done) => server.close(done));
  }
  servers = [];
  await rm(folder, { recursive: true });
});

async function serve(handler: Handler): Promise<string> {
  const server = createServer((request, response) => {
    const path = request.url ?? '';
    seen.push(`${request.method} ${path}${request.headers.range === undefined ? '' : ` ${request.headers.range}`}`);
    handler(request, response, path);
  });
  servers.push(server);
  await new Promise<void>((done) => server.listen(0, '127.0.0.1', done));
  return `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
}

/** The storage behind the hub: ranges and a tag, as good servers have them. */
function storage(cut: () => number = () => Infinity): Handler {
  return (request, response) => {
    const start = Number(/^bytes=(\d+)-$/.exec(request.headers.range ?? '')?.[1] ?? 0);
    const range = start ? { 'content-range': `bytes ${start}-${file.length - 1}/${file.length}` } : {};
    const part = file.subarray(start);
    response.writeHead(start ? 206 : 200, { etag: '"of-the-storage"', 'content-length': part.length, ...range });
    const end = cut();
    if (end >= part.length) response.end(part);
    else response.write(part.subarray(0, end), () => setTimeout(() => response.destroy(), 20));
  };
}

/** The hub: states the hash and sends on to the storage. */
async function hub(store: Handler, digest = sha256): Promise<string> {
  const behind = await serve(store);
  return serve((_, response) => {
    response.writeHead(302, { location: `${behind}/blob`, 'x-linked-etag': `"${digest}"`, 'x-linked-size': file.length }).end();
  });
}

const there = (path: string): Promise<boolean> =>
  stat(path).then(
    () => true,
    () => false,
  );

describe('fetchWeights', () => {
  it("follows the hub's redirection, verifies the hash it states, and asks nobody the next time", async () => {
    const origin = await hub(storage());
    expect(await hasWeights('resnet34', folder)).toBe(false);
    const path = await fetchWeights('resnet34', { folder, origin, ...quick });
    expect(path).toBe(join(folder, 'resnet34.a1_in1k.safetensors'));
    expect((await readFile(path)).equals(file)).toBe(true);
    expect(seen).toEqual([`HEAD ${hubPath}`, `GET ${hubPath}`, 'GET /blob']);
    expect(await hasWeights('resnet34', folder)).toBe(true);
    expect(await fetchWeights('resnet34', { folder, origin: 'http://127.0.0.1:1', ...quick })).toBe(path);
    expect(seen).toHaveLength(3);
  });

  it('goes on where the storage broke off', async () => {
    let calls = 0;
    const origin = await hub(storage(() => (calls++ === 0 ? 500_000 : Infinity)));
    const path = await fetchWeights('resnet34', { folder, origin, ...quick });
    expect((await readFile(path)).equals(file)).toBe(true);
    expect(seen.at(-1)).toMatch(/^GET \/blob bytes=\d+-$/);
    expect(seen.at(-1)).not.toBe('GET /blob bytes=0-');
  });

  it('keeps nothing that is not what the hub states', async () => {
    const origin = await hub(storage(), 'ab'.repeat(32));
    await expect(fetchWeights('resnet34', { folder, origin, ...quick })).rejects.toMatchObject({ code: 'download/checksum' });
    expect(await there(join(folder, 'resnet34.a1_in1k.safetensors'))).toBe(false);
    expect(await there(join(folder, 'resnet34.a1_in1k.safetensors.part'))).toBe(false);
  });

  it('takes a hash that is known beforehand before any that is stated', async () => {
    const origin = await hub(storage());
    await expect(fetchWeights('inception-v3', { folder, origin, ...quick })).rejects.toMatchObject({ code: 'download/checksum' });
    expect(seen.some((line) => line.startsWith('HEAD'))).toBe(false);
  });

  it('follows a repository that was renamed', async () => {
    const behind = await serve(storage());
    const origin = await serve((_, response, path) => {
      if (path.startsWith('/timm/')) response.writeHead(307, { location: '/renamed/model.safetensors' }).end();
      else response.writeHead(302, { location: `${behind}/blob`, 'x-linked-etag': `"${sha256}"` }).end();
    });
    expect(await fetchWeights('resnet34', { folder, origin, ...quick })).toContain('resnet34');
    expect(seen.slice(0, 2)).toEqual([`HEAD ${hubPath}`, 'HEAD /renamed/model.safetensors']);
  });

  it('tries again where the server is busy', async () => {
    const behind = await serve(storage());
    let calls = 0;
    const origin = await serve((_, response) => {
      if (calls++ === 0) response.writeHead(503).end();
      else response.writeHead(302, { location: `${behind}/blob`, 'x-linked-etag': sha256 }).end();
    });
    expect(await fetchWeights('resnet34', { folder, origin, ...quick })).toContain('resnet34');
    expect(calls).toBe(3);
  });

  it.each<[string, Handler, string]>([
    ['a missing file', (_, response) => response.writeHead(404).end(), 'download/http'],
    ['no stated hash', (_, response) => response.writeHead(200, { etag: '"1"' }).end(), 'download/unstated'],
    [
      'another server at once',
      (_, response) => response.writeHead(302, { location: 'http://127.0.0.1:1/x' }).end(),
      'download/unstated',
    ],
    ['a circle', (_, response) => response.writeHead(302, { location: hubPath }).end(), 'download/unstated'],
    ['a busy server', (_, response) => response.writeHead(500).end(), 'download/failed'],
    ['a broken connection', (request) => request.socket.destroy(), 'download/failed'],
  ])('says so at %s', async (_, handler, code) => {
    const origin = await serve(handler);
    await expect(fetchWeights('resnet34', { folder, origin, ...quick })).rejects.toMatchObject({ code });
    expect(await there(join(folder, 'resnet34.a1_in1k.safetensors'))).toBe(false);
  });

  it('does not wait for ever', async () => {
    const origin = await serve(() => undefined);
    const waiting = fetchWeights('resnet34', { folder, origin, backoff: 1, attempts: 2, stall: 50 });
    await expect(waiting).rejects.toMatchObject({
      code: 'download/failed',
      message: expect.stringContaining('50 ms') as unknown,
    });
  });

  it('stops when it is told to', async () => {
    const origin = await serve(() => undefined);
    const stop = new AbortController();
    const waiting = fetchWeights('resnet34', { folder, origin, ...quick, signal: stop.signal });
    setTimeout(() => stop.abort(), 30);
    await expect(waiting).rejects.toMatchObject({ name: 'AbortError' });
  });

  it('refuses what has no published weights, and a folder that is none', async () => {
    await expect(fetchWeights('galaxy-cnn', { folder })).rejects.toMatchObject({ code: 'weights/unpublished' });
    await expect(fetchWeights('toString', { folder })).rejects.toMatchObject({ code: 'weights/unpublished' });
    expect(await hasWeights('constructor', folder)).toBe(false);
    const taken = join(folder, 'taken');
    await writeFile(taken, '');
    await expect(fetchWeights('resnet34', { folder: join(taken, 'x') })).rejects.toMatchObject({ code: 'download/disk' });
  });
});

describe('openWeights', () => {
  it('opens an ONNX file and a safetensors file by their paths', async () => {
    const [onnx, tensors] = [join(folder, 'a.ONNX'), join(folder, 'b.safetensors')];
    await saveModel(createModel('four-galaxies'), onnx);
    await writeFile(tensors, file);
    const [model, state] = [await openWeights(onnx, { folder }), await openWeights(tensors, { folder })];
    expect(model).toMatchObject({ kind: 'model', path: onnx, model: { graph: { name: 'four-galaxies' } } });
    expect(state).toMatchObject({ kind: 'tensors', path: tensors });
    expect(state.kind === 'tensors' && [...state.tensors.keys()].sort()).toEqual(['big', 'fc.bias']);
  });

  it('fetches those of an architecture, from the mirror of the environment', async () => {
    vi.stubEnv('MESSIER_MIRROR', await hub(storage()));
    const weights = await openWeights('resnet34', { folder, ...quick });
    expect(weights).toMatchObject({ kind: 'tensors', published: { name: 'resnet34.a1_in1k', size: 224 } });
  });

  it.each([
    ['model.pth', 'weights/kind'],
    ['weights/model.bin', 'weights/kind'],
    ['absent.onnx', 'onnx/file'],
    ['absent.safetensors', 'file/absent'],
    ['resnet51', 'weights/unpublished'],
  ])('refuses %s', async (name, code) => {
    await expect(openWeights(name, { folder })).rejects.toMatchObject({ code });
  });

  it('refuses a damaged file', async () => {
    const path = join(folder, 'c.safetensors');
    await writeFile(path, randomBytes(100));
    await expect(openWeights(path, { folder })).rejects.toMatchObject({ code: 'tensors/format' });
    await mkdir(join(folder, 'd.safetensors'));
    await expect(openWeights(join(folder, 'd.safetensors'), { folder })).rejects.toMatchObject({ code: 'file/read' });
  });
});

describe('publishedWeights', () => {
  it.each(Object.entries(publishedWeights))(
    'of %s are of one of our architectures and say what pixels they need',
    (name, weights) => {
      expect(modelNames()).toContain(name);
      expect(weights.url).toBe(`https://huggingface.co/timm/${weights.name}/resolve/main/model.safetensors`);
      // Networks that pad as TensorFlow does are called tf_... there.
      expect(weights.name).not.toMatch(/^tf_/);
      const inception = ['inception-v3', 'xception'].includes(name);
      expect([weights.size, weights.mean[0], weights.deviation[0]]).toEqual(inception ? [299, 0.5, 0.5] : [224, 0.485, 0.229]);
      expect([weights.mean.length, weights.deviation.length]).toEqual([3, 3]);
      expect(weights.sha256 ?? 'ab'.repeat(32)).toMatch(/^[0-9a-f]{64}$/);
    },
  );
});
