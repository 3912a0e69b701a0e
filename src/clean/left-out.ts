import type { Skipped } from '../dataset/types.js';
import type { Suspect } from './types.js';

/** Decisions, rules and rows that come again left these out, not a fault of the picture. */
const chosen = new Set(['review/dropped', 'label/missing', 'dataset/duplicate']);

/** What a dataset could not read: as suspicious as can be. */
export function leftUnread(skipped: readonly Skipped[]): Suspect[] {
  return skipped.flatMap(({ id, code, reason }): Suspect[] =>
    chosen.has(code)
      ? []
      : [{ file: id, score: 1, reasons: [{ kind: 'unreadable', text: reason }], class: undefined, suggested: undefined }],
  );
}

/** What tables say of files whose rows give several labels, by file. */
export function contradictions(skipped: readonly Skipped[]): ReadonlyMap<string, string> {
  const told = skipped.filter(({ code, reason }) => code === 'dataset/duplicate' && reason.includes('It says'));
  return new Map(told.map(({ id, reason }) => [id, reason]));
}
