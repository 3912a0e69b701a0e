/** Counts over the items of a dataset: their sizes, shapes and years. */
import { distributionOf } from './distribution.js';
import { compare } from './split-groups.js';
import type { DataReport, SizeCount, Timeline } from './survey-types.js';
import type { CachedItem } from './types.js';

/** Rows of the table of sizes. */
const mostSizes = 20;
/** Cells of widths and heights for each doubling. */
const cellsEach = 4;

type Size = Pick<CachedItem, 'width' | 'height'>;

/** Sizes by count, at most {@link mostSizes}: the rarest are counted with the nearest common size, by the ratio of the sides. */
export function sizesOf(items: readonly Size[]): Pick<DataReport, 'sizes' | 'sizeCount'> {
  const rows = tally(items, ({ width, height }) => ({ width, height }));
  const kept = rows.slice(0, mostSizes);
  for (const { width, height, count } of rows.slice(mostSizes)) {
    const distance = (row: Size) => Math.abs(Math.log(row.width / width)) + Math.abs(Math.log(row.height / height));
    kept.reduce((best, row) => (distance(row) < distance(best) ? row : best)).count += count;
  }
  return { sizes: kept.sort((a, b) => b.count - a.count), sizeCount: rows.length };
}

/** Pictures by the cell of their size: width and height rounded down to 2^(n / 4) pixels. */
export function sizeCellsOf(items: readonly Size[]): readonly SizeCount[] {
  // A side that is a power of the step itself must not fall below it by a rounding error.
  const down = (side: number) => 2 ** (Math.floor(cellsEach * Math.log2(side) + 1e-9) / cellsEach);
  return tally(items, ({ width, height }) => ({ width: down(width), height: down(height) }));
}

/** The most frequent first. */
function tally(items: readonly Size[], sizeOf: (item: Size) => Size): { width: number; height: number; count: number }[] {
  const counts = new Map<string, { width: number; height: number; count: number }>();
  for (const item of items) {
    const { width, height } = sizeOf(item);
    const row = counts.get(`${width} ${height}`);
    if (row) row.count++;
    else counts.set(`${width} ${height}`, { width, height, count: 1 });
  }
  return [...counts.values()].sort((a, b) => b.count - a.count || a.width - b.width || a.height - b.height);
}

export function sidesOf(items: readonly Size[]): DataReport['sides'] {
  if (items.length === 0) return undefined;
  return items.reduce(
    ({ shortest, longest }, { width, height }) => ({
      shortest: Math.min(shortest, width, height),
      longest: Math.max(longest, width, height),
    }),
    { shortest: Infinity, longest: 0 },
  );
}

/** Width over height. */
export function aspectOf(items: readonly Size[]): DataReport['aspect'] {
  return items.length === 0 ? undefined : distributionOf(items.map(({ width, height }) => width / height));
}

/** Pictures of each year and source, where any item has a date. The year is what a date begins with, four digits. */
export function timelineOf(items: readonly Pick<CachedItem, 'date' | 'source'>[]): Timeline | undefined {
  const counts = new Map<string, { year: number; source: string; count: number }>();
  let undated = 0;
  for (const { date, source = '' } of items) {
    const digits = /^\d{4}(?!\d)/.exec(date ?? '')?.[0];
    if (digits === undefined) {
      undated++;
      continue;
    }
    const row = counts.get(`${digits} ${source}`);
    if (row) row.count++;
    else counts.set(`${digits} ${source}`, { year: Number(digits), source, count: 1 });
  }
  if (counts.size === 0) return undefined;
  return { years: [...counts.values()].sort((a, b) => a.year - b.year || compare(a.source, b.source)), undated };
}
