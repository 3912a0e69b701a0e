import { count, percent } from './format.js';
import { jsonBlock, markup, type Markup } from './html.js';
import { duplicateGroups } from './duplicates.js';
import { dataCards, dataInWords } from './data-words.js';
import { embeddingMap, mapData } from './embedding-map.js';
import { mapScript } from './embedding-map-script.js';
import { renderPage, type Section } from './page.js';
import { sampleGrid } from './pictures.js';
import { brightnessRows } from './plots/brightness.js';
import { meanColours } from './plots/colour.js';
import { labelCounts } from './plots/counts.js';
import { pictureSizes } from './plots/sizes.js';
import { sourcesOverTime } from './plots/timeline.js';
import { skippedTables } from './skipped.js';
import { andMore, folded, table } from './table.js';
import type { DataReport } from './types.js';

/** What a page about a dataset says in figures: the report without its pictures. */
export type DataFigures = Omit<DataReport, 'samples' | 'copies' | 'map'> & {
  readonly map: Omit<NonNullable<DataReport['map']>, 'places' | 'sprite'> | undefined;
};

/** Labels whose brightness and colour are drawn, those with the most pictures. */
export const measuredLabels = 30;
/** Rows of the table of labels, and how many of them stand open beside the bars. */
const mostRows = 1000;
const openRows = 20;

export function dataReportFigures({ samples: _samples, copies: _copies, map, ...figures }: DataReport): DataFigures {
  if (!map) return { ...figures, map: undefined };
  const { places: _places, sprite: _sprite, ...rest } = map;
  return { ...figures, map: rest };
}

/**
 * The page about a dataset: `messier explore`. One self-contained HTML file.
 * Throws `report/picture` where a sample is no `data:` URI of a bitmap.
 *
 * @example
 * await writeFile('explore.html', dataReportPage(report));
 */
export function dataReportPage(report: DataReport): string {
  const { samples, copies, classes, timeline, map, duplicates } = report;
  const figures = jsonBlock('data-report', dataReportFigures(report));
  const measured = Object.entries(classes)
    .sort(([, a], [, b]) => b - a)
    .slice(0, measuredLabels)
    .map(([label]) => label);
  const some = <T>(values: Readonly<Record<string, T>>) =>
    Object.fromEntries(Object.entries(values).filter(([label]) => measured.includes(label)));
  const rest = andMore(Object.keys(report.brightness).length, measuredLabels);
  const sections: readonly (Section | undefined)[] = [
    { id: 'classes', title: 'Labels', body: labels(classes) },
    samples.length === 0 ? undefined : { id: 'samples', title: 'Samples', body: sampleGrid(samples, Object.keys(classes)) },
    map && { id: 'map', title: 'Map', body: embeddingMap(map, report.items) },
    { id: 'sizes', title: 'Sizes', body: pictureSizes(report) },
    {
      id: 'brightness',
      title: 'Brightness',
      lead: 'A label that can be told by brightness alone is learned by it: look for rows that do not overlap.',
      body: markup`${brightnessRows(some(report.brightness))}${rest}`,
    },
    { id: 'colour', title: 'Colour', body: markup`${meanColours(some(report.colour))}${rest}` },
    timeline && { id: 'time', title: 'Sources over time', body: sourcesOverTime(timeline) },
    { id: 'duplicates', title: 'Duplicates', body: duplicateGroups(duplicates, copies) },
    { id: 'skipped', title: 'Left out', body: skippedTables(report.skipped) ?? markup`<p>Nothing was left out.</p>` },
  ];
  return renderPage({
    title: report.name,
    description: report.location,
    opening: markup`${dataCards(report)}<ul class="says">${dataInWords(report).map((sentence) => markup`<li>${sentence}</li>\n`)}</ul>`,
    sections: sections.filter((section) => section !== undefined),
    data: map ? markup`${figures}\n${mapData(map)}` : figures,
    script: map && mapScript,
  });
}

function labels(classes: DataReport['classes']): Markup {
  const rows = countTable(classes);
  const isLong = Object.keys(classes).length > openRows;
  return markup`<div class="together">${labelCounts(classes)}${isLong ? undefined : rows}</div>${
    isLong && rows ? folded('Labels as a table', rows) : undefined
  }`;
}

function countTable(classes: DataReport['classes']): Markup | undefined {
  const total = Object.values(classes).reduce((sum, pictures) => sum + pictures, 0);
  if (Object.keys(classes).length === 0) return undefined;
  return table({
    caption: 'Pictures by label',
    columns: ['label', 'pictures', 'share'],
    rows: Object.entries(classes)
      .sort(([, a], [, b]) => b - a)
      .slice(0, mostRows)
      .map(([label, pictures]) => [
        label === '' ? '(no label)' : label,
        count(pictures),
        total > 0 ? percent(pictures / total) : '–',
      ]),
  });
}
