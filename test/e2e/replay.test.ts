/** The replay server answers in the forms of the real services, so that what passes against it can be believed. */
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { readFileSync } from 'node:fs';
import { createInterface } from 'node:readline';
import { fileURLToPath } from 'node:url';
import sharp from 'sharp';
import { afterEach, describe, expect, it } from 'vitest';
import { perceptualHash } from '../../src/dataset/perceptual-hash.js';
import { readPicture } from '../../src/formats/picture.js';
import { loader } from '../support/child.js';
import { pictureSize, skyClasses } from '../support/replay/pictures.js';
import { Replay, type ReplayOptions } from '../support/replay/server.js';
import { findShared } from '../support/shared-data.js';

let replay: Replay | undefined;

afterEach(async () => {
  await replay?.close();
  replay = undefined;
});

async function start(options: ReplayOptions = {}): Promise<Replay> {
  replay = await Replay.start({ real: false, ...options });
  return replay;
}

interface Page {
  readonly collection: {
    readonly items: readonly { readonly href: string; readonly data: readonly Record<string, unknown>[] }[];
    readonly links?: readonly { readonly rel: string; readonly href: string }[];
    readonly metadata: { readonly total_hits: number };
  };
}

const ask = async (path: string): Promise<Response> => fetch(path.startsWith('http') ? path : `${replay?.origin}${path}`);
const page = async (path: string): Promise<Page> => (await ask(path)).json() as Promise<Page>;

describe('the library', () => {
  const shared = findShared('nasa_images_api');
  it.skipIf(!shared)('gives the real answers as they are', async () => {
    await start({ real: true, perClass: 0 });
    const real = JSON.parse(readFileSync(`${shared}/stars.json`, 'utf8')) as Page;
    const [first, second] = [await page('/search?q=&page_size=100&media_type=image'), await page('/search?q=&page=2')];
    expect(second.collection.items).toEqual(real.collection.items);
    expect(Object.keys(first.collection).sort()).toEqual(Object.keys(real.collection).sort());
    expect(first.collection).toMatchObject({ version: '1.0', metadata: { total_hits: 200 } });
    expect(first.collection.links).toEqual([
      {
        rel: 'next',
        prompt: 'Next',
        href: expect.stringMatching(/^http:\/\/images-api\.nasa\.gov\/search\?.*page=2$/) as string,
      },
    ]);
  });

  it('counts, pages and ends', async () => {
    await start({ perClass: 25, counts: { comet: 7 }, hrefs: 'own' });
    const seen: unknown[] = [];
    let next: string | undefined = '/search?q=galaxy&page_size=10';
    while (next !== undefined) {
      const { collection }: Page = await page(next);
      expect(collection.metadata.total_hits).toBe(25);
      seen.push(...collection.items.map(({ data }) => data[0]?.['nasa_id']));
      next = collection.links?.find(({ rel }) => rel === 'next')?.href;
    }
    expect(new Set(seen).size).toBe(25);
    expect((await page('/search?q=comet')).collection.items).toHaveLength(7);
    expect((await page('/search?q=comet&page=9')).collection.items).toEqual([]);
    for (const wrong of ['/search', '/search?q=a&page=0', '/search?q=a&page=101', '/search?q=a&colour=red']) {
      expect((await ask(wrong)).status).toBe(400);
    }
  });

  it('has a manifest and files for every item, of the sizes that it says', async () => {
    await start({ perClass: 12, side: 240, hrefs: 'own' });
    const { items } = (await page('/search?q=planet')).collection;
    for (const { href, data } of items) {
      const id = String(data[0]?.['nasa_id']);
      const list = (await (await ask(href)).json()) as string[];
      const asset = (await (await ask(`/asset/${encodeURIComponent(id)}`)).json()) as Page;
      expect(asset.collection.items.map((item) => item.href)).toEqual(list);
      const bytes = await (await ask(list[0] ?? '')).arrayBuffer();
      expect(await sharp(bytes).metadata()).toMatchObject(pictureSize(id, 240));
    }
    expect(items.some(({ data }) => String(data[0]?.['nasa_id']).includes(' '))).toBe(true);
    expect((await ask('/asset/none')).status).toBe(404);
    expect((await ask('/image/REPLAY-planet-00000/REPLAY-planet-00000~huge.jpg')).status).toBe(404);
  });

  it('draws pictures that are far from one another', async () => {
    await start({ perClass: 4, side: 200 });
    const hashes: string[] = [];
    for (const kind of skyClasses) {
      for (const at of [0, 1, 2]) {
        const id = `REPLAY-${kind}-0000${at}`;
        const bytes = await (await ask(`/image/${id}/${id}~orig.jpg`)).arrayBuffer();
        hashes.push(perceptualHash(await readPicture(new Uint8Array(bytes))));
      }
    }
    const bits = (a: string, b: string) => (BigInt(`0x${a}`) ^ BigInt(`0x${b}`)).toString(2).replaceAll('0', '').length;
    const apart = hashes.flatMap((one, at) => hashes.slice(at + 1).map((other) => bits(one, other)));
    expect(Math.min(...apart)).toBeGreaterThan(4);
  });
});

