/** The way from a folder over the catalogue to a model on the command line, and the ways a catalogue moves and breaks. */
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { readdir, readFile, rename, rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { FolderBlobs } from '../../src/catalogue/folder-blobs.js';
import { openCatalogue } from '../../src/catalogue/open.js';
import type { ExportManifest } from '../../src/catalogue/transfer/manifest.js';
import type { Item, ItemCount, Label, ModelRecord, RunRecord, SplitRecord } from '../../src/catalogue/types.js';
import type { Collected } from '../../src/collect/source.js';
import { sha256 } from '../../src/formats/hash.js';
import type { CleaningReport } from '../../src/report/types.js';
import { newItem, newLabel } from '../support/catalogue-items.js';
import { loader, projectFile } from '../support/child.js';
import { failureOf, jsonOf, writeGalaxies } from '../support/command-runs.js';
import { messierWith, workFolder } from '../support/messier.js';
import { findPostgres, startPostgres, type PostgresServer } from '../support/postgres.js';
import { startS3, type S3Server } from '../support/s3.js';

const { path, messier } = workFolder();
const inside = (...parts: string[]) => join(path(), ...parts);
const blob = (hash: string) => inside('home', 'blobs', hash.slice(0, 2), hash.slice(2));
const json = <T>(...args: string[]) => jsonOf<T>(messier, ...args);

interface Page {
  readonly items: readonly Item[];
  readonly next: number | null;
}
interface Shown {
  readonly items: number;
  readonly counts: readonly ItemCount[];
  readonly datasets: readonly { readonly name: string; readonly items: number }[];
  readonly splits: readonly Omit<SplitRecord, 'manifest'>[];
  readonly runs: readonly RunRecord[];
  readonly models: readonly ModelRecord[];
}

const manifestOf = async (folder: string) => JSON.parse(await readFile(join(folder, 'manifest.json'), 'utf8')) as ExportManifest;

/** Places of pictures by their kind, as the catalogue names them. */
let kinds: ReadonlyMap<string, readonly string[]>;

beforeAll(async () => {
  const files = await writeGalaxies(inside('sky'), { count: 36, side: 32, kinds: 3 });
  kinds = new Map(
    [...new Set(files.map(({ kind }) => kind))].map((kind) => [
      kind,
      files.filter((one) => one.kind === kind).map(({ file }) => `sky/${file}`),
    ]),
  );
  await writeFile(inside('sky', 'barred', 'broken.png'), 'no picture');
  const both = await Promise.all([1, 2].map(() => json<Collected>('collect', 'folder', inside('sky'), '--dataset', 'three')));
  // Two processes at once take each picture in once.
  expect(both.reduce((sum, { added }) => sum + added, 0)).toBe(36);
});

describe('a collected folder', () => {
  it('is shown, listed page by page, and named', async () => {
    const [shown, first, refused, text] = await Promise.all([
      json<Shown>('catalogue'),
      json<Page>('catalogue', 'list', 'catalogue:three?class=spiral', '--limit', '7'),
      json<{ refusals: { sourceId: string; code: string }[] }>('catalogue', 'refusals', 'sky'),
      messier('catalogue'),
    ]);
    expect(shown.items).toBe(36);
    expect([...shown.counts].map((one) => [one.class, one.items]).sort()).toEqual([
      ['barred', 12],
      ['elliptical', 12],
      ['spiral', 12],
    ]);
    expect(shown.datasets).toMatchObject([{ name: 'three', items: 36 }]);
    expect(refused.refusals).toMatchObject([{ sourceId: 'barred/broken.png', code: 'picture/format' }]);
    expect(text.stdout).toMatch(/^barred +12 +12$/m);
    const [one] = first.items;
    const [second, whole, named] = await Promise.all([
      json<Page>('catalogue', 'list', 'catalogue:three?class=spiral', '--limit', '7', '--after', String(first.next)),
      json<{ item: Item; labels: Label[] }>('catalogue', 'item', one?.hash ?? ''),
      json<object>('catalogue', 'dataset', 'two', '--from', 'catalogue:three?class=spiral,barred', '--description', 'Discs'),
    ]);
    expect(second.next).toBeNull();
    const names = [...first.items, ...second.items].map(({ source, sourceId }) => `${source}/${sourceId}`);
    expect(names.sort()).toEqual([...(kinds.get('spiral') ?? [])].sort());
    expect(whole.item).toEqual(one);
    expect(whole.labels).toMatchObject([{ class: 'spiral', origin: 'folder', by: 'sky' }]);
    expect(named).toEqual({ dataset: 'two', items: 24 });
  });

  it('is decided on by command and by file, and what was said is taken back', async () => {
    const [wrong = '', dull = '', back = ''] = kinds.get('spiral') ?? [];
    const [odd = '', other = ''] = kinds.get('elliptical') ?? [];
    const decide = (...args: string[]) => json<object>('clean', 'catalogue:three', ...args, '--by', 'ann');
    expect(await decide('--drop', dull, back, '--relabel', `${wrong}=barred`)).toMatchObject({ dropped: 2, relabelled: 1 });
    await writeFile(inside('decided.csv'), `file,decision,class\n${odd},relabel,spiral\n${other},accept,\n`);
    expect(await decide('--decisions', inside('decided.csv'))).toMatchObject({ relabelled: 1, accepted: 1 });
    expect(await decide('--undo', back)).toMatchObject({ undone: 1 });
    const [dropped, accepted, left] = await Promise.all([
      json<Page>('catalogue', 'list', 'catalogue:three?review=dropped'),
      json<Page>('catalogue', 'list', 'catalogue:three?review=accepted'),
      json<Page>('catalogue', 'list', 'catalogue:three', '--limit', '1000'),
    ]);
    const named = ({ items }: Page) => items.map((item) => [`${item.source}/${item.sourceId}`, item.class]).sort();
    expect(named(dropped)).toEqual([[dull, 'spiral']]);
    expect(named(accepted)).toEqual(
      [
        [odd, 'spiral'],
        [other, 'elliptical'],
        [wrong, 'barred'],
      ].sort(),
    );
    expect(left.items).toHaveLength(35);
    const undone = left.items.find((item) => `${item.source}/${item.sourceId}` === back);
    const { labels } = await json<{ labels: Label[] }>('catalogue', 'item', String(undone?.id));
    expect(labels).toMatchObject([
      { origin: 'folder' },
      { kind: 'drop', origin: 'person', by: 'ann', retractedAt: expect.any(String) as string },
    ]);
  });

  it('trains a model that knows what the decisions gained, and remembers it', async () => {
    const recipe =
      'name: tiny\npixels: { size: 24 }\nmodel: { name: four-galaxies }\ntraining: { epochs: 1 }\nevaluation: { bootstrap: 100 }\n';
    await writeFile(inside('tiny.yaml'), recipe);
    const run = await json<{ cleaning: CleaningReport; evaluation: { items: object; accuracy: { value: number } } }>(
      'train',
      inside('tiny.yaml'),
      '--data',
      'catalogue:three',
      '--out',
      inside('run'),
    );
    expect(run.evaluation.items).toMatchObject({ reasons: { 'review/dropped': 1 } });
    const { changed, learned, comparison } = run.cleaning;
    expect(changed.dropped).toBe(1);
    expect(learned.found - learned.cleaned).toBe(1);
    expect(comparison.models.map(({ name }) => name)).toEqual(['cleaned', 'as found']);
    expect(comparison.models[0]?.accuracy.value).toBe(run.evaluation.accuracy.value);
    expect(JSON.parse(await readFile(inside('run', 'cleaning.json'), 'utf8'))).toEqual(run.cleaning);
    expect(await readFile(inside('run', 'report.html'), 'utf8')).toContain('What cleaning gained');
    const [split, model] = await Promise.all(['split.json', 'model.onnx'].map((file) => readFile(inside('run', file))));
    const { splits, runs, models } = await json<Shown>('catalogue');
    const { signature } = JSON.parse(split?.toString() ?? '') as { signature: string };
    expect(splits).toMatchObject([{ hash: signature, data: 'catalogue:three' }]);
    expect(runs).toMatchObject([
      { split: signature, recipe: 'tiny', folder: inside('run'), figures: { accuracy: run.evaluation.accuracy.value } },
    ]);
    expect(models).toMatchObject([{ hash: sha256(model ?? Buffer.of()), run: runs[0]?.id, architecture: 'four-galaxies' }]);
  });
});

describe('an export', () => {
  const binaries = findPostgres();
  let server: PostgresServer | undefined;
  beforeAll(async () => {
    if (binaries !== undefined) server = await startPostgres(binaries);
  });
  afterAll(() => server?.stop());

  it('is the same catalogue in another home and in PostgreSQL', async () => {
    await json('catalogue', 'export', inside('backup'), '--format', 'parquet');
    const { tables } = await manifestOf(inside('backup'));
    expect(tables).toMatchObject({
      items: { rows: 36 },
      runs: { rows: 1 },
      models: { rows: 1 },
      splits: { rows: 1 },
      refusals: { rows: 1 },
    });
    const places = [
      { MESSIER_HOME: inside('second') },
      ...(server ? [{ MESSIER_HOME: inside('third'), DATABASE_URL: await server.createDatabase() }] : []),
    ];
    const here = await json<Page>('catalogue', 'list', '--limit', '1000');
    for (const [number, place] of places.entries()) {
      const there = messierWith(place);
      expect(await jsonOf(there, 'catalogue', 'import', inside('backup'))).toMatchObject({ added: 36, known: 0 });
      const again = inside(`again-${number}`);
      const [listed] = await Promise.all([
        jsonOf<Page>(there, 'catalogue', 'list', '--limit', '1000'),
        jsonOf(there, 'catalogue', 'export', again),
      ]);
      expect(listed).toEqual(here);
      // Byte by byte, labels, datasets, runs and refusals too.
      expect((await manifestOf(again)).tables).toEqual(tables);
    }
  });

  it('is taken in whole after kill -9', async () => {
    const total = 8000;
    const large = await openCatalogue({ home: inside('large'), url: '' });
    for (let start = 0; start < total; start += 2000) {
      await large.add(Array.from({ length: 2000 }, (_, at) => newItem(`item ${start + at}`, { labels: [newLabel('star')] })));
    }
    await large.addToDataset('all', {});
    const { tables } = await large.exportTo(inside('large-export'), { format: 'csv' });
    await large.close();

    const home = inside('killed');
    const catalogue = await openCatalogue({ home, url: '' });
    const main = fileURLToPath(projectFile('src/cli/main.ts'));
    const child = spawn(process.execPath, ['--import', loader, main, 'catalogue', 'import', inside('large-export')], {
      env: { ...process.env, MESSIER_HOME: home, DATABASE_URL: '' },
      stdio: 'ignore',
    });
    const ended = once(child, 'close');
    while ((await catalogue.count({})) === 0 && child.exitCode === null) await new Promise((resolve) => setTimeout(resolve, 2));
    child.kill('SIGKILL');
    expect(await ended).toEqual([null, 'SIGKILL']);
    const taken = await catalogue.count({});
    await catalogue.close();
    expect(taken).toBeGreaterThan(0);
    expect(taken).toBeLessThan(total);

    const there = messierWith({ MESSIER_HOME: home });
    expect(await jsonOf(there, 'catalogue', 'import', inside('large-export'))).toMatchObject({
      added: total - taken,
      known: taken,
    });
    const after = await openCatalogue({ home, url: '' });
    expect((await after.exportTo(inside('killed-export'), { format: 'csv' })).tables).toEqual(tables);
    await after.close();
  });
});

describe('pictures in a bucket', () => {
  let s3: S3Server;
  beforeAll(async () => {
    s3 = await startS3(['pictures']);
  });
  afterAll(() => s3.stop());

  it('are collected there, judged from there, and verified', async () => {
    const place = {
      MESSIER_HOME: inside('cloud'),
      MESSIER_BLOBS: 's3://pictures/sky',
      AWS_ENDPOINT_URL_S3: s3.endpoint,
      AWS_REGION: 'us-east-1',
      AWS_ACCESS_KEY_ID: s3.keys.accessKey,
      AWS_SECRET_ACCESS_KEY: s3.keys.secretKey,
    };
    const there = messierWith(place);
    expect(await jsonOf(there, 'collect', 'folder', inside('sky'))).toMatchObject({ source: 'sky', added: 36 });
    expect(await readdir(inside('cloud'))).not.toContain('blobs');
    s3.calm();
    const data = 'catalogue:?class=spiral,barred';
    const judged = await jsonOf<{ items: object }>(there, 'evaluate', inside('run', 'model.onnx'), '--data', data);
    expect(judged.items).toMatchObject({ counted: 24, skipped: 0 });
    expect(s3.requests.filter((request) => /^GET \/pictures\/sky\/[0-9a-f]{2}\//.test(request))).toHaveLength(24);
    const wrong = messierWith({ ...place, AWS_SECRET_ACCESS_KEY: 'another' });
    await rm(join(s3.folder('pictures'), 'sky'), { recursive: true });
    const [refused, verified] = await Promise.all([
      failureOf(wrong, 'catalogue', 'verify'),
      there('catalogue', 'verify', '--json'),
    ]);
    expect(refused.code).toMatch(/^blob\//);
    expect(verified.code).toBe(1);
    expect(JSON.parse(verified.stdout)).toMatchObject({ items: 36, blobs: 0, missing: { count: 36 } });
  });
});

describe('mistakes and damage', () => {
  it('are told with a code and a way out', async () => {
    const cases = [
      [['frobnicate'], 2, 'usage', 'verify'],
      [['list', 'three'], 2, 'usage', 'catalogue:NAME'],
      [['list', 'catalogue:four'], 1, 'catalogue/dataset', 'three'],
      [['import', '.'], 1, 'catalogue/export-absent', 'manifest.json'],
    ] as const;
    const results = await Promise.all(cases.map(([args]) => messier('catalogue', ...args, '--json')));
    for (const [at, [, code, name, words]] of cases.entries()) {
      const { error } = JSON.parse(results[at]?.stdout ?? '') as { error: { code: string; message: string } };
      expect([results[at]?.code, error.code]).toEqual([code, name]);
      expect(error.message).toContain(words);
    }
  });

  it("are found by verify: files that are gone, other, or nobody's", async () => {
    expect(await json('catalogue', 'verify')).toMatchObject({ items: 36, blobs: 36, orphaned: { count: 0 } });
    const { items } = await json<Page>('catalogue', 'list', '--limit', '2');
    const [gone = '', other = ''] = items.map(({ hash }) => hash);
    await rename(blob(gone), inside('kept'));
    const bytes = await readFile(blob(other));
    bytes[bytes.length >> 1] = (bytes[bytes.length >> 1] ?? 0) ^ 1;
    await writeFile(blob(other), bytes);
    const orphan = await new FolderBlobs(inside('home', 'blobs')).put(Buffer.from('nobody knows me'));
    const [deep, quick] = await Promise.all([
      messier('catalogue', 'verify', '--json'),
      messier('catalogue', 'verify', '--quick'),
    ]);
    expect(JSON.parse(deep.stdout)).toMatchObject({
      missing: { count: 1, first: [gone] },
      corrupt: { count: 1, first: [{ hash: other }] },
      orphaned: { count: 1, first: [orphan] },
      removed: 0,
    });
    expect([deep.code, quick.code]).toEqual([1, 1]);
    expect(quick.stdout).toContain(`missing   1  ${gone.slice(0, 20)}`);
    expect(quick.stdout).not.toContain('corrupt');
    await rename(inside('kept'), blob(gone));
  });
});
