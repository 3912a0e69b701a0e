import { MessierError } from '../core/errors.js';
import { treeLayout } from './layout.js';
import type { VoteTree } from './tree.js';

/** Digits after the point; a millionth is far below any error of a share. */
const decimals = 6;

/**
 * Shares as the Kaggle challenge takes them: a header of the tree's `idColumn` and its columns (`GalaxyID,Class1.1,...,Class11.6`), then one row a galaxy
 * with 6 decimals; lines end in `\n`. Ids with separators, spaces or quotes stand in quotes.
 *
 * @param ids Names of the N objects, as in `VoteTable.objects`.
 * @param shares (N, K) of all volunteers.
 * @throws MessierError `votes/submission` where numbers don't fit, a share is outside [0, 1], or an id is empty or stands twice.
 *
 * @example
 * await writeFile('submission.csv', encodeSubmission(tree, votes.objects, shares));
 */
export function encodeSubmission(tree: VoteTree, ids: readonly string[], shares: ArrayLike<number>): string {
  const { columns } = treeLayout(tree);
  const width = columns.length;
  if (shares.length !== ids.length * width) {
    throw refused(`${ids.length} rows of ${width} shares expected, ${shares.length} numbers received`);
  }
  const seen = new Set<string>();
  const lines = ids.map((id, row) => {
    if (id === '') throw refused('an id for each row expected, an empty one received');
    if (seen.has(id)) throw refused(`each object once expected, "${id}" is there twice`);
    seen.add(id);
    const own = columns.map((name, column) => {
      const share = shares[row * width + column] ?? NaN;
      // Rounding may leave a share a little outside.
      if (!(share >= -1e-6 && share <= 1 + 1e-6))
        throw refused(`"${id}", ${name}: a share in [0, 1] expected, ${share} received`);
      return String(Math.abs(Number(share.toFixed(decimals))));
    });
    return [quoted(id), ...own].join(',');
  });
  return [[tree.idColumn, ...columns].join(','), ...lines, ''].join('\n');
}

const quoted = (id: string): string => (/[\s,;"]/.test(id) ? `"${id.replaceAll('"', '""')}"` : id);

function refused(problem: string): MessierError {
  return new MessierError('votes/submission', `A submission can't be written: ${problem}. Pass one row of shares for each id.`);
}
