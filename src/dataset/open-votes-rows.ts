import { fractionsOf, pathShares, sumGaps } from '../votes/shares.js';
import { treeLayout } from '../votes/layout.js';
import type { VoteTree } from '../votes/tree.js';
import { sumTolerance, voteNumber, type VoteColumns } from './open-votes-columns.js';

/** Votes of one row of a table. */
export interface VoteRow {
  /** Shares of all volunteers, NaN where undefined. */
  readonly shares: Float64Array;
  /** Where they are known. */
  readonly counts: Float64Array | undefined;
}

/** Why a row can't be used. */
export interface VoteProblem {
  readonly code: string;
  readonly reason: string;
}

/** Rounding that shares and fractions may have beyond 0 and 1. */
const rounding = 1e-4;

/** Reads the votes of a row, or says what is wrong with them. */
export function readVoteRow(tree: VoteTree, columns: VoteColumns, cells: readonly string[]): VoteRow | VoteProblem {
  const { columns: names, questions } = treeLayout(tree);
  const isCount = columns.values === 'counts';
  const values = new Float64Array(names.length).fill(NaN);
  for (const [answer, at] of columns.answers.entries()) {
    if (at === undefined) continue;
    const cell = cells[at] ?? '';
    const value = voteNumber(cell);
    if (value === undefined) {
      return { code: 'votes/number', reason: `${names[answer] ?? ''}: a number expected, "${cell.slice(0, 40)}" received.` };
    }
    if (value < (isCount ? 0 : -rounding) || (!isCount && value > 1 + rounding)) {
      const range = isCount ? 'at least 0' : 'in [0, 1]';
      return { code: 'votes/range', reason: `${names[answer] ?? ''}: a value ${range} expected, ${value} received.` };
    }
    values[answer] = isCount ? value : Math.min(1, Math.max(0, value));
  }
  const broken = fillRests(tree, columns, values) ?? incomplete(tree, columns, values);
  if (broken) return broken;
  const shares = columns.values === 'shares' ? values : pathShares(tree, fractionsOf(tree, values));
  const wrong = columns.values === 'shares' ? sumGaps(tree, values).findIndex((gap) => gap > sumTolerance) : -1;
  const question = questions[wrong];
  if (question) {
    return {
      code: 'votes/sum',
      reason: `The shares of "${question.key}" don't add up to the share that reaches it, ${reached(tree, values, wrong)}.`,
    };
  }
  if (!Number.isFinite(shares[0]))
    return { code: 'votes/missing', reason: `The row has no votes for "${questions[0]?.key ?? ''}".` };
  return { shares, counts: isCount ? values : countsOf(tree, columns, values, cells) };
}

function reached(tree: VoteTree, values: Float64Array, at: number): string {
  return `but miss it by ${sumGaps(tree, values)[at]?.toFixed(4) ?? '?'}; at most ${sumTolerance} is rounding`;
}

/** Gives answers without a column what the others of their question leave. */
function fillRests(tree: VoteTree, { values: kind, answers }: VoteColumns, values: Float64Array): VoteProblem | undefined {
  const { questions, order } = treeLayout(tree);
  for (const at of order) {
    const question = questions[at];
    if (!question) continue;
    const { from, count, everyone, parents, key } = question;
    const own = Array.from({ length: count }, (_, answer) => from + answer);
    const rest = own.find((column) => answers[column] === undefined);
    if (rest === undefined) continue;
    const led = parents.flatMap(({ columns }) => columns).reduce((sum, column) => sum + (values[column] ?? NaN), 0);
    const whole = kind === 'shares' && !everyone ? led : 1;
    const left = own.reduce((sum, column) => (column === rest ? sum : sum - (values[column] ?? NaN)), whole);
    if (left < -sumTolerance) {
      return {
        code: 'votes/sum',
        reason: `The answers of "${key}" add up to ${(whole - left).toFixed(4)}, more than ${whole.toFixed(4)}.`,
      };
    }
    values[rest] = Math.max(0, left);
  }
  return undefined;
}

/** Questions with some answers and not others, and fractions that don't add up to 1. */
function incomplete(tree: VoteTree, { values: kind }: VoteColumns, values: Float64Array): VoteProblem | undefined {
  for (const { key, from, count } of treeLayout(tree).questions) {
    const own = values.subarray(from, from + count);
    const absent = own.filter(Number.isNaN).length;
    if (absent > 0 && absent < count) {
      return {
        code: 'votes/missing',
        reason: `"${key}" has ${count - absent} of its ${count} answers. All or none are expected.`,
      };
    }
    const sum = own.reduce((total, one) => total + one, 0);
    if (kind === 'fractions' && sum > 0 && Math.abs(sum - 1) > sumTolerance) {
      return { code: 'votes/sum', reason: `The fractions of "${key}" add up to ${sum.toFixed(4)}, not 1.` };
    }
  }
  return undefined;
}

/** Fractions times the votes of their question, in whole numbers. */
function countsOf(
  tree: VoteTree,
  { totals }: VoteColumns,
  fractions: Float64Array,
  cells: readonly string[],
): Float64Array | undefined {
  if (!totals) return undefined;
  const counts = new Float64Array(fractions.length);
  for (const [at, { from, count }] of treeLayout(tree).questions.entries()) {
    const total = voteNumber(cells[totals[at] ?? -1] ?? '') ?? NaN;
    for (let column = from; column < from + count; column++) {
      const votes = Math.round((fractions[column] ?? 0) * total);
      counts[column] = votes > 0 ? votes : 0;
    }
  }
  return counts;
}
