import type { Skipped } from '../dataset/types.js';
import { count } from './format.js';
import { markup, type Markup } from './html.js';
import { andMore, table } from './table.js';

/** Longest list of left-out items. */
export const skippedLimit = 200;

/** How many items were left out for each reason, and which. Counts default to those of the list. */
export function skippedTables(items: readonly Skipped[], reasons?: Readonly<Record<string, number>>): Markup | undefined {
  const counts = Object.entries(reasons ?? tally(items)).sort(([, a], [, b]) => b - a);
  if (counts.length === 0 && items.length === 0) return undefined;
  return markup`${table({
    caption: 'Reasons',
    columns: ['code', 'items'],
    rows: counts.map(([code, number]) => [code, count(number)]),
  })}${
    items.length === 0
      ? undefined
      : table({
          caption: 'Items',
          columns: ['item', 'reason'],
          words: [1],
          rows: items.slice(0, skippedLimit).map(({ id, reason }) => [id, reason]),
        })
  }${andMore(items.length, skippedLimit)}`;
}

function tally(items: readonly Skipped[]): Readonly<Record<string, number>> {
  const counts = new Map<string, number>();
  for (const { code } of items) counts.set(code, (counts.get(code) ?? 0) + 1);
  return Object.fromEntries(counts);
}
