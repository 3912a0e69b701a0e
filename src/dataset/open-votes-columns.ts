import { MessierError } from '../core/errors.js';
import type { Table } from '../formats/csv.js';
import { sumGaps } from '../votes/shares.js';
import { treeLayout } from '../votes/layout.js';
import type { VoteTree, VoteValues } from '../votes/tree.js';

/** Where a tree's answers stand in a table. */
export interface VoteColumns {
  readonly values: VoteValues;
  /** Number of each answer's column; `undefined` for the one that takes the rest. */
  readonly answers: readonly (number | undefined)[];
  /** Number of each question's column of all its votes, where the table has them all. */
  readonly totals: readonly number[] | undefined;
}

/** What is put behind the names of columns, and what such columns hold; nothing is told by the name alone. */
const endings: readonly (readonly [string, VoteValues | undefined])[] = [
  ['', undefined],
  ['_count', 'counts'],
  ['_votes', 'counts'],
  ['_fraction', 'fractions'],
  ['_share', 'shares'],
];
const totalEndings = ['_total-votes', '_total_votes', '_total'];

/** Rows that are looked at to tell shares from fractions. */
const looked = 2000;
/** How far the sums of a row may miss. */
export const sumTolerance = 0.01;

/**
 * Finds the columns of a tree: under their names, or with `_count`, `_votes`, `_fraction` or `_share` behind, or with one of the tree's suffixes behind
 * the question's key. What columns without such an ending hold is told by the options or the tree, or found out: whole numbers above 1 are counts; else
 * shares or fractions, whose sums fit in more rows.
 *
 * @throws MessierError `votes/columns` where an answer has no column, `votes/values` where it can't be found out what the columns hold.
 */
export function findVoteColumns(table: Table, tree: VoteTree, told: VoteValues | undefined, path: string): VoteColumns {
  const { columns } = treeLayout(tree);
  let missing: string[] = [...columns];
  for (const suffix of ['', ...tree.suffixes]) {
    for (const [ending, ends] of endings) {
      if (told !== undefined && ends !== undefined && ends !== told) continue;
      const names = tree.questions.flatMap(({ key, answers }) =>
        answers.map((answer) => ({ name: withSuffix(answer.column, key, suffix) + ending, rest: answer.rest === true })),
      );
      const numbers = names.map(({ name }) => table.columns.indexOf(name));
      const absent = names.filter(({ rest }, at) => !rest && numbers[at] === -1).map(({ name }) => name);
      if (absent.length < missing.length) missing = absent;
      if (absent.length > 0) continue;
      const answers = numbers.map((number) => (number === -1 ? undefined : number));
      const values = ends ?? told ?? tree.values ?? guessValues(table, tree, answers, path);
      if (values === 'counts' && answers.includes(undefined)) continue;
      return { values, answers, totals: values === 'fractions' ? totalsOf(table, tree, suffix) : undefined };
    }
  }
  const sample = missing.slice(0, 10).join(', ') + (missing.length > 10 ? ` and ${missing.length - 10} more` : '');
  throw new MessierError(
    'votes/columns',
    `"${path}" has no column for each answer of the tree "${tree.name}"; missing: ${sample || 'one for each count'}. It has: ${table.columns.slice(0, 40).join(', ')}. Choose the tree that fits, or write one with these columns.`,
  );
}

/** `bar_strong` with `-dr5` becomes `bar-dr5_strong`. */
function withSuffix(column: string, question: string, suffix: string): string {
  return suffix !== '' && column.startsWith(question) ? question + suffix + column.slice(question.length) : column;
}

function totalsOf(table: Table, { questions }: VoteTree, suffix: string): number[] | undefined {
  const found = questions.map(({ key }) =>
    Math.max(...totalEndings.map((ending) => table.columns.indexOf(`${key}${suffix}${ending}`))),
  );
  return found.includes(-1) ? undefined : found;
}

function guessValues(table: Table, tree: VoteTree, answers: readonly (number | undefined)[], path: string): VoteValues {
  const rows = table.rows
    .slice(0, looked)
    .map(({ cells }) => answers.map((at) => (at === undefined ? NaN : voteNumber(cells[at] ?? ''))));
  const present = rows.flat().filter((value) => value !== undefined && !Number.isNaN(value));
  if (present.length > 0 && present.every(Number.isInteger) && present.some((value) => value !== undefined && value > 1))
    return 'counts';
  const fit = { shares: 0, fractions: 0 };
  for (const row of rows) {
    const values = row.map((value) => value ?? NaN);
    if (sumGaps(tree, values).every((gap) => !(gap > sumTolerance))) fit.shares++;
    if (ownSums(tree, values).every((sum) => !(Math.abs(sum - 1) > sumTolerance))) fit.fractions++;
  }
  if (fit.shares !== fit.fractions) return fit.shares > fit.fractions ? 'shares' : 'fractions';
  // Where every question is asked of everyone, both are the same.
  if (treeLayout(tree).questions.every(({ everyone }) => everyone)) return 'shares';
  throw new MessierError(
    'votes/values',
    `"${path}": whether its columns hold shares of all volunteers or fractions of those asked can't be told from their sums. Set values: shares or values: fractions in the tree.`,
  );
}

function ownSums(tree: VoteTree, row: readonly number[]): number[] {
  return treeLayout(tree).questions.map(({ from, count }) => row.slice(from, from + count).reduce((sum, one) => sum + one, 0));
}

/** A cell as a number; NaN where there is none, `undefined` where it is something else. */
export function voteNumber(cell: string): number | undefined {
  if (/^(|nan|na|n\/a|null|none|-)$/i.test(cell)) return NaN;
  const value = Number(cell);
  return Number.isFinite(value) ? value : undefined;
}
