import { mkdtemp, rm, truncate, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { pngFile } from '../../test/support/picture-files.js';
import type { Catalogue } from '../catalogue/catalogue.js';
import { FolderBlobs } from '../catalogue/folder-blobs.js';
import { openCatalogue } from '../catalogue/open.js';
import { ThumbnailFolder } from '../catalogue/thumbnails.js';
import { verifyBlobs } from '../catalogue/verify.js';
import { MessierError } from '../core/errors.js';
import { collect } from './collect.js';
import type { Collected, CollectOptions, Offer, Source } from './source.js';

let folder = '';
let catalogue: Catalogue;
let blobs: FolderBlobs;
beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'messier-collect-'));
  catalogue = await openCatalogue({ home: folder, url: '' });
  blobs = new FolderBlobs(join(folder, 'blobs'));
});
afterEach(async () => {
  await catalogue.close();
  await rm(folder, { recursive: true });
});

/** The picture that a number stands for. */
const picture = (number: number): Buffer => pngFile(2, 2, 1, 8, [number % 256, (number >> 8) % 256, 7, 9]);

interface Made {
  readonly id: string;
  readonly class?: string;
  /** Bytes, or the code of an error. */
  readonly gives?: Uint8Array | string | ((signal: AbortSignal | undefined) => Promise<Uint8Array>);
  readonly fields?: Partial<Offer>;
}

/** Offers in a list; `asked` holds the names whose bytes were wanted. */
function sourceOf(made: readonly Made[], name = 'test'): Source & { readonly asked: string[] } {
  const asked: string[] = [];
  return {
    name,
    asked,
    async *offers({ wanted }) {
      for (const [at, { id, class: label, gives = picture(at), fields }] of made.entries()) {
        await Promise.resolve();
        if (!wanted(label ?? '')) continue;
        yield {
          sourceId: id,
          labels:
            label === undefined ? [] : [{ kind: 'label', class: label, origin: 'search', by: label, confidence: undefined }],
          ...fields,
          read: async (signal) => {
            asked.push(id);
            if (typeof gives === 'string') throw new MessierError(gives, 'It is so.');
            return { bytes: typeof gives === 'function' ? await gives(signal) : gives };
          },
        };
      }
    },
  };
}

const run = (source: Source, options: Partial<CollectOptions> = {}): Promise<Collected> =>
  collect(source, { catalogue, blobs, ...options });
const numbered = (count: number, label?: string): Made[] =>
  Array.from({ length: count }, (_, at) => ({ id: `${at}`, ...(label === undefined ? {} : { class: label }) }));

/** No row without its file. */
async function clean(): Promise<void> {
  const { items, missing, corrupt } = await verifyBlobs(catalogue, blobs);
  expect({ missing: missing.count, corrupt: corrupt.count }).toEqual({ missing: 0, corrupt: 0 });
  expect(items).toBe(await catalogue.count({}));
}