describe('the service of Astronomy Pictures of the Day', () => {
  const apod = (query: string) => ask(`/planetary/apod?api_key=DEMO_KEY&${query}`);

  it('answers days and ranges', async () => {
    await start({ hrefs: 'own', side: 100 });
    const day = (await (await apod('date=2020-01-01')).json()) as Record<string, string>;
    expect(Object.keys(day)).toEqual(
      expect.arrayContaining(['date', 'title', 'explanation', 'media_type', 'service_version', 'url']),
    );
    expect((await ask(day['url'] ?? '')).headers.get('content-type')).toBe('image/jpeg');
    const range = (await (await apod('start_date=1995-06-16&end_date=1995-06-25')).json()) as Record<string, string>[];
    expect(range.map(({ date }) => date?.slice(8))).toEqual(['16', '20', '21', '22', '23', '24', '25']);
    const year = (await (await apod('start_date=2020-01-01&end_date=2020-12-31')).json()) as Record<string, string>[];
    expect(new Set(year.map((entry) => entry['media_type']))).toEqual(new Set(['image', 'video', 'other']));
    expect(year.some(({ copyright }) => copyright?.includes('\n'))).toBe(true);
  });

  it('refuses as the real one does', async () => {
    await start({ limit: 3 });
    expect((await ask('/planetary/apod')).status).toBe(403);
    expect((await ask('/planetary/apod?api_key=wrong')).status).toBe(403);
    expect(await (await apod('date=1990-01-01')).json()).toMatchObject({ code: 400, service_version: 'v1' });
    expect((await apod('date=2020-01-01&count=2')).status).toBe(400);
    expect((await apod('date=2020-01-01')).headers.get('x-ratelimit-remaining')).toBe('0');
    expect((await apod('date=2020-01-01')).status).toBe(429);
  });

  it('answers in changed fields', async () => {
    await start({ apod: 'changed' });
    const one: unknown = await (await apod('start_date=2020-01-01&end_date=2020-01-01')).json();
    expect(one).toMatchObject({ date: '2020-01-01', service: { version: 'v2' } });
  });
});

describe('the process', () => {
  it('prints its address, takes orders, and ends with its input', async () => {
    const main = fileURLToPath(new URL('../support/replay/main.ts', import.meta.url));
    const child = spawn(process.execPath, ['--import', loader, main, '--per-class', '2'], { stdio: ['pipe', 'pipe', 'inherit'] });
    const [line] = (await once(createInterface(child.stdout), 'line')) as [string];
    const { origin } = JSON.parse(line) as { origin: string };
    await fetch(`${origin}/replay/fail`, { method: 'POST', body: '{"pattern":"/search","failures":["error-500"]}' });
    const codes = [(await ask(`${origin}/search?q=star`)).status, (await ask(`${origin}/search?q=star`)).status];
    expect(codes).toEqual([500, 200]);
    const log = (await (await ask(`${origin}/replay/log`)).json()) as { url: string }[];
    expect(log.map(({ url }) => url)).toEqual(['/search?q=star', '/search?q=star']);
    child.stdin.end();
    expect(await once(child, 'exit')).toEqual([0, null]);
  });
});
