import { z } from 'zod';
import { collectApod } from '../collect/apod.js';
import { defineCommand } from './command.js';

export const command = defineCommand({
  summary: 'Collect the pictures of a table of Astronomy Pictures of the Day.',
  arguments: { '<table>': 'CSV with the columns explanation and url or media_URL; date, title and others where it has them' },
  options: z.strictObject({
    out: z.string().min(1).describe('folder for apod.csv and images/').meta({ value: 'DIR' }),
    images: z
      .string()
      .min(1)
      .optional()
      .describe('take pictures from this folder, by date or file name; fetch nothing')
      .meta({ value: 'DIR' }),
    limit: z.coerce.number().int().min(1).optional().describe('entries of the table at most').meta({ value: 'N' }),
    rate: z.coerce.number().gt(0).max(100).default(2).describe('pictures asked for in a second at most').meta({ value: 'N' }),
    allowPrivate: z.boolean().default(false).describe('fetch from this machine and from private networks too'),
  }),
  details:
    'Videos, dead links and what turns out to be no picture are skipped and counted. Pictures that are there already are kept: after Ctrl-C or a\npower cut, the same command goes on. Rights differ from picture to picture: see the column copyright.',
  examples: [
    ['messier fetch apod.csv --out data/apod', 'fetch the pictures, two in a second'],
    ['messier fetch apod.csv --out data/apod --images pictures/', 'copy those that are on disk'],
  ],
  async run([table = ''], { out, images, limit, rate, allowPrivate }, { signal, progress }) {
    const result = await collectApod(table, { folder: out, images, limit, rate, allowPrivate, signal, progress });
    const counts: Record<string, number> = {};
    for (const { code } of result.skipped) counts[code] = (counts[code] ?? 0) + 1;
    const skipped = Object.entries(counts).map(([code, count]) => `  ${count} ${code}`);
    const lines = [`${result.location}: ${result.pictures} pictures, ${result.added} of them new`];
    if (skipped.length > 0) lines.push(`${result.skipped.length} rows skipped:`, ...skipped);
    lines.push('', `Look at them  messier explore ${result.location}`);
    return { data: { ...result, counts }, text: lines.join('\n') };
  },
});
