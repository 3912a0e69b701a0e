import { join } from 'node:path';
import { z } from 'zod';
import { openDataset } from '../dataset/open.js';
import { makePixelCache } from '../dataset/pixel-cache.js';
import { surveyDataset } from '../dataset/survey.js';
import { writeAtomically } from '../formats/atomic.js';
import { messierHome } from '../formats/home.js';
import type { DataReport } from '../report/types.js';
import { defaultStretch } from '../sky/stretch.js';
import { defineCommand } from './command.js';
import { columnOptions } from './data-options.js';
import { columns } from './figures.js';
import { prepareFile } from './prepare-file.js';

/** Side of the pictures that are looked at. */
const side = 96;

export const command = defineCommand({
  summary: 'Look at a data set: classes, sample pictures, sizes, brightness and colour, near-duplicates, unreadable files.',
  arguments: { '<data>': 'folder with one sub-folder a class, CSV, .h5 or .npz' },
  options: z.strictObject({
    out: z.string().min(1).default('explore.html').describe('the page').meta({ value: 'FILE.html' }),
    ...columnOptions,
  }),
  examples: [
    ['messier explore pictures/', 'writes explore.html'],
    ['messier explore labels.csv --json | jq .classes', 'counts for a program'],
  ],
  async run([data = ''], { out, ...options }, { signal, progress }) {
    await prepareFile(out);
    const dataset = await openDataset(data, { stretch: defaultStretch, ...options });
    try {
      const folder = join(messierHome(), 'pixels');
      const cache = await makePixelCache(dataset, { side, channels: 3, stretch: defaultStretch, folder, signal, progress });
      const report = await surveyDataset(dataset, cache, { signal, progress });
      const { dataReportPage } = await import('../report/index.js');
      await writeAtomically(out, dataReportPage(report));
      const { samples: _samples, ...figures } = report;
      return { data: { ...figures, report: out }, text: `${text(report)}\n\nPage  ${out}` };
    } finally {
      await dataset.close();
    }
  },
});

function text({ items, classes, sizes, duplicates, skipped }: DataReport): string {
  const counts = Object.entries(classes).sort(([, a], [, b]) => b - a);
  const table = columns([
    ['class', 'pictures'],
    ...counts.map(([label, count]) => [label === '' ? '(no label)' : label, String(count)]),
  ]);
  const [usual] = sizes;
  const rest = [
    `${items} pictures${usual ? `, most often ${usual.width} x ${usual.height} pixels` : ''}`,
    `${duplicates.length} groups of duplicates or near-duplicates`,
    `${skipped.length} skipped${skipped.length > 0 ? `: ${[...new Set(skipped.map(({ code }) => code))].join(', ')}` : ''}`,
  ];
  return `${table}\n\n${rest.join('\n')}`;
}
