import { createHash } from 'node:crypto';
import { mkdtemp, readFile, rm } from 'node:fs/promises';
import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { modelNames } from '../models/registry.js';
import type { Output } from './command.js';
import { command } from './models.js';

let home: string;
let server: Server | undefined;

beforeEach(async () => {
  home = await mkdtemp(join(tmpdir(), 'messier-models-'));
  vi.stubEnv('MESSIER_HOME', home);
});

afterEach(async () => {
  vi.unstubAllEnvs();
  server?.close();
  server = undefined;
  await rm(home, { recursive: true });
});

function run(args: readonly string[], options: Readonly<Record<string, unknown>> = {}): Promise<Output> {
  const context = { progress: () => undefined, log: () => undefined, signal: new AbortController().signal };
  return command.run(args, command.options.parse(options), context);
}

describe('messier models', () => {
  it('lists every network with its size, its cost and its weights', async () => {
    const { text } = await run([]);
    const lines = text.split('\n');
    expect(lines.slice(1).map((line) => line.split(' ')[0])).toEqual(modelNames());
    const row = (name: string): string => lines.find((line) => line.startsWith(`${name} `))?.replace(/ +/g, ' ') ?? '';
    expect(row('resnet50')).toBe('resnet50 25.6 M 102 MB 4.1 G 224 x 224 resnet50.a1_in1k');
    expect(row('mobilenet-v2')).toBe('mobilenet-v2 3.5 M 14 MB 301 M 224 x 224 mobilenetv2_100.ra_in1k');
    expect(row('inception-v3')).toContain('299 x 299');
    expect(row('four-galaxies')).toBe('four-galaxies 7,164 29 kB 1 M 128 x 128 none published');
  });

  it('shows one of them', async () => {
    const { text, data } = await run(['xception']);
    expect(text).toMatch(/^xception: .*\n {2}parameters +22,855,952 \(91 MB\)\n/);
    expect(text).toContain('mean 0.5 0.5 0.5, deviation 0.5 0.5 0.5, 299 pixels');
    expect(text).toContain('not here yet: messier models xception --fetch');
    expect(data).toMatchObject({ name: 'xception', weights: { licence: 'Apache-2.0', here: false } });
    expect((await run(['galaxy-cnn'])).data).toMatchObject({ weights: null });
  });

  it('downloads weights into MESSIER_HOME and prints their path', async () => {
    const content = Buffer.from('the weights');
    const digest = createHash('sha256').update(content).digest('hex');
    server = createServer((_, response) => response.writeHead(200, { 'x-linked-etag': digest }).end(content));
    await new Promise<void>((done) => server?.listen(0, '127.0.0.1', done));
    vi.stubEnv('MESSIER_MIRROR', `http://127.0.0.1:${(server.address() as AddressInfo).port}`);
    const { text, data } = await run(['resnet34'], { fetch: true });
    expect(text).toBe(join(home, 'weights', 'resnet34.a1_in1k.safetensors'));
    expect(data).toMatchObject({ weights: { path: text, here: true } });
    expect(await readFile(text)).toEqual(content);
    expect((await run([])).text).toContain('resnet34.a1_in1k (here)');
  });

  it('says what is wrong', async () => {
    await expect(run(['resnet51'])).rejects.toMatchObject({ code: 'model/unknown' });
    await expect(run(['resnet51'], { fetch: true })).rejects.toMatchObject({ code: 'model/unknown' });
    await expect(run(['galaxy-cnn'], { fetch: true })).rejects.toMatchObject({ code: 'weights/unpublished' });
    await expect(run([], { fetch: true })).rejects.toMatchObject({ name: 'UsageError' });
  });
});
