import { join } from 'node:path';
import { z } from 'zod';
import { findWeights } from '../collect/find-weights.js';
import { openDataset } from '../dataset/open.js';
import { writeAtomically } from '../formats/atomic.js';
import { messierHome } from '../formats/home.js';
import { exploreDataset } from '../recipes/explore.js';
import type { DataReport } from '../report/types.js';
import { defaultStretch } from '../sky/stretch.js';
import { defineCommand } from './command.js';
import { columnOptions } from './data-options.js';
import { columns } from './figures.js';
import { prepareFile } from './prepare-file.js';

export const command = defineCommand({
  summary: 'Look at a data set: classes, samples, sizes, colours, sources over time, duplicates, unreadable files, and a map.',
  arguments: { '<data>': 'folder with one sub-folder a class, CSV, .h5, .npz, or catalogue:NAME?class=...' },
  options: z.strictObject({
    out: z.string().min(1).default('explore.html').describe('the page').meta({ value: 'FILE.html' }),
    weights: z
      .string()
      .min(1)
      .optional()
      .describe(
        'of the network that describes pictures for the map: a file, or an architecture, whose published weights are fetched',
      )
      .meta({ value: 'FILE.onnx|FILE.safetensors|NAME' }),
    ...columnOptions,
  }),
  details:
    'Without --weights the map takes those that are here: the file in MESSIER_WEIGHTS, the first in MESSIER_HOME/weights or in ' +
    'MESSIER_SHARED_DATA/weights; without any, measures of colour and texture.',
  examples: [
    ['messier explore pictures/', 'writes explore.html'],
    ['messier explore pictures/ --weights mobilenet-v3-large', 'fetches a network for the map, once'],
    ['messier explore "catalogue:?class=comet,star" --out rare.html', 'part of the catalogue'],
    ['messier explore labels.csv --json | jq .classes', 'counts for a program'],
  ],
  async run([data = ''], { out, weights: asked, ...options }, { signal, progress, log }) {
    await prepareFile(out);
    const folder = messierHome();
    const weights = await findWeights(asked, { folder: join(folder, 'weights'), signal, progress });
    if (!weights) {
      log(
        'No pretrained weights here: the map is made of measures of colour and texture. Fetch some once: --weights mobilenet-v3-large',
      );
    }
    const dataset = await openDataset(data, { stretch: defaultStretch, ...options });
    try {
      const report = await exploreDataset(dataset, { folder, weights, signal, progress });
      const { dataReportFigures, dataReportPage } = await import('../report/index.js');
      await writeAtomically(out, dataReportPage(report));
      return { data: { ...dataReportFigures(report), report: out }, text: `${text(report)}\n\nPage  ${out}` };
    } finally {
      await dataset.close();
    }
  },
});

/** Labels listed in the terminal. */
const mostLabels = 40;

/** Longest label in the terminal, in characters. */
const longest = 60;

/** Without what would steer the terminal. */
const shown = (label: string): string => {
  const plain = label.replaceAll(/\p{C}/gu, '\uFFFD');
  return plain.length > longest ? `${plain.slice(0, longest - 1)}…` : plain;
};

const counted = (number: number, noun: string): string => `${number} ${noun}${number === 1 ? '' : 's'}`;

function text({ items, classes, sizes, duplicates, skipped, map }: DataReport): string {
  const counts = Object.entries(classes).sort(([, a], [, b]) => b - a);
  const table = columns([
    ['class', 'pictures'],
    ...counts.slice(0, mostLabels).map(([label, count]) => [label === '' ? '(no label)' : shown(label), String(count)]),
    ...(counts.length > mostLabels ? [[`... and ${counts.length - mostLabels} more`, '']] : []),
  ]);
  const [usual] = sizes;
  const rest = [
    `${counted(items, 'picture')}${usual ? `, most often ${usual.width} x ${usual.height} pixels` : ''}`,
    `${counted(duplicates.length, 'group')} of duplicates or near-duplicates`,
    `${skipped.length} skipped${skipped.length > 0 ? `: ${[...new Set(skipped.map(({ code }) => code))].join(', ')}` : ''}`,
    ...(map
      ? [
          `map of ${map.points} pictures by ${map.network ?? 'colour and texture'}, trustworthiness ${map.trustworthiness.toFixed(3)}`,
        ]
      : []),
    ...(map?.knnAccuracy === undefined
      ? []
      : [`${(100 * map.knnAccuracy).toFixed(1)} % have the label of most of their neighbours`]),
  ];
  return `${table}\n\n${rest.join('\n')}`;
}
