import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, it, vi } from 'vitest';
import { newItem, newLabel } from '../../test/support/catalogue-items.js';
import { answerOf } from '../../test/support/command-answers.js';
import { openCatalogue } from '../catalogue/open.js';
import { command } from './catalogue.js';

let home = '';
beforeEach(async () => {
  home = await mkdtemp(join(tmpdir(), 'messier-catalogue-'));
  vi.stubEnv('MESSIER_HOME', home);
  vi.stubEnv('DATABASE_URL', '');
  vi.stubEnv('MESSIER_BLOBS', '');
});
afterEach(async () => {
  vi.unstubAllEnvs();
  await rm(home, { recursive: true });
});

const mistake = async (args: readonly string[], options = {}): Promise<unknown> =>
  answerOf(command, args, options).then(
    (data) => ({ data }),
    (error: unknown) => error,
  );

it('refuses flags of another action, and unknown items, fields and datasets', async () => {
  const usage = { name: 'UsageError' };
  expect(await mistake(['show'], { quick: true })).toMatchObject({
    ...usage,
    message: expect.stringContaining('--quick') as string,
  });
  expect(await mistake(['show', 'three'])).toMatchObject(usage);
  expect(await mistake(['toString'])).toMatchObject(usage);
  expect(await mistake(['item'])).toMatchObject(usage);
  expect(await mistake(['dataset', 'new'])).toMatchObject(usage);
  expect(await mistake(['dataset', 'new'], { from: 'catalogue:', remove: true })).toMatchObject(usage);
  expect(await mistake(['dataset', 'new'], { from: 'catalogue:four' })).toMatchObject({ code: 'catalogue/dataset' });
  expect(await mistake(['dataset', 'new'], { remove: true })).toMatchObject({ code: 'catalogue/dataset' });
  expect(await mistake(['export', join(home, 'none')], { from: 'catalogue:four' })).toMatchObject({ code: 'catalogue/dataset' });
  expect(await mistake(['list', 'catalogue:?klass=a'])).toMatchObject({ code: 'catalogue/location' });
  for (const id of ['4711', '0', '-1', '1e3', '9'.repeat(30), 'f'.repeat(64), '\0']) {
    expect(await mistake(['item', id])).toMatchObject({ code: 'catalogue/item-absent' });
  }
});

it('prints what others wrote on one line, without what would steer a terminal', async () => {
  const catalogue = await openCatalogue();
  const strange = 'a\x1b[2J\nb\u202e<b>';
  await catalogue.add([newItem('one', { source: strange, title: strange, labels: [newLabel(strange)] })]);
  await catalogue.refuse([{ source: strange, sourceId: strange, code: 'picture/format', reason: strange }]);
  await catalogue.addToDataset(strange, {}, strange);
  const run = { id: 'r', data: strange, split: undefined, folder: strange, recipe: strange, figures: { accuracy: 0.5 } };
  for (let number = 0; number < 12; number++) await catalogue.recordRun({ ...run, id: `r${number}` });
  await catalogue.close();
  const context = { progress: () => undefined, log: () => undefined, signal: new AbortController().signal };
  const text = async (...args: string[]) => (await command.run(args, command.options.parse({}), context)).text;
  const shown = await Promise.all([text(), text('list'), text('item', '1'), text('refusals')]);
  for (const one of shown) {
    expect(one).toContain('a [2J b <b>');
    expect(one.replaceAll('\n', '')).not.toMatch(/[\p{Cc}\p{Cf}]/u);
  }
  expect(shown[0]).toContain('1 item, 1 dataset, 12 runs, 0 models');
  expect(shown[0]).toContain('and 2 more');
});
