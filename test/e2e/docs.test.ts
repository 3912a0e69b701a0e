/** Documentation against the program: docs/json.md (of the catalogue in docs-catalogue.test.ts), docs/recipes.md, command lines of guides. */
import { cp, readdir, readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { afterAll, beforeAll, describe, expect, it, vi } from 'vitest';
import { isCatalogueLocation, parseLocation } from '../../src/catalogue/location.js';
import { catalogueFlags } from '../../src/cli/catalogue-options.js';
import { sourceKinds } from '../../src/collect/sources/registry.js';
import { loadModel } from '../../src/formats/model-file.js';
import { decodeSafetensors } from '../../src/formats/safetensors.js';
import { parseRecipe } from '../../src/recipes/parse.js';
import { recipeJsonSchema } from '../../src/recipes/schema.js';
import { projectFile } from '../support/child.js';
import { answerOf, loadCommands } from '../support/command-answers.js';
import { blockLines, inlineLines, mistakesIn, program, wordsOf } from '../support/command-lines.js';
import { differences, readTables } from '../support/json-tables.js';
import { workFolder } from '../support/messier.js';

const text = (file: string) => readFile(fileURLToPath(projectFile(file)), 'utf8');
const guides = new Map<string, string>();
for (const file of ['README.md', 'docs/data.md', 'docs/json.md', 'docs/recipes.md']) guides.set(file, await text(file));
const tables = readTables(guides.get('docs/json.md') ?? '');

const { path, messier } = workFolder();
const inside = (...parts: string[]) => join(path(), ...parts);

const commands = await loadCommands();

async function answer(name: string, args: readonly string[], options: Readonly<Record<string, unknown>> = {}): Promise<unknown> {
  const command = commands.get(name);
  if (!command) throw new Error(`There is no command "${name}".`);
  return answerOf(command, args, options);
}

describe('docs/json.md', () => {
  const model = () => inside('demo', 'model.onnx');
  const sky = () => inside('demo', 'sky');
  let demo: unknown;

  beforeAll(async () => {
    vi.stubEnv('MESSIER_HOME', inside('home'));
    vi.stubEnv('DATABASE_URL', '');
    vi.stubEnv('MESSIER_BLOBS', '');
    demo = await answer('demo', [], { pictures: 20, out: inside('demo') });
    await cp(join(sky(), 'ring'), inside('few', 'ring'), { recursive: true });
    await cp(join(sky(), 'ring', '0000.png'), inside('few', 'spiral', 'same.png'), { recursive: true });
    await writeFile(inside('few', 'ring', 'broken.jpg'), 'no picture');
  });

  afterAll(() => {
    vi.unstubAllEnvs();
  });

  it('has the keys of every command', async () => {
    const recipe = inside('small.yaml');
    await writeFile(recipe, 'name: small\npixels: { size: 24 }\nmodel: { name: four-galaxies }\ntraining: { epochs: 1 }\n');
    const few = { data: inside('few'), samples: 100 };
    const train = await answer('train', [recipe], { data: sky(), out: inside('small') });
    const evaluate = await answer('evaluate', [model()], few);
    const explore = await answer('explore', [inside('few')], { out: inside('few.html') });
    const predict = await answer('predict', [model(), inside('few')]);
    const compare = await answer('compare', [model(), inside('small', 'model.onnx')], { data: inside('few') });
    const doctor = await answer('doctor', [], { quick: true });
    expect(explore).toMatchObject({ duplicates: [[{}, {}]], skipped: [{}] });
    const all = { demo, train, evaluation: evaluate, explore, predict, compare, doctor };
    const found = Object.entries(all).flatMap(([table, value]) => differences(value, table, tables));
    expect(found).toEqual([]);
  });

  it('has the keys of texts, votes and folds', async () => {
    const kinds = (await readdir(sky())).sort();
    const files = (await Promise.all(kinds.map((kind) => readdir(inside('demo', 'sky', kind))))).flatMap((names, at) =>
      names.map((name) => ({ kind: kinds[at] ?? '', name })),
    );
    // Texts of the same words would stay on one side of the split.
    const words = (at: number) => Array.from({ length: 20 }, (_, place) => `word${at}x${place}`).join(' ');
    const row = ({ kind, name }: { kind: string; name: string }, at: number) =>
      `demo/sky/${kind}/${name},${kind} ${words(at)},${kind},${(at % 7) + 1},${9 - (at % 7)}`;
    await writeFile(inside('all.csv'), ['file,text,label,round_yes,round_no', ...files.map(row)].join('\n'));
    const answers = ['yes', 'no'].map((key) => `{ key: '${key}', text: '${key}' }`).join(', ');
    const question = `{ key: round, text: 'Is it round?', answers: [${answers}] }`;
    await writeFile(inside('tree.yaml'), `name: round\ntitle: Round\nsource: test\nquestions: [${question}]\n`);
    const small =
      'pixels: { size: 24 }\nmodel: { name: four-galaxies }\ntraining: { epochs: 1 }\nevaluation: { bootstrap: 100 }\n';
    await writeFile(
      inside('votes.yaml'),
      `name: votes\ntask: votes\nvotes: { tree: '${inside('tree.yaml')}', head: dirichlet }\n${small}`,
    );
    await writeFile(inside('texts.yaml'), `name: texts\ninputs: text\n${small}`);
    const data = inside('all.csv');
    const run = (name: string, more = {}) => answer('train', [inside(`${name}.yaml`)], { data, out: inside(name), ...more });
    const [votes, texts] = [await run('votes'), await run('texts', { folds: 2 })];
    const judged = await answer('evaluate', [inside('votes')], { data });
    const voted = await answer('predict', [inside('votes', 'model.onnx'), join(sky(), 'ring', '0000.png')]);
    const read = await answer('predict', [inside('texts', 'fold-1', 'model.onnx')], { text: 'a ring' });
    const json = async (...file: string[]): Promise<unknown> => JSON.parse(await readFile(inside(...file), 'utf8'));
    const cards = [inside('votes', 'model.onnx'), inside('texts', 'fold-1', 'model.onnx')].map((file): unknown =>
      JSON.parse(loadModel(file).metadata['messier.model'] ?? ''),
    );
    const lines = await Promise.all([
      readFile(inside('votes', 'metrics.jsonl'), 'utf8'),
      readFile(inside('texts', 'fold-1', 'metrics.jsonl'), 'utf8'),
    ]);
    const all: [string, unknown][] = [
      ['train', votes],
      ['train---folds', texts],
      ['train---folds', await json('texts', 'cross-validation.json')],
      ['votes', judged],
      ['predict', voted],
      ['predict', read],
      ['inputsjson', await json('texts', 'fold-1', 'inputs.json')],
      ...cards.map((card): [string, unknown] => ['model-card', card]),
      ...lines.map((line): [string, unknown] => ['metricsjsonl', JSON.parse(line)]),
    ];
    expect(all.flatMap(([table, value]) => differences(value, table, tables))).toEqual([]);
    const written = new Set([...(await readdir(inside('votes'))), ...(await readdir(inside('texts', 'fold-1')))]);
    for (const file of written) expect(guides.get('docs/json.md')).toContain(`\n## ${file}\n`);
  });

  it('has the keys of recipes and errors', async () => {
    const list = await answer('recipes', []);
    const one = await answer('recipes', ['four-galaxies']);
    const schema = await answer('recipes', [], { schema: true });
    const networks = await answer('models', []);
    const network = await answer('models', ['resnet50']);
    const printed = await Promise.all([
      messier('evaluate', 'absent.onnx', '--data', '.', '--json'),
      messier('train', 'simulated-sky', '--json'),
    ]);
    const [failed, wrong] = printed.map(({ stdout }): unknown => JSON.parse(stdout));
    const all = { recipes: list, 'recipes-name': one, 'recipes---schema': schema, models: networks, network };
    const found = Object.entries(all).flatMap(([table, value]) => differences(value, table, tables));
    expect([...found, ...differences(failed, 'error', tables), ...differences(wrong, 'error', tables)]).toEqual([]);
    expect(wrong).toMatchObject({ error: { code: 'usage' } });
  });

  it('has the keys of the files of a run', async () => {
    const json = async (file: string) => JSON.parse(await readFile(inside('demo', file), 'utf8')) as Record<string, unknown>;
    const { judged, ...evaluation } = await json('evaluation.json');
    expect(judged).toBe('test');
    const lines = (await readFile(inside('demo', 'metrics.jsonl'), 'utf8')).trim().split('\n');
    const { graph, metadata } = loadModel(model());
    const card: unknown = JSON.parse(metadata['messier.model'] ?? '');
    expect([
      ...differences(evaluation, 'evaluation', tables),
      ...differences(await json('manifest.json'), 'manifestjson', tables),
      ...differences(await json('split.json'), 'splitjson', tables),
      ...lines.flatMap((line) => differences(JSON.parse(line), 'metricsjsonl', tables)),
      ...differences(card, 'model-card', tables),
    ]).toEqual([]);
    expect(Object.keys(metadata).sort()).toEqual(['messier.classes', 'messier.model']);
    expect(graph.inputs.map(({ name }) => name)).toEqual(['image']);
    expect(graph.outputs.map(({ name }) => name)).toEqual(['logits', 'probabilities']);
    const [checkpoint = ''] = await readdir(inside('demo', 'checkpoints'));
    const { metadata: state } = decodeSafetensors(await readFile(inside('demo', 'checkpoints', checkpoint)));
    expect(Object.keys(state).sort()).toEqual(['crc32', 'format', 'state', 'version']);
    const files = (await readdir(inside('demo'))).filter((file) => !['sky', 'unseen'].includes(file));
    for (const file of files) expect(guides.get('docs/json.md')).toContain(`\n## ${file}\n`);
  });

  it('notices what is missing on either side', () => {
    const error = { code: 'file/absent', message: 'There is no such file.' };
    expect(differences({ error }, 'error', tables)).toEqual([]);
    expect(differences({ error: { ...error, hint: '' } }, 'error', tables)).toEqual(['error.error.hint is not documented']);
    expect(differences({ error: { code: 1 } }, 'error', tables)).toEqual([
      'error.error.code is no text',
      'error.error.message is documented and absent',
    ]);
  });
});

interface Described {
  readonly properties?: Readonly<Record<string, Described>>;
  readonly default?: unknown;
  readonly enum?: readonly string[];
}

/** Keys of a JSON Schema that hold values, with what it says of them. */
function leaves({ properties = {} }: Described, prefix = ''): (readonly [string, Described])[] {
  return Object.entries(properties).flatMap(([key, inner]) =>
    inner.properties ? leaves(inner, `${prefix}${key}.`) : [[`${prefix}${key}`, inner] as const],
  );
}

describe('docs/recipes.md', () => {
  const guide = guides.get('docs/recipes.md') ?? '';

  it('has every key of the schema with its default and its choices', () => {
    const rows = [...guide.matchAll(/^\| `([\w.]+)` *\| (.*?) *\| (.*?) *\|$/gm)].map(
      ([, key = '', value = '', meaning = '']) => {
        return [key, { value, meaning }] as const;
      },
    );
    const keys = leaves(recipeJsonSchema());
    expect(rows.map(([key]) => key)).toEqual(keys.map(([key]) => key));
    const table = new Map(rows);
    for (const [key, said] of keys) {
      const fallback: unknown =
        said.default === undefined || said.default === '' ? expect.not.stringContaining('`') : shown(said.default);
      expect([key, table.get(key)?.value]).toEqual([key, fallback]);
      for (const choice of said.enum ?? []) expect(table.get(key)?.meaning).toContain(`\`${choice}\``);
    }
  });

  it('shows recipes that are valid', () => {
    const examples = [...guide.matchAll(/^```yaml\n([^]*?)^```/gm)].map(([, yaml = '']) => yaml);
    expect(examples.length).toBeGreaterThanOrEqual(2);
    for (const yaml of examples) {
      const whole = /^name:/m.test(yaml) ? yaml : `name: part\n${yaml}`;
      expect(() => parseRecipe(whole, 'docs/recipes.md')).not.toThrow();
    }
  });
});

const shown = (value: unknown): string => `\`${typeof value === 'string' ? value : JSON.stringify(value)}\``;

describe('command lines', () => {
  it.each([...guides])('of %s name commands and flags that exist', (_, guide) => {
    const lines = blockLines(guide);
    expect(lines).not.toEqual([]);
    const whole = lines.flatMap((line) => mistakesIn(line, commands, true));
    expect([...whole, ...inlineLines(guide).flatMap((line) => mistakesIn(line, commands, false))]).toEqual([]);
  });

  it('of guides and help name actions, sources and locations that exist', () => {
    const helped = [...commands.values()].flatMap(({ examples }) => examples.map(([line]) => program(line)));
    const lines = [...[...guides.values()].flatMap((guide) => [...blockLines(guide), ...inlineLines(guide)]), ...helped];
    const split = lines.map(wordsOf);
    const named = (name: string) =>
      split.flatMap(([, own, what]) => (own === name && what !== undefined && /^[a-z]+$/.test(what) ? [what] : []));
    expect(Object.keys(catalogueFlags)).toEqual(expect.arrayContaining(named('catalogue')));
    expect(named('collect').filter((one) => !(one in sourceKinds))).toEqual([]);
    const block = [...(guides.get('docs/data.md') ?? '').matchAll(/^(catalogue:.*?)(?: {2,}|$)/gm)].map(
      ([, location = '']) => location,
    );
    expect(block.length).toBeGreaterThan(3);
    for (const location of [...block, ...split.flat().filter(isCatalogueLocation)])
      expect(() => parseLocation(location)).not.toThrow();
  });

  it('of the help name commands and flags that exist', () => {
    expect(commands.size).toBe(16);
    const lines = [...commands.values()].flatMap(({ examples }) => examples.map(([line]) => program(line)));
    expect(lines.flatMap((line) => mistakesIn(line, commands, true))).toEqual([]);
  });

  it('are told what is wrong with them', () => {
    const mistakes = (line: string) => mistakesIn(line, commands, true);
    expect(mistakes('messier trian galaxy-shapes')).toEqual(['messier trian galaxy-shapes: no command "trian"']);
    expect(mistakes('messier train --date x')).toEqual([
      'messier train --date x: no flag --date',
      'messier train --date x: --data is needed',
    ]);
    expect(mistakes('messier clean x --drop a b --relabel "a b=c"')).toEqual([]);
    expect(mistakes('messier collect nasa a b')).toEqual(['messier collect nasa a b: 3 arguments']);
    expect(mistakes('messier explore --out')).toEqual([
      'messier explore --out: --out without a value',
      'messier explore --out: 0 arguments',
    ]);
  });
});