describe('collect', () => {
  it('takes in what is a picture with what its source says, and asks for nothing twice', async () => {
    const fields = {
      title: 'A\0b',
      description: '<b>x',
      keywords: ['k'],
      date: '2020-01-02',
      credit: 'c',
      copyright: 'r',
      licence: 'l',
      url: 'http://x/',
    };
    const source = sourceOf([
      { id: 'one', class: 'comet', fields },
      { id: 'page', gives: Buffer.from('<html>') },
      { id: 'cut', gives: picture(2).subarray(0, 50) },
      { id: 'one', class: 'star' },
      { id: 'same', class: 'star', gives: picture(0) },
      { id: 'odd date', fields: { date: 'last summer' } },
    ]);
    const thumbnails = new ThumbnailFolder(join(folder, 'thumbnails'));
    const first = await run(source, { thumbnails });
    expect(first).toEqual({
      ...{ added: 2, known: 1, repaired: 0, duplicates: 1, refusedBefore: 0 },
      refused: { 'picture/format': 1, 'picture/truncated': 1 },
      classes: { comet: 1, '': 1 },
    });
    const { items } = await catalogue.find({});
    const { url: _, ...said } = fields;
    expect(items[0]).toMatchObject({
      ...said,
      title: 'A\uFFFDb',
      source: 'test',
      sourceId: 'one',
      class: 'comet',
      format: 'png',
      width: 2,
    });
    expect(items[1]).toMatchObject({ sourceId: 'odd date', date: undefined, class: undefined });
    expect(Buffer.from(await blobs.get(items[0]!.hash))).toEqual(picture(0));
    expect(await thumbnails.read(items[0]!.hash)).toBeDefined();
    expect((await catalogue.labels([items[0]!.id])).map(({ class: name }) => name)).toEqual(['comet', 'star']);
    expect(source.asked).toHaveLength(5);
    expect(await run(source)).toEqual({ ...first, added: 0, known: 4, duplicates: 0, refusedBefore: 2, refused: {} });
    expect(source.asked).toHaveLength(5);
    expect((await catalogue.refusals('test')).map(({ sourceId, code }) => [sourceId, code])).toEqual([
      ['cut', 'picture/truncated'],
      ['page', 'picture/format'],
    ]);
    await clean();
  });

  it('asks again for what may come another time, and for everything when told', async () => {
    const codes = [
      'collect/failed',
      'collect/answer',
      'collect/private-address',
      'file/absent',
      'label/missing',
      'collect/http',
      'nasa/not-sky',
    ];
    const source = sourceOf(codes.map((code) => ({ id: code, gives: code })));
    expect((await run(source)).refused).toEqual(Object.fromEntries(codes.map((code) => [code, 1])));
    const again = await run(source);
    expect(again.refusedBefore).toBe(2);
    expect(again.refused).toEqual(Object.fromEntries(codes.slice(0, 5).map((code) => [code, 1])));
    expect(await catalogue.forgetRefusals('test')).toBe(2);
    expect((await run(source)).refusedBefore).toBe(0);
  });

  it('ends where five in a row cannot be fetched, and not for pictures that are refused between', async () => {
    const down = { gives: 'collect/failed' };
    const list = (ids: string) =>
      Array.from(ids, (id, at) => ({ id: `${at}`, ...(id === 'x' ? down : id === 'p' ? { gives: 'collect/http' } : {}) }));
    // One after the other, so that "in a row" is known.
    const slowly = (source: Source): Source => ({
      ...source,
      async *offers(options) {
        for await (const offer of source.offers(options)) yield { ...offer, held: 2 ** 27 };
      },
    });
    await expect(run(slowly(sourceOf(list('.xxxx.xxxxpxxxx'))), { perClass: 99 })).resolves.toMatchObject({
      refused: { 'collect/failed': 12 },
    });
    const end = run(slowly(sourceOf(list('.xxxxx..'), 'other')), { perClass: 99 });
    await expect(end).rejects.toMatchObject({ code: 'collect/unreachable' });
    // A server that has had enough of us: nothing is refused for good.
    const closed = sourceOf(
      Array.from({ length: 7 }, (_, at) => ({ id: `${at}`, gives: 'collect/forbidden' })),
      'closed',
    );
    await expect(run(slowly(closed), { perClass: 99 })).rejects.toMatchObject({ code: 'collect/unreachable' });
    expect(await catalogue.refusals('closed')).toEqual([]);
    for (const code of ['collect/budget', 'collect/quota']) {
      await expect(run(sourceOf([{ id: 'a' }, { id: 'b', gives: code }], code))).rejects.toMatchObject({ code });
    }
    await clean();
  });

  it('leaves out a label that no catalogue takes, of new items and of known ones, and goes on', async () => {
    await run(sourceOf(numbered(2, 'star')));
    const source = sourceOf([
      { id: '0', class: 'é'.repeat(200) },
      { id: '1', class: 'star' },
      { id: '2', class: 'x'.repeat(301) },
      { id: '3' },
    ]);
    await expect(run(source)).resolves.toMatchObject({ added: 1, known: 1, refused: { 'catalogue/limit': 2 } });
    expect(source.asked).toEqual(['3']);
  });

  it('keeps what is on its way when the listing of the source fails', async () => {
    const source: Source = {
      name: 'listing',
      async *offers(options) {
        yield* sourceOf(numbered(10)).offers(options);
        throw new MessierError('collect/budget', 'No more.');
      },
    };
    await expect(run(source)).rejects.toMatchObject({ code: 'collect/budget' });
    expect(await catalogue.count({})).toBe(10);
  });

  it('counts classes with what is there, exactly', async () => {
    const made = ['a', 'b', 'a', 'c', 'b', '__proto__'].flatMap((label, kind) =>
      Array.from({ length: 15 }, (_, at): Made => ({
        id: `${kind}/${at}`,
        class: label,
        ...(at % 3 === 0 ? { gives: 'picture/broken' } : {}),
      })),
    );
    const want = (classes: Record<string, number>) => new Map(Object.entries(classes));
    const classes = async (options: Partial<CollectOptions>) =>
      new Map(Object.entries((await run(sourceOf(made), options)).classes));
    expect(await classes({ perClass: 4 })).toEqual(want({ a: 4, b: 4, c: 4, ['__proto__']: 4 }));
    expect(await classes({ perClass: 11 })).toEqual(want({ a: 11, b: 11, c: 10, ['__proto__']: 10 }));
    expect(await catalogue.count({})).toBe(42);
    const { items } = await catalogue.find({ classes: ['a'] });
    await catalogue.label(
      items
        .slice(0, 5)
        .map(({ id }) => ({ item: id, kind: 'drop', class: undefined, origin: 'person', by: 'me', confidence: undefined })),
    );
    const source = sourceOf(made);
    expect((await run(source, { perClass: 11 })).classes['a']).toBe(11);
    expect(source.asked.every((id) => /^[02]/.test(id))).toBe(true);
  });

  it('takes no more than its limit', async () => {
    expect(await run(sourceOf(numbered(40)), { limit: 9 })).toMatchObject({ added: 9 });
    expect(await run(sourceOf(numbered(40)), { limit: 9 })).toMatchObject({ added: 9, known: 9 });
    for (const limit of [0, 1.5, NaN])
      await expect(run(sourceOf([]), { limit })).rejects.toMatchObject({ code: 'collect/option' });
  });

  it('fills a dataset, with known ones first', async () => {
    await run(sourceOf(numbered(70, 'a')));
    const more = [
      ...numbered(70, 'a'),
      ...numbered(20, 'b').map((one, at) => ({ ...one, id: `b${at}`, gives: picture(500 + at) })),
    ];
    const source = sourceOf(more);
    expect(await run(source, { dataset: 'six', perClass: 10 })).toMatchObject({ added: 10, classes: { a: 10, b: 10 } });
    expect(source.asked).toHaveLength(10);
    expect(await run(source, { dataset: 'six', perClass: 60 })).toMatchObject({ added: 10, classes: { a: 60, b: 20 } });
    expect(await catalogue.count({ dataset: 'six' })).toBe(80);
    // The dataset is counted, whoever brought its items.
    const other = sourceOf(
      numbered(30, 'b').map((one, at) => ({ ...one, gives: picture(600 + at) })),
      'other',
    );
    expect(await run(other, { dataset: 'six', perClass: 25 })).toMatchObject({ added: 5, classes: { a: 60, b: 25 } });
    expect(await run(sourceOf(numbered(9, 'a'), 'same'), { dataset: 'copies' })).toMatchObject({
      duplicates: 9,
      classes: { a: 9 },
    });
  });

  it('refuses names that no catalogue keeps, and takes strange ones', async () => {
    const ids = ['', 'x'.repeat(3000), 'nul\0', '\uD800', '__proto__', '../../etc', '\x1b[31m', 'ü'.repeat(900)];
    const lines: string[] = [];
    const result = await run(sourceOf(ids.map((id) => ({ id, ...(id.startsWith('\x1b') ? { gives: 'picture/broken' } : {}) }))), {
      log: (line) => lines.push(line),
    });
    expect(result).toMatchObject({ added: 5, refused: { 'catalogue/name': 1, 'catalogue/limit': 1, 'picture/broken': 1 } });
    expect(lines.join('')).not.toMatch(/\p{Cc}/u);
    expect(await run(sourceOf(ids.map((id) => ({ id }))))).toMatchObject({ added: 0, known: 5 });
    const long = await run(
      sourceOf(
        [
          { id: 'a', fields: { description: 'x'.repeat(2 ** 20 + 1) } },
          { id: 'b', class: 'y'.repeat(400), gives: picture(99) },
        ],
        'long',
      ),
    );
    expect(long.refused).toEqual({ 'catalogue/limit': 2 });
  });

  it('ends with a code where nothing can be stored, and goes on later', async () => {
    await writeFile(join(folder, 'blobs'), '');
    await expect(run(sourceOf(numbered(30)))).rejects.toMatchObject({ code: 'file/write' });
    expect(await catalogue.count({})).toBe(0);
    await rm(join(folder, 'blobs'));
    expect(await run(sourceOf(numbered(30)))).toMatchObject({ added: 30, known: 0 });
    await clean();
  });

  it('finishes what is on its way when it is stopped', async () => {
    const stop = new AbortController();
    const made = numbered(50).map((one, at) => ({
      ...one,
      gives: async () => {
        if (at === 20) stop.abort(new Error('enough'));
        await new Promise((done) => setTimeout(done, 20));
        return picture(at);
      },
    }));
    const source = sourceOf(made);
    const lines: string[] = [];
    await expect(run(source, { signal: stop.signal, log: (line) => lines.push(line) })).rejects.toThrow('enough');
    const count = await catalogue.count({});
    expect(count).toBe(source.asked.length);
    expect(count).toBeLessThan(50);
    expect(lines).toEqual([`${count} taken in and safe. The same command goes on from there.`]);
    expect(await run(source)).toMatchObject({ added: 50 - count, known: count });
    await clean();
  });

  it('hears that it is to stop while everything is known or refused at once', async () => {
    const refused = Array.from({ length: 600 }, (_, at) => ({ id: `${at}`, gives: 'picture/format' }));
    const stopped = async (): Promise<number> => {
      const stop = new AbortController();
      setTimeout(() => stop.abort(new Error('enough')), 1);
      let settled = 0;
      const job = run(sourceOf(refused), { signal: stop.signal, progress: ({ done }) => (settled = done) });
      await expect(job).rejects.toThrow('enough');
      return settled;
    };
    expect(await stopped()).toBeLessThan(600);
    await run(sourceOf(refused));
    expect(await stopped()).toBeLessThan(600);
  });

  it('brings back files that are missing or damaged, when told', async () => {
    const list = numbered(100, 'star');
    await run(sourceOf(list));
    const hashes = new Map((await catalogue.find({}, { limit: 100 })).items.map(({ sourceId, hash }) => [sourceId, hash]));
    const file = (at: number): string => join(folder, 'blobs', ...(hashes.get(`${at}`) ?? '').split(/(?<=^..)/));
    await rm(file(3));
    await writeFile(file(70), picture(70).fill(1, 40, 41));
    await truncate(file(99), 5);
    const plain = sourceOf(list);
    expect(await run(plain)).toMatchObject({ known: 100, repaired: 0 });
    expect(plain.asked).toEqual([]);
    // Also where the class is full.
    const source = sourceOf(list);
    const result = await run(source, { repair: true, perClass: 10, dataset: 'all' });
    expect(result).toMatchObject({ added: 0, known: 100, repaired: 3, duplicates: 0, refused: {} });
    expect(source.asked.sort()).toEqual(['3', '70', '99']);
    await clean();
    expect(await run(sourceOf(list), { repair: true })).toMatchObject({ known: 100, repaired: 0 });
  });

  it('repairs nothing with other content: that is a new item, or left out', async () => {
    const list = numbered(5);
    await run(sourceOf(list));
    await rm(join(folder, 'blobs'), { recursive: true });
    const other = list.map((one, at) => ({
      ...one,
      gives: [picture(at), picture(50), picture(51), 'collect/http', Buffer.from('<')][at]!,
    }));
    // What the limit leaves out stays as it is.
    const limited = await run(sourceOf(other.slice(0, 3)), { repair: true, limit: 1 });
    expect(limited).toMatchObject({ added: 1, known: 2, repaired: 1, refused: {} });
    const refused = { 'collect/http': 1, 'picture/format': 1 };
    expect(await run(sourceOf(other), { repair: true })).toMatchObject({ added: 1, known: 2, repaired: 0, refused });
    expect(await catalogue.refusals('test')).toEqual([]);
    const { missing } = await verifyBlobs(catalogue, blobs);
    expect(missing.count).toBe(4);
    expect(await run(sourceOf(list), { repair: true })).toMatchObject({ added: 0, duplicates: 0, known: 5, repaired: 2 });
  });

  it('ends with an error where nothing that was asked for answers', async () => {
    const list = ['urls/unreachable', 'urls/duplicate', 'collect/failed'].map((gives, at) => ({ id: `${at}`, gives }));
    await expect(run(sourceOf(list))).rejects.toMatchObject({ code: 'collect/unreachable' });
    await expect(run(sourceOf([...list, { id: 'x', gives: 'collect/http' }]))).resolves.toMatchObject({ added: 0 });
    await expect(run(sourceOf([...list, { id: 'y' }], 'more'))).resolves.toMatchObject({ added: 1 });
    await expect(run(sourceOf(list.slice(1, 2), 'odd'))).resolves.toMatchObject({ refused: { 'urls/duplicate': 1 } });
  });

  it('writes refusals in groups, all of them, and asks for none twice', async () => {
    const refused = Array.from({ length: 3000 }, (_, at) => ({ id: `${at % 2500}`, gives: 'picture/format' }));
    let groups = 0;
    const counting: CollectOptions['catalogue'] = new Proxy(catalogue, {
      get: (target, key: keyof Catalogue) => {
        if (key === 'refuse') groups++;
        return (target[key] as () => unknown).bind(target);
      },
    });
    const source = sourceOf(refused);
    expect(await run(source, { catalogue: counting })).toMatchObject({ refused: { 'picture/format': 2500 }, refusedBefore: 500 });
    expect(source.asked).toHaveLength(2500);
    expect(await catalogue.refusals('test')).toHaveLength(2500);
    expect(groups).toBeLessThan(100);
  });

  it('reads no more bytes at the same time than there is room for', async () => {
    const most = async (bytes: number, of: 'read' | 'held'): Promise<number> => {
      let [now, top] = [0, 0];
      const source: Source = {
        name: `${bytes} ${of}`,
        async *offers() {
          for (let at = 0; at < 20; at++) {
            await Promise.resolve();
            yield {
              sourceId: `${at}`,
              labels: [],
              ...(of === 'held' ? { held: bytes } : {}),
              read: async (_, held) => {
                if (of === 'read') await held?.take(bytes);
                top = Math.max(top, ++now);
                await new Promise((done) => setTimeout(done, 5));
                now--;
                return { bytes: picture(at) };
              },
            };
          }
        },
      };
      await run(source);
      return top;
    };
    const mebi = 2 ** 20;
    for (const of of ['read', 'held'] as const) {
      expect(await most(mebi, of)).toBeGreaterThanOrEqual(8);
      expect(await most(100 * mebi, of)).toBeLessThanOrEqual(3);
      expect(await most(300 * mebi, of)).toBeLessThanOrEqual(2);
    }
  });

  it('may run twice at once', async () => {
    const made = numbered(90);
    const results = await Promise.all([run(sourceOf(made)), run(sourceOf(made)), run(sourceOf(made, 'other'))]);
    expect(await catalogue.count({})).toBe(90);
    for (const { added, known, duplicates } of results) expect(added + known + duplicates).toBe(90);
    expect(results.reduce((sum, { added }) => sum + added, 0)).toBe(90);
    await clean();
  });
});
