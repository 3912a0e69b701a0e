import type { Skipped } from '../dataset/types.js';
import type { Suspect } from './types.js';

/** Decisions and rules left these out, not a fault of the picture. */
const chosen = new Set(['review/dropped', 'label/missing']);

/** What a dataset could not read: as suspicious as can be. */
export function leftUnread(skipped: readonly Skipped[]): Suspect[] {
  return skipped.flatMap(({ id, code, reason }): Suspect[] =>
    chosen.has(code)
      ? []
      : [{ file: id, score: 1, reasons: [{ kind: 'unreadable', text: reason }], class: undefined, suggested: undefined }],
  );
}
