import { z } from 'zod';
import { openBlobs } from '../catalogue/open-blobs.js';
import { openCatalogue } from '../catalogue/open.js';
import { ThumbnailFolder } from '../catalogue/thumbnails.js';
import { collect } from '../collect/collect.js';
import { plainLine } from '../collect/collect-item.js';
import { createFetcher } from '../collect/http/fetcher.js';
import { sourceKinds, type SourceKind, type SourceSettings } from '../collect/sources/registry.js';
import type { Collected, Source } from '../collect/source.js';
import { counted, shellWord } from '../report/format.js';
import { defineCommand, kebab, UsageError, type CommandContext } from './command.js';

const positive = z.coerce.number().int().min(1);
const text = z.string().min(1).optional();

const options = z.strictObject({
  classes: text
    .describe('nasa: classes, each with its terms of search or as the table has them')
    .meta({ value: 'A,B=TERM|TERM' }),
  perClass: positive.optional().describe('items of each class, those that are there already included'),
  limit: positive.optional().describe('new items at most'),
  size: text
    .describe('nasa: thumb, small, medium, large, orig (default: medium); apod: standard, high (default: standard)')
    .meta({ value: 'SIZE' }),
  since: text.describe('nasa: from this year on; apod: from this day on').meta({ value: 'DATE' }),
  until: text.describe('nasa: up to this year; apod: up to this day').meta({ value: 'DATE' }),
  skyOnly: z
    .boolean()
    .optional()
    .describe(
      'nasa: refuse what by its words is no picture of the sky; else it comes last, where a class is not full without it',
    ),
  name: text
    .describe('urls, folder, archive: name of the source in the catalogue (default: that of the folder or file)')
    .meta({ value: 'NAME' }),
  dataset: text.describe('put what is collected into this dataset; --per-class counts its items then').meta({ value: 'NAME' }),
  rate: z.coerce
    .number()
    .gt(0)
    .max(100)
    .optional()
    .describe('requests that one server gets in a second at most (default: 2)')
    .meta({ value: 'N' }),
  budget: positive.optional().describe('requests at most, in all'),
  allowPrivate: z.boolean().optional().describe('urls: also fetch from this machine and private networks'),
  retryRefused: z.boolean().optional().describe('ask once more for what was refused before'),
  repair: z
    .boolean()
    .optional()
    .describe('read the stored files of known pictures, and fetch those again that are missing or damaged, in full classes too'),
});
type Flags = z.output<typeof options>;
type Kind = keyof typeof sourceKinds;

/** Classes listed in the terminal. */
const mostClasses = 40;

/** Flags that only some sources know. */
const ofSource = ['classes', 'size', 'since', 'until', 'skyOnly', 'name'] as const;
const ofNetwork = ['rate', 'budget'] as const;

export const command = defineCommand({
  summary: 'Collect pictures into the catalogue, from the network or from disk.',
  arguments: {
    '<source>': Object.entries(sourceKinds)
      .map(([name, { summary }]) => `${name}: ${summary}`)
      .join('\n'),
    '[from]': 'for urls, folder and archive: the file or folder',
  },
  options,
  details:
    'Every picture is decoded whole before it is taken in; what is none, is cut off or too large is refused and counted. What is there\n' +
    'already, or was refused before, is not asked for again: after Ctrl-C, a power cut or kill -9 the same command goes on.\n' +
    'Two folders of one name are one source: tell them apart by --name. MESSIER_NASA_API and MESSIER_APOD_API name other\n' +
    'addresses of these services, and NASA_API_KEY a key for APOD. Rights differ from picture to picture: see their licence.',
  examples: [
    ['messier collect nasa --classes asteroid,comet,galaxy,nebula,planet,star --per-class 1000', 'six classes in one command'],
    ['messier collect nasa --classes "star=star cluster|open cluster" --limit 50', 'terms of your own'],
    ['messier collect apod --since 2024-01-01 --dataset daily', 'every day since then, as a dataset'],
    ['messier collect urls list.csv --rate 1', 'addresses with their labels'],
    ['messier collect folder pictures/ --name survey', 'pictures on disk'],
    ['messier collect archive pictures.zip', 'pictures in an archive'],
    ['messier collect folder pictures/ --name survey --repair', 'bring back files that "messier catalogue verify" misses'],
  ],
  async run([name = '', from], flags, context) {
    const kind = checked(name, from, flags);
    const { rate, budget, allowPrivate, dataset } = flags;
    const named = [process.env['MESSIER_NASA_API'], process.env['MESSIER_APOD_API']].flatMap((mirror) => mirror || []);
    const fetcher = createFetcher({ rate, budget, allowPrivate, named });
    try {
      const source = await kind.open(fetcher, { ...settingsOf(flags), from });
      try {
        const result = await intoCatalogue(source, flags, context);
        return {
          data: { source: source.name, dataset: dataset ?? null, ...result },
          text: summary(source.name, dataset, result),
        };
      } finally {
        await source.close?.();
      }
    } finally {
      fetcher.close();
    }
  },
});

