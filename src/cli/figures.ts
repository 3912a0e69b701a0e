/** Evaluations as text for a terminal. */
import type { Evaluation, Interval } from '../evaluate/types.js';
import type { VotesEvaluation } from '../evaluate/votes-types.js';
import type { CrossValidation } from '../recipes/cross-validate.js';
import type { RunResult } from '../recipes/run.js';

const digits = (value: number): string => value.toFixed(3);

/** `0.861 [0.850, 0.872]` */
export const interval = ({ value, low, high }: Interval): string => `${digits(value)} [${digits(low)}, ${digits(high)}]`;

/** Columns of equal width; the first is left-aligned unless others are told, the rest right. */
export function columns(rows: readonly (readonly string[])[], left: readonly number[] = [0]): string {
  const widths = (rows[0] ?? []).map((_, column) => Math.max(...rows.map((row) => (row[column] ?? '').length)));
  return rows
    .map((row) =>
      row
        .map((cell, column) => (left.includes(column) ? cell.padEnd(widths[column] ?? 0) : cell.padStart(widths[column] ?? 0)))
        .join('  ')
        .trimEnd(),
    )
    .join('\n');
}

/** Of what people took out by their review. */
const droppedCode = 'review/dropped';

/** The figures that people ask for first, with the classes below. */
export function summary(evaluation: Evaluation): string {
  const { baseline, calibration, items, perClass } = evaluation;
  const head = columns([
    ['', 'value and 95 % interval', `always "${baseline.label}"`],
    ['accuracy', interval(evaluation.accuracy), digits(baseline.accuracy.value)],
    ['balanced accuracy', interval(evaluation.balancedAccuracy), digits(baseline.balancedAccuracy.value)],
    ['macro F1', interval(evaluation.macroF1), digits(baseline.macroF1.value)],
    ...(evaluation.rocAuc ? [['ROC-AUC', interval(evaluation.rocAuc), '0.500']] : []),
    ['log loss', interval(evaluation.logLoss), ''],
    ['calibration error', interval(calibration.after.error), ''],
  ]);
  const classes = columns([
    ['class', 'precision', 'recall', 'F1', 'pictures'],
    ...perClass.map(({ label, precision, recall, f1, support }) => [
      label,
      digits(precision),
      digits(recall),
      digits(f1),
      String(support),
    ]),
  ]);
  const left = [`${items.counted} pictures judged`];
  if (items.dropped > 0) left.push(`${items.dropped} left out by their label`);
  for (const [code, count] of Object.entries(items.reasons)) left.push(skippedInWords(code, count));
  return `${head}\n\n${classes}\n\n${left.join(', ')}`;
}

const skippedInWords = (code: string, count: number): string =>
  code === droppedCode ? `${count} dropped by review` : `${count} skipped (${code})`;

/** Items of which nothing could be made, and those that people took out. */
export function leftOut(items: readonly { readonly code: string }[]): { readonly skipped: number; readonly dropped: number } {
  const dropped = items.filter(({ code }) => code === droppedCode).length;
  return { skipped: items.length - dropped, dropped };
}

/** Errors of predicted votes, with the questions below. */
export function votesSummary({ rmse, baseline, gain, zeros, questions, items }: VotesEvaluation): string {
  const head = columns([
    ['', 'value and 95 % interval'],
    ['RMSE', interval(rmse)],
    ['always the mean', interval(baseline)],
    ['better by', interval(gain)],
    ['always zero', interval(zeros)],
  ]);
  const rows = columns([
    ['question', 'RMSE', 'always the mean', 'most voted right', 'galaxies'],
    ...questions.map((one) => [
      one.text,
      one.rmse ? digits(one.rmse.value) : '',
      one.baseline ? digits(one.baseline.value) : '',
      one.accuracy ? digits(one.accuracy.value) : '',
      String(one.asked),
    ]),
  ]);
  const { skipped, dropped } = leftOut(items.skippedItems);
  const out = dropped > 0 ? `, ${dropped} dropped by review` : '';
  return `${head}\n\n${rows}\n\n${items.counted} galaxies judged, ${skipped} skipped${out}`;
}

/** What a run says of its model. */
export function resultSummary({ evaluation, votes }: Pick<RunResult, 'evaluation' | 'votes'>): string {
  return [evaluation && summary(evaluation), votes && votesSummary(votes)].filter((text) => text !== undefined).join('\n\n');
}

/** Mean and spread over the folds, and each fold. */
export function crossedSummary({ figures, folds, report }: CrossValidation): string {
  const names = Object.keys(figures);
  const table = columns([
    ['', ...names],
    ['mean', ...names.map((name) => digits(figures[name]?.mean ?? NaN))],
    ['standard deviation', ...names.map((name) => digits(figures[name]?.deviation ?? NaN))],
    ...folds.map(({ folder, figures: own }) => [folder, ...names.map((name) => digits(own[name] ?? NaN))]),
  ]);
  return `${table}\n\nReport  ${report}`;
}
