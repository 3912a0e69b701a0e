/** docs/json.md against the program: collect, catalogue, clean, and what cleaning gained. */
import { mkdir, readdir, readFile, rename, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { afterAll, beforeAll, describe, expect, it, vi } from 'vitest';
import { openCatalogue } from '../../src/catalogue/open.js';
import { catalogueFlags } from '../../src/cli/catalogue-options.js';
import { newItem, newLabel } from '../support/catalogue-items.js';
import { projectFile } from '../support/child.js';
import { answerOf, loadCommands } from '../support/command-answers.js';
import { writeGalaxies } from '../support/command-runs.js';
import { differences, readTables } from '../support/json-tables.js';
import { workFolder } from '../support/messier.js';

const guide = await readFile(fileURLToPath(projectFile('docs/json.md')), 'utf8');
const tables = readTables(guide);
const commands = await loadCommands();
const { path } = workFolder();
const inside = (...parts: string[]) => join(path(), ...parts);

async function answer(name: string, args: readonly string[], options: Readonly<Record<string, unknown>> = {}): Promise<unknown> {
  const command = commands.get(name);
  if (!command) throw new Error(`There is no command "${name}".`);
  return answerOf(command, args, options);
}

describe('docs/json.md', () => {
  beforeAll(() => {
    vi.stubEnv('MESSIER_HOME', inside('home'));
    vi.stubEnv('DATABASE_URL', '');
    vi.stubEnv('MESSIER_BLOBS', '');
  });
  afterAll(() => {
    vi.unstubAllEnvs();
  });

  it('has the keys of the catalogue, of reviews, and of what cleaning gained', async () => {
    const pictures = inside('pictures');
    const [first, second] = await writeGalaxies(pictures, { count: 24, side: 32 });
    await writeFile(join(pictures, 'broken.png'), 'no picture');
    await writeFile(join(pictures, first?.kind ?? '', 'broken.png'), 'no picture');
    const collect = await answer('collect', ['folder', pictures], { dataset: 'two' });
    expect(collect).toMatchObject({ added: 24, refused: { 'picture/format': 1 } });
    const review = await answer('clean', ['catalogue:two']);
    const decide = (options: object) => answer('clean', ['catalogue:two'], { by: 'ann', ...options });
    const decided = await decide({
      drop: [`pictures/${first?.file ?? ''}`],
      relabel: [`pictures/${second?.file ?? ''}=${first?.kind ?? ''}`],
    });
    const recipe = inside('cleaned.yaml');
    await writeFile(recipe, 'name: cleaned\npixels: { size: 24 }\nmodel: { name: four-galaxies }\ntraining: { epochs: 1 }\n');
    const train = await answer('train', [recipe], { data: 'catalogue:two', out: inside('cleaned') });
    expect(train).toMatchObject({ cleaning: { changed: { dropped: 1 } } });
    const undone = await decide({ undo: [`pictures/${first?.file ?? ''}`] });

    const catalogue = await openCatalogue();
    const said = { url: 'http://x/', date: '2020', credit: 'c', copyright: 'r', licence: 'l', keywords: ['k'] };
    const [full] = await catalogue.add([newItem('full', { ...said, labels: [newLabel('comet', { confidence: 0.5 })] })]);
    await catalogue.close();
    const [lost, damaged] = ((await answer('catalogue', ['list'], { limit: 2 })) as { items: { hash: string }[] }).items;
    const blob = (hash = '') => inside('home', 'blobs', hash.slice(0, 2), hash.slice(2));
    await mkdir(inside('home', 'blobs', '00'), { recursive: true });
    await rename(blob(lost?.hash), blob('0'.repeat(64)));
    await writeFile(blob(damaged?.hash), 'other');
    await writeFile(inside('home', 'blobs', 'notes.txt'), 'foreign');
    const verified = await answer('catalogue', ['verify']);
    const one = { count: 1, first: [expect.anything()] as unknown };
    expect(verified).toMatchObject({ missing: { count: 2 }, corrupt: one, orphaned: one, foreign: one });

    const action = (...args: string[]) => answer('catalogue', args);
    const items = [await action('item', String(full?.id)), await action('item', '1'), await action('item', lost?.hash ?? '')];
    const named = await answer('catalogue', ['dataset', 'rest'], { from: 'catalogue:?source=test', description: 'one' });
    const found: [string, unknown][] = [
      ['collect', collect],
      ['clean', review],
      ['clean-with-decisions', decided],
      ['clean-with-decisions', undone],
      ['train', train],
      ['cleaningjson', JSON.parse(await readFile(inside('cleaned', 'cleaning.json'), 'utf8'))],
      ['catalogue', await action('show')],
      ['catalogue-list', await answer('catalogue', ['list', 'catalogue:two'], { limit: 5 })],
      ['catalogue-list', await action('list')],
      ...items.map((item): [string, unknown] => ['catalogue-item', item]),
      ['catalogue-dataset', named],
      ['catalogue-dataset', await answer('catalogue', ['dataset', 'rest'], { remove: true })],
      ['catalogue-refusals', await action('refusals')],
      ['catalogue-copy', await action('copy', inside('copy'))],
      ['catalogue-export', await answer('catalogue', ['export', inside('export')], { format: 'csv' })],
      ['catalogue-import', await action('import', inside('export'))],
      ['catalogue-verify', verified],
    ];
    expect(found.flatMap(([table, value]) => differences(value, table, tables))).toEqual([]);
    for (const name of Object.keys(catalogueFlags).filter((one) => one !== 'show'))
      expect(tables.has(`catalogue-${name}`)).toBe(true);
    for (const file of await readdir(inside('cleaned'))) expect(guide).toContain(`\n## ${file}\n`);
  });
});