async function intoCatalogue(source: Source, flags: Flags, { signal, progress, log }: CommandContext): Promise<Collected> {
  const { perClass, limit, dataset, retryRefused, repair } = flags;
  const blobs = await openBlobs({ signal });
  const catalogue = await openCatalogue();
  try {
    if (retryRefused) await catalogue.forgetRefusals(source.name);
    const stores = { catalogue, blobs, thumbnails: new ThumbnailFolder() };
    return await collect(source, { ...stores, perClass, limit, dataset, repair, signal, progress, log });
  } finally {
    await catalogue.close();
  }
}

/** The source that is asked for; a flag or argument that it does not know is a mistake. */
function checked(name: string, from: string | undefined, flags: Flags): SourceKind {
  if (!isKind(name)) {
    throw new UsageError(
      `<source>: one of ${Object.keys(sourceKinds).join(', ')} expected, ${JSON.stringify(name.slice(0, 40))} received.`,
    );
  }
  const kind: SourceKind = sourceKinds[name];
  if (kind.from !== undefined && from === undefined) throw new UsageError(`[from]: ${kind.from} is needed for ${name}.`);
  if (kind.from === undefined && from !== undefined)
    throw new UsageError(`[from]: ${name} takes none, ${JSON.stringify(from)} received.`);
  const wrong = [
    ...ofSource.filter((flag) => flags[flag] !== undefined && !kind.knows.includes(flag)),
    ...ofNetwork.filter((flag) => flags[flag] !== undefined && !kind.isRemote),
    ...(flags.allowPrivate && name !== 'urls' ? (['allowPrivate'] as const) : []),
  ];
  if (wrong.length > 0) throw new UsageError(wrong.map((flag) => `--${kebab(flag)}: ${name} does not know it.`).join('\n'));
  const absent = kind.needs?.find((flag) => flags[flag] === undefined);
  if (absent !== undefined) throw new UsageError(`--${kebab(absent)} is needed for ${name}.`);
  return kind;
}

const isKind = (name: string): name is Kind => Object.hasOwn(sourceKinds, name);
const settingsOf = ({ classes, size, since, until, skyOnly, name }: Flags): SourceSettings => {
  return { classes, size, since, until, skyOnly, name };
};

function summary(source: string, dataset: string | undefined, result: Collected): string {
  const { added, known, repaired, duplicates, refusedBefore, refused, classes } = result;
  const found = [
    `${added} new`,
    ...(known > 0 ? [`${known} known`] : []),
    ...(duplicates > 0 ? [`${duplicates} with the same bytes as others that are there`] : []),
  ];
  const lines = [`${plainLine(source)}: ${found.join(', ')}`];
  const codes = Object.entries(refused).sort(([, a], [, b]) => b - a);
  if (repaired > 0) lines.push(`  ${repaired} of the known ones have their files again`);
  if (refusedBefore > 0) lines.push(`  ${refusedBefore} refused before (--retry-refused asks for them once more)`);
  for (const [code, count] of codes) lines.push(`  ${count} left out: ${code}`);
  const counts = Object.entries(classes).sort(([, a], [, b]) => b - a);
  const width = Math.max(0, ...counts.slice(0, mostClasses).map(([name]) => plainLine(name).length));
  if (counts.length > 0) lines.push(dataset === undefined ? 'Of this source there are' : `In ${plainLine(dataset)} there are`);
  for (const [name, count] of counts.slice(0, mostClasses))
    lines.push(`  ${(plainLine(name) || 'no class').padEnd(width)}  ${count}`);
  if (counts.length > mostClasses)
    lines.push(`  and ${counted(counts.length - mostClasses, 'more class', 'more classes')}; --json lists all`);
  const place =
    dataset === undefined ? `catalogue:?source=${encodeURIComponent(source)}` : `catalogue:${encodeURIComponent(dataset)}`;
  if (counts.length > 0) lines.push('', `Look at them  messier explore ${shellWord(place)}`);
  else if (duplicates > 0) lines.push('', 'Other sources brought them first: with --dataset NAME they get a name of their own.');
  return lines.join('\n');
}
