/** What every database of a catalogue does alike: taking in, names, refusals, datasets, records, many processes. */
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { createInterface } from 'node:readline';
import { fileURLToPath } from 'node:url';
import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest';
import type { Catalogue } from '../../src/catalogue/catalogue.js';
import type { CatalogueOptions } from '../../src/catalogue/database.js';
import { catalogueLimits } from '../../src/catalogue/new-item.js';
import { openCatalogue } from '../../src/catalogue/open.js';
import { catalogueBackends, type CatalogueBackend } from '../support/catalogue-backends.js';
import { newItem, newLabel } from '../support/catalogue-items.js';
import { loader } from '../support/child.js';

const childFile = fileURLToPath(new URL('../support/catalogue-child.ts', import.meta.url));

describe.each(catalogueBackends())('a catalogue in $name', ({ start }) => {
  let backend: CatalogueBackend;
  let options: CatalogueOptions;
  const open: Catalogue[] = [];

  beforeAll(async () => {
    backend = await start();
  });
  afterAll(() => backend.stop());
  afterEach(async () => {
    for (const catalogue of open.splice(0)) await catalogue.close();
  });

  async function fresh(): Promise<Catalogue> {
    options = await backend.fresh();
    return await again();
  }
  async function again(): Promise<Catalogue> {
    const catalogue = await openCatalogue(options);
    open.push(catalogue);
    return catalogue;
  }
  const ids = (added: readonly { readonly id: number }[]): readonly number[] => added.map(({ id }) => id);
  const all = async (catalogue: Catalogue) => (await catalogue.find({}, { limit: 1000 })).items;

  describe('taking in', () => {
    it('gives back every field as it was given, also after it was opened again', async () => {
      const catalogue = await fresh();
      const item = newItem('a', {
        bytes: 2 ** 40,
        url: 'https://example.org/a.jpg?x=1&y=2',
        title: 'A "title" with \'quotes\', a \\ and a \u{1F30C}',
        description: 'Line one\nline two\t<b>bold</b> \u001b[31mred\u001b[0m',
        keywords: ['nebula', '', '["x"]', '__proto__'],
        date: '2021-03-04T05:06:07Z',
        credit: 'NASA',
        copyright: 'Someone',
        licence: 'CC BY 4.0',
        labels: [newLabel('__proto__', { confidence: 0.5 })],
        votes: { tree: 'tree', shares: JSON.parse('{"__proto__":0.25,"smooth":1}') as Record<string, number> },
      });
      expect(await catalogue.add([item])).toEqual([{ id: 1, isNew: true }]);
      const { labels, votes, ...fields } = item;
      for (const one of [catalogue, await again()]) {
        const [found] = await all(one);
        expect(found).toEqual({ ...fields, id: 1, class: '__proto__', review: 'open' });
        const [label] = await one.labels([1]);
        expect(label).toMatchObject({ ...labels[0], item: 1, retractedAt: undefined });
        expect(Object.entries((await one.votes([1], 'tree')).get(1) ?? {}).sort()).toEqual(
          Object.entries(votes?.shares ?? {}).sort(),
        );
      }
    });

    it('stores one item for each content, in the order given', async () => {
      const catalogue = await fresh();
      const first = await catalogue.add([newItem('a'), newItem('b'), newItem('a', { sourceId: 'other', title: 'Later' })]);
      expect(first).toEqual([
        { id: 1, isNew: true },
        { id: 2, isNew: true },
        { id: 1, isNew: false },
      ]);
      const second = await catalogue.add([newItem('c'), newItem('b', { source: 'elsewhere' }), newItem('d')]);
      expect(second).toEqual([
        { id: 3, isNew: true },
        { id: 2, isNew: false },
        { id: 4, isNew: true },
      ]);
      const items = await all(catalogue);
      expect(items.map(({ title }) => title)).toEqual(['a', 'b', 'c', 'd'].map((name) => `Title of ${name}`));
      expect(await catalogue.known('test', ['a', 'other', 'b', 'none'])).toEqual(
        new Map([
          ['a', 1],
          ['other', 1],
          ['b', 2],
        ]),
      );
      expect(await catalogue.known('elsewhere', ['a', 'b'])).toEqual(new Map([['b', 2]]));
    });

    it('gives content that is there the labels and votes that it never had', async () => {
      const catalogue = await fresh();
      const votes = (share: number, other?: number) => ({
        tree: 'tree',
        shares: other === undefined ? { smooth: share } : { smooth: share, bar: other },
      });
      await catalogue.add([newItem('a', { labels: [newLabel('comet')], votes: votes(0.5) })]);
      await catalogue.retract([1], 'search');
      expect((await all(catalogue))[0]).toMatchObject({ class: undefined });
      const rule = newLabel('star', { origin: 'keyword', by: 'rule', confidence: 0.9 });
      await catalogue.add([newItem('a', { labels: [newLabel('comet'), rule, rule], votes: votes(0.75, 0.125) })]);
      await catalogue.add([newItem('a', { labels: [rule] })]);
      const labels = await catalogue.labels([1]);
      expect(labels.map(({ class: name, retractedAt }) => [name, retractedAt === undefined])).toEqual([
        ['comet', false],
        ['star', true],
      ]);
      expect((await all(catalogue))[0]).toMatchObject({ class: 'star', review: 'open' });
      expect((await catalogue.votes([1], 'tree')).get(1)).toEqual({ smooth: 0.5, bar: 0.125 });
    });

    it('judges several labels of new content as it judges them later', async () => {
      const catalogue = await fresh();
      const person = (name: string | undefined, kind: 'label' | 'accept' | 'drop' = 'label') =>
        newLabel(name, { kind, origin: 'person', by: 'ann' });
      const cases = [
        [newLabel('comet', { confidence: 0.4 }), newLabel('star', { by: 'other', confidence: 0.6 })],
        [newLabel('comet', { origin: 'folder' }), newLabel('star', { origin: 'model', confidence: 1 })],
        [person('comet'), person('star'), person('comet')],
        [newLabel('comet'), person(undefined, 'drop')],
        [person(undefined, 'drop'), person(undefined, 'accept')],
        [person('comet')],
      ];
      const items = cases.map((labels, index) => newItem(`at once ${index}`, { labels }));
      const later = cases.map((_, index) => newItem(`later ${index}`));
      await catalogue.add([...items, ...later]);
      for (const [index, labels] of cases.entries()) {
        for (const label of labels) await catalogue.label([{ ...label, item: cases.length + index + 1 }]);
      }
      const state = (await all(catalogue)).map(({ class: name, review }) => [name, review]);
      expect(state.slice(0, cases.length)).toEqual(state.slice(cases.length));
      expect(state.slice(0, cases.length)).toEqual([
        ['star', 'open'],
        ['comet', 'open'],
        ['comet', 'accepted'],
        ['comet', 'dropped'],
        [undefined, 'accepted'],
        ['comet', 'accepted'],
      ]);
    });

    it('lets a name whose content changed stand for the newer item, and keeps the older', async () => {
      const catalogue = await fresh();
      await catalogue.add([newItem('old', { sourceId: 'name' })]);
      expect(await catalogue.add([newItem('new', { sourceId: 'name' })])).toEqual([{ id: 2, isNew: true }]);
      expect(await catalogue.known('test', ['name'])).toEqual(new Map([['name', 2]]));
      expect(await all(catalogue)).toHaveLength(2);
    });

    it('replaces what PostgreSQL refuses and what is no character, and finds names by it', async () => {
      const catalogue = await fresh();
      const odd = 'a\0b\uD83Dc';
      await catalogue.add([
        newItem('odd', {
          source: odd,
          sourceId: odd,
          title: odd,
          keywords: [odd],
          credit: odd,
          labels: [newLabel(odd, { by: odd })],
        }),
      ]);
      const stored = 'a\uFFFDb\uFFFDc';
      expect((await all(catalogue))[0]).toMatchObject({
        source: stored,
        sourceId: stored,
        title: stored,
        keywords: [stored],
        credit: stored,
        class: stored,
      });
      expect(await catalogue.known(odd, [odd])).toEqual(new Map([[odd, 1]]));
      await catalogue.refuse([{ source: odd, sourceId: 'x\0', code: 'picture/broken', reason: odd }]);
      expect(await catalogue.known(odd, ['x\0'])).toEqual(new Map([['x\0', 'refused']]));
      expect(await catalogue.refusals(odd)).toMatchObject([{ reason: stored }]);
    });

    it('takes 10,000 items and texts of a million characters at once, and refuses more', async () => {
      const catalogue = await fresh();
      const many = Array.from({ length: catalogueLimits.itemsAtOnce }, (_, index) => newItem(String(index)));
      expect(await catalogue.add(many)).toHaveLength(many.length);
      expect(await catalogue.count({})).toBe(many.length);
      await expect(catalogue.add([...many, newItem('one more')])).rejects.toMatchObject({ code: 'catalogue/limit' });
      const long = 'galaxy '.repeat(2 ** 20 / 7);
      const heavy = Array.from({ length: 20 }, (_, index) => newItem(`heavy ${index}`, { description: long }));
      await catalogue.add(heavy);
      const [found] = (await catalogue.find({}, { after: many.length, limit: 1 })).items;
      expect(found?.description === long).toBe(true);
      const longer = newItem('longer', { description: 'x'.repeat(catalogueLimits.text + 1) });
      await expect(catalogue.add([longer])).rejects.toMatchObject({ code: 'catalogue/limit' });
    });

    it('takes the longest names, and refuses longer ones and empty ones', async () => {
      const catalogue = await fresh();
      // Bytes that no compression shortens, beyond what an index entry of PostgreSQL holds.
      const noise = (bytes: number): string =>
        Array.from({ length: bytes / 3 }, (_, index) =>
          String.fromCharCode(0x4e00 + ((index * 7919 + (index >> 3) * 104729) % 20000)),
        ).join('');
      const longest = { source: noise(catalogueLimits.name), sourceId: noise(catalogueLimits.sourceId - 2) };
      const labels = [newLabel(noise(catalogueLimits.name), { by: noise(catalogueLimits.sourceId - 2) })];
      await catalogue.add([newItem('long', { ...longest, labels })]);
      expect(await catalogue.known(longest.source, [longest.sourceId])).toEqual(new Map([[longest.sourceId, 1]]));
      for (const fields of [{ source: `${longest.source}x` }, { sourceId: `${longest.sourceId}\u4e00` }]) {
        await expect(catalogue.add([newItem('longer', fields)])).rejects.toMatchObject({ code: 'catalogue/limit' });
      }
      for (const fields of [{ source: '' }, { sourceId: '' }, { labels: [newLabel('')] }]) {
        await expect(catalogue.add([newItem('empty', fields)])).rejects.toMatchObject({ code: 'catalogue/name' });
      }
    });

    it.each([
      ['a hash that is none', { hash: 'ABC' }],
      ['a perceptual hash that is none', { perceptual: 'x' }],
      ['a size that is no number', { width: NaN }],
      ['a size of nothing', { height: 0 }],
      ['a format with signs', { format: '../jpeg' }],
      ['a time that is none', { fetchedAt: 'yesterday' }],
      ['a date that is none', { date: 'circa 1990' }],
      ['a share that is none', { votes: { tree: 'tree', shares: { smooth: 1.5 } } }],
    ])('refuses %s, and then takes nothing of the call', async (_, fields) => {
      const catalogue = await fresh();
      await expect(catalogue.add([newItem('good'), newItem('bad', fields)])).rejects.toMatchObject({ code: 'catalogue/item' });
      expect(await catalogue.count({})).toBe(0);
    });

    it.each([
      ['a label without a class', newLabel(undefined)],
      ['a decision with a class', newLabel('comet', { kind: 'drop', origin: 'person' })],
      ['a decision of a program', newLabel(undefined, { kind: 'drop', origin: 'model' })],
      ['a confidence beyond 1', newLabel('comet', { confidence: 1.01 })],
    ])('refuses %s', async (_, label) => {
      const catalogue = await fresh();
      await expect(catalogue.add([newItem('a', { labels: [label] })])).rejects.toMatchObject({ code: 'catalogue/label' });
    });
  });

  describe('names that were refused', () => {
    it('are known with their reason until they are forgotten or taken in', async () => {
      const catalogue = await fresh();
      const refusal = (sourceId: string, source = 'nasa') => ({ source, sourceId, code: 'picture/small', reason: 'Too small.' });
      await catalogue.refuse([refusal('b'), refusal('a'), refusal('a', 'apod'), refusal('c')]);
      await catalogue.refuse([{ ...refusal('a'), reason: 'Still too small.' }]);
      expect(await catalogue.known('nasa', ['a', 'b', 'x'])).toEqual(
        new Map([
          ['a', 'refused'],
          ['b', 'refused'],
        ]),
      );
      const listed = await catalogue.refusals('nasa');
      expect(listed.map(({ sourceId, reason }) => [sourceId, reason])).toEqual([
        ['a', 'Still too small.'],
        ['b', 'Too small.'],
        ['c', 'Too small.'],
      ]);
      await catalogue.add([newItem('b', { source: 'nasa' })]);
      expect(await catalogue.known('nasa', ['b', 'c'])).toEqual(
        new Map<string, number | 'refused'>([
          ['b', 1],
          ['c', 'refused'],
        ]),
      );
      expect(await catalogue.forgetRefusals('nasa')).toBe(2);
      expect((await catalogue.refusals()).map(({ source }) => source)).toEqual(['apod']);
    });
  });

  describe('datasets', () => {
    it('are named selections, by query and by id', async () => {
      const catalogue = await fresh();
      await catalogue.add(
        ['a', 'b', 'c', 'd'].map((name, index) => newItem(name, { labels: [newLabel(index < 2 ? 'comet' : 'star')] })),
      );
      expect(await catalogue.addToDataset('six', { classes: ['comet'] }, 'Six classes')).toBe(2);
      expect(await catalogue.addToDataset('six', [2, 3])).toBe(3);
      expect(await catalogue.addToDataset('empty', [])).toBe(0);
      const [empty, six] = await catalogue.datasets();
      expect(empty).toMatchObject({ name: 'empty', description: '', items: 0 });
      expect(six).toMatchObject({ name: 'six', description: 'Six classes', items: 3 });
      expect(ids((await catalogue.find({ dataset: 'six' })).items)).toEqual([1, 2, 3]);
      await expect(catalogue.addToDataset('six', [4, 5])).rejects.toMatchObject({ code: 'catalogue/item-absent' });
      await expect(catalogue.addToDataset('', [4])).rejects.toMatchObject({ code: 'catalogue/name' });
      expect(await catalogue.count({ dataset: 'six' })).toBe(3);
      await catalogue.removeDataset('six');
      expect(await catalogue.datasets()).toHaveLength(1);
      await expect(catalogue.removeDataset('six')).rejects.toMatchObject({ code: 'catalogue/dataset' });
    });
  });

  describe('records', () => {
    it('keep splits whole, runs and models as they were noted last', async () => {
      const catalogue = await fresh();
      const split = { hash: 'f'.repeat(64), data: 'catalogue:six', manifest: '{"parts":[]}\n' };
      await catalogue.recordSplit(split);
      await catalogue.recordSplit({ ...split, data: 'again' });
      expect(await catalogue.split(split.hash)).toMatchObject(split);
      expect(await catalogue.split('none')).toBeUndefined();
      expect(await catalogue.splits()).toMatchObject([{ hash: split.hash, data: split.data }]);
      const run = {
        id: 'run-1',
        data: 'catalogue:six',
        split: split.hash,
        folder: 'runs/1',
        recipe: 'model: x\n',
        figures: { accuracy: 0.5 },
      };
      await catalogue.recordRun(run);
      await catalogue.recordRun({ ...run, figures: { accuracy: 0.75, '__proto__ of': 1 } });
      await catalogue.recordRun({ ...run, id: 'run-2', split: undefined });
      expect((await catalogue.runs()).map(({ id, split: of, figures }) => [id, of, figures]).sort()).toEqual([
        ['run-1', split.hash, { accuracy: 0.75, '__proto__ of': 1 }],
        ['run-2', undefined, { accuracy: 0.5 }],
      ]);
      await expect(catalogue.recordRun({ ...run, figures: { loss: NaN } })).rejects.toMatchObject({ code: 'catalogue/figure' });
      const model = {
        hash: 'e'.repeat(64),
        run: 'run-1',
        path: 'runs/1/model.onnx',
        architecture: 'resnet18',
        classes: ['a', 'b"'],
      };
      await catalogue.recordModel(model);
      await catalogue.recordModel({ ...model, run: undefined, path: 'elsewhere.onnx' });
      const models = await catalogue.models();
      expect(models.map(({ at: _, ...rest }) => rest)).toEqual([{ ...model, run: undefined, path: 'elsewhere.onnx' }]);
    });
  });

  describe('several at once', () => {
    const child = (name: string, batches: number, size: number) => {
      const started = spawn(
        process.execPath,
        ['--import', loader, childFile, JSON.stringify(options), name, String(batches), String(size)],
        {
          stdio: ['ignore', 'pipe', 'inherit'],
        },
      );
      const lines: string[] = [];
      createInterface({ input: started.stdout }).on('line', (line) => lines.push(line));
      return { process: started, lines, ended: once(started, 'close') };
    };

    it('takes in from four processes that make the database, one of them killed, without a lost, halved or doubled item', async () => {
      options = await backend.fresh();
      const [batches, size] = [6, 200];
      const names = ['one', 'two', 'three'];
      const children = names.map((name) => child(name, batches, size));
      const killed = child('killed', 10_000, size);
      // Somewhere within its third batch or after it.
      await new Promise<void>((resolve) => {
        killed.process.stdout.on('data', () => {
          if (killed.lines.length >= 3) resolve();
        });
      });
      killed.process.kill('SIGKILL');
      await Promise.all([...children, killed].map(({ ended }) => ended));
      const whole = Array.from({ length: batches }, (_, batch) => String(batch));
      for (const { lines } of children) expect(lines).toEqual(['open', ...whole]);

      const catalogue = await again();
      const counts = await catalogue.counts();
      const of = (source: string): number =>
        counts.filter((row) => row.source === source).reduce((sum, { items }) => sum + items, 0);
      const own = await Promise.all(
        names.map((name) =>
          catalogue.known(
            name,
            Array.from({ length: batches }, (_, batch) => `${name}-${batch}-0`),
          ),
        ),
      );
      for (const known of own) expect(known.size).toBe(batches);
      const done = Math.max(...killed.lines.filter((line) => /^\d+$/.test(line)).map(Number)) + 1;
      const shared = await catalogue.find({ text: 'shared' }, { limit: 1000 });
      const total = names.length * batches * (size - 1);
      const ofKilled = (await catalogue.count({})) - total - shared.items.length;
      // Whole batches of it: those it told of, and perhaps one that it could not tell of any more.
      expect(ofKilled % (size - 1)).toBe(0);
      expect([done, done + 1]).toContain(ofKilled / (size - 1));
      expect([...names, 'killed'].reduce((sum, name) => sum + of(name), 0)).toBe(await catalogue.count({}));
      // What all of them brought is there once, under each name, with each label.
      const labels = await catalogue.labels([shared.items[0]?.id ?? 0]);
      expect(labels.map(({ by }) => by).sort()).toEqual(['killed', 'one', 'three', 'two']);
      const everyId = [];
      for await (const { id } of catalogue.fingerprints()) everyId.push(id);
      expect(everyId).toEqual(everyId.map((_, index) => index + 1));
    });

    it('takes in over several openings of one process at once', async () => {
      const catalogues = [await fresh(), await again(), await again()];
      const answers = await Promise.all(
        catalogues.flatMap((catalogue, which) =>
          [0, 1, 2].map((batch) => catalogue.add([newItem('same'), newItem(`${which}-${batch}`), newItem(`last ${batch}`)])),
        ),
      );
      expect(answers.filter(([same]) => same?.isNew)).toHaveLength(1);
      expect(new Set(answers.map(([same]) => same?.id)).size).toBe(1);
      expect(await catalogues[0]?.count({})).toBe(1 + 9 + 3);
    });

    it('answers nothing once it is closed', async () => {
      const catalogue = await fresh();
      await catalogue.close();
      await catalogue.close();
      await expect(catalogue.count({})).rejects.toMatchObject({ code: 'catalogue/closed' });
    });
  });
});
