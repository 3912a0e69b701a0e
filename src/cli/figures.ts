/** Evaluations as text for a terminal. */
import type { Evaluation, Interval } from '../evaluate/types.js';

const digits = (value: number): string => value.toFixed(3);

/** `0.861 [0.850, 0.872]` */
export const interval = ({ value, low, high }: Interval): string => `${digits(value)} [${digits(low)}, ${digits(high)}]`;

/** Columns of equal width; the first is left-aligned, the others right. */
export function columns(rows: readonly (readonly string[])[]): string {
  const widths = (rows[0] ?? []).map((_, column) => Math.max(...rows.map((row) => (row[column] ?? '').length)));
  return rows
    .map((row) =>
      row
        .map((cell, column) => (column === 0 ? cell.padEnd(widths[0] ?? 0) : cell.padStart(widths[column] ?? 0)))
        .join('  ')
        .trimEnd(),
    )
    .join('\n');
}

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
  for (const [code, count] of Object.entries(items.reasons)) left.push(`${count} skipped (${code})`);
  return `${head}\n\n${classes}\n\n${left.join(', ')}`;
}
