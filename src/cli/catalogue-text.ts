/** What the tables of `messier catalogue` share. */
import { shorten } from '../report/format.js';
import type { ActionName } from './catalogue-options.js';
import { UsageError } from './command.js';
import { columns } from './figures.js';

/** Longest title and reason in a table, in characters. */
const longestTitle = 60;

/** One line, without what would steer the terminal: texts come from outside. */
const plain = (text: string): string => text.replace(/[\p{Cc}\p{Cf}\s]+/gu, ' ');

/** For a table. */
export const short = (text: string): string => shorten(plain(text), longestTitle);

/** A table of texts: every column begins at its left. */
export const texts = (rows: readonly (readonly string[])[]): string =>
  columns(
    rows.map((row) => row.map(plain)),
    [...(rows[0] ?? []).keys()],
  );

export function refuseWhat(action: ActionName, what: string | undefined): void {
  if (what !== undefined) throw new UsageError(`"catalogue ${action}" takes nothing more; "${what}" received.`);
}
