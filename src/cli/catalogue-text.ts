/** What the tables of `messier catalogue` share. */
import { shorten } from '../report/format.js';
import type { ActionName } from './catalogue-options.js';
import { UsageError } from './command.js';
import { columns } from './figures.js';

/** Longest title and reason in a table, in characters. */
const longestTitle = 60;

/** For a table: one line, no control characters. */
export const short = (text: string): string => shorten(text.replace(/[\p{Cc}\p{Cf}\s]+/gu, ' '), longestTitle);

/** A table of texts: every column begins at its left. */
export const texts = (rows: readonly (readonly string[])[]): string => columns(rows, [...(rows[0] ?? []).keys()]);

export function refuseWhat(action: ActionName, what: string | undefined): void {
  if (what !== undefined) throw new UsageError(`"catalogue ${action}" takes nothing more; "${what}" received.`);
}
