import { count, counted, listed, percent, quoted, significant } from './format.js';
import { jsonBlock, markup, type Markup } from './html.js';
import { renderPage } from './page.js';
import { sampleGrid } from './pictures.js';
import { brightnessRows } from './plots/brightness.js';
import { meanColours } from './plots/colour.js';
import { labelCounts } from './plots/counts.js';
import { pictureSizes } from './plots/sizes.js';
import { skippedTables } from './skipped.js';
import { andMore, table } from './table.js';
import type { DataReport } from './types.js';

/** Longest list of groups of near-duplicates. */
export const duplicateLimit = 100;

/**
 * The page about a dataset: `messier explore`. One self-contained HTML file.
 * Throws `report/picture` where a sample is no `data:` URI of a bitmap.
 *
 * @example
 * await writeFile('explore.html', dataReportPage(report));
 */
export function dataReportPage(report: DataReport): string {
  const { samples, classes, ...figures } = report;
  return renderPage({
    title: report.name,
    description: report.location,
    opening: markup`${cards(report)}<ul class="says">${inWords(report).map((sentence) => markup`<li>${sentence}</li>\n`)}</ul>`,
    sections: [
      { id: 'classes', title: 'Labels', body: markup`<div class="together">${labelCounts(classes)}${countTable(classes)}</div>` },
      ...(samples.length === 0 ? [] : [{ id: 'samples', title: 'Samples', body: sampleGrid(samples, Object.keys(classes)) }]),
      { id: 'sizes', title: 'Sizes', body: pictureSizes(report.sizes) },
      {
        id: 'brightness',
        title: 'Brightness',
        lead: 'A label that can be told by brightness alone is learned by it: look for rows that do not overlap.',
        body: brightnessRows(report.brightness),
      },
      { id: 'colour', title: 'Colour', body: meanColours(report.colour) },
      { id: 'duplicates', title: 'Near-duplicates', body: duplicateTable(report.duplicates) },
      { id: 'skipped', title: 'Left out', body: skippedTables(report.skipped) ?? markup`<p>Nothing was left out.</p>` },
    ],
    data: jsonBlock('data-report', { classes, ...figures }),
  });
}

/** Most frequent label's pictures for one of the rarest; `undefined` with fewer than two labels. */
function imbalance(
  classes: DataReport['classes'],
): { readonly ratio: number; readonly most: string; readonly least: string } | undefined {
  const ordered = labelled(classes);
  const most = ordered[0];
  const least = ordered.at(-1);
  return most && least && ordered.length > 1 ? { ratio: most[1] / least[1], most: most[0], least: least[0] } : undefined;
}

/** Labels that have pictures, most frequent first. */
const labelled = (classes: DataReport['classes']): readonly (readonly [string, number])[] =>
  Object.entries(classes)
    .filter(([label, pictures]) => label !== '' && pictures > 0)
    .sort(([, a], [, b]) => b - a);

function cards({ items, classes, sizes, duplicates, skipped }: DataReport): Markup {
  const uneven = imbalance(classes);
  const sides = sizes.flatMap(({ width, height }) => [width, height]);
  const entries: readonly (readonly [name: string, value: string, beside: string])[] = [
    ['Pictures', count(items), `${count(skipped.length)} left out`],
    ['Labels', count(labelled(classes).length), `${count(classes[''] ?? 0)} pictures without a label`],
    [
      'Imbalance',
      uneven ? `${significant(uneven.ratio, 3)} : 1` : '–',
      uneven ? `${quoted(uneven.most)} to ${quoted(uneven.least)}` : 'needs two labels',
    ],
    [
      'Sizes',
      count(sizes.length),
      sides.length === 0 ? '–' : `sides of ${count(Math.min(...sides))} to ${count(Math.max(...sides))} pixels`,
    ],
    ['Near-duplicates', count(duplicates.length), duplicates.length === 1 ? 'group of pictures' : 'groups of pictures'],
  ];
  return markup`<ul class="cards">${entries.map(
    ([name, value, beside]) =>
      markup`<li><span class="name">${name}</span><span class="value">${value}</span><span class="beside">${beside}</span></li>\n`,
  )}</ul>`;
}

/** Fewer training pictures than this are hard to learn from, and to judge by. */
const few = 50;
/** The largest class at this many times the smallest is called uneven. */
const unevenRatio = 3;

function inWords({ items, classes, duplicates, skipped }: DataReport): readonly string[] {
  const uneven = imbalance(classes);
  const rare = labelled(classes).filter(([, pictures]) => pictures < few);
  const crossing = duplicates.filter((group) => new Set(group.map(({ label }) => label)).size > 1).length;
  const common = labelled(classes)[0];
  const total = labelled(classes).reduce((sum, [, pictures]) => sum + pictures, 0);
  return [
    ...(common && total > 0
      ? [
          `Always answering ${quoted(common[0])} would be right on ${percent(common[1] / total)} of the labelled pictures: a model must beat that.`,
        ]
      : []),
    ...(uneven && uneven.ratio >= unevenRatio
      ? [
          `For each picture of ${quoted(uneven.least)} there are ${significant(uneven.ratio, 2)} of ${quoted(uneven.most)}: judge by balanced accuracy too.`,
        ]
      : []),
    ...(rare.length > 0
      ? [
          `Fewer than ${few} pictures show ${listed(rare.map(([label, pictures]) => `${quoted(label)} (${count(pictures)})`))}: figures of ${rare.length === 1 ? 'that label' : 'those labels'} will be uncertain.`,
        ]
      : []),
    ...(crossing > 0
      ? [
          `${counted(crossing, 'group')} of near-duplicates ${crossing === 1 ? 'has' : 'have'} more than one label: at least one of them is wrong.`,
        ]
      : []),
    ...(skipped.length > 0
      ? [`${counted(skipped.length, 'item')} of ${count(items + skipped.length)} could not be used; the reasons are at the end.`]
      : []),
  ];
}

function countTable(classes: DataReport['classes']): Markup | undefined {
  const total = Object.values(classes).reduce((sum, pictures) => sum + pictures, 0);
  if (Object.keys(classes).length === 0) return undefined;
  return table({
    caption: 'Pictures by label',
    columns: ['label', 'pictures', 'share'],
    rows: Object.entries(classes)
      .sort(([, a], [, b]) => b - a)
      .map(([label, pictures]) => [
        label === '' ? '(no label)' : label,
        count(pictures),
        total > 0 ? percent(pictures / total) : '–',
      ]),
  });
}

function duplicateTable(duplicates: DataReport['duplicates']): Markup {
  if (duplicates.length === 0) return markup`<p>None were found.</p>`;
  return markup`${table({
    caption: 'Pictures that are the same or nearly',
    columns: ['group', 'pictures', 'labels'],
    words: [1, 2],
    rows: duplicates
      .slice(0, duplicateLimit)
      .map((group, at) => [
        count(at + 1),
        markup`${group.map(({ id }) => markup`<span class="id">${id}</span>`)}`,
        [...new Set(group.map(({ label }) => (label === undefined || label === '' ? '(no label)' : label)))].join(', '),
      ]),
  })}${andMore(duplicates.length, duplicateLimit)}`;
}
