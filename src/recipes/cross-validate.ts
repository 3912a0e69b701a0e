import { basename, join } from 'node:path';
import { writeAtomically } from '../formats/atomic.js';
import { foldsOf } from './divide.js';
import type { LoadedRecipe } from './library.js';
import { runRecipe, type RunOptions, type RunResult } from './run.js';

/** How often a recipe is trained. */
export interface CrossValidateOptions extends Omit<RunOptions, 'fold' | 'splitFrom'> {
  /** At least 2. */
  readonly folds: number;
}

/** One of the runs. */
export interface FoldFigures {
  readonly folder: string;
  /** accuracy, balancedAccuracy, macroF1; of votes rmse. */
  readonly figures: Readonly<Record<string, number>>;
}

/** What a cross-validation says. Plain JSON. */
export interface CrossValidation {
  readonly folder: string;
  readonly report: string;
  /** Over the folds; the deviation is that of a sample (n - 1). */
  readonly figures: Readonly<Record<string, { readonly mean: number; readonly deviation: number }>>;
  readonly folds: readonly FoldFigures[];
}

/**
 * Trains a recipe once for each fold, judges it on that fold, and writes cross-validation.json and cross-validation.html. The folds are stratified and
 * keep groups and near-duplicates together. Each run lies in `folder/fold-<number>`; with `resume` finished ones are taken as they are.
 *
 * @throws MessierError what runRecipe throws; `split/folds` for more folds than groups of items.
 *
 * @example
 * const { figures } = await crossValidate(loadRecipe('apod-hybrid'), { data: 'apod', folder: 'runs/crossed', folds: 3 });
 * console.log(figures.accuracy.mean, figures.accuracy.deviation);
 */
export async function crossValidate(recipe: LoadedRecipe, options: CrossValidateOptions): Promise<CrossValidation> {
  const { folder, folds: count, onNotice, progress, ...rest } = options;
  const folds: FoldFigures[] = [];
  for (const fold of foldsOf(recipe.recipe, count)) {
    const own = join(folder, `fold-${fold.number + 1}`);
    onNotice?.(`fold ${fold.number + 1} of ${count}`);
    const result = await runRecipe(recipe, { ...rest, onNotice, progress, folder: own, fold });
    folds.push({ folder: own, figures: figuresOf(result) });
  }
  const names = Object.keys(folds[0]?.figures ?? {});
  const figures = Object.fromEntries(names.map((name) => [name, spread(folds.map((one) => one.figures[name] ?? NaN))]));
  const report = join(folder, 'cross-validation.html');
  const crossed = { folder, report, figures, folds };
  await writeAtomically(join(folder, 'cross-validation.json'), JSON.stringify(crossed, undefined, 1));
  // The plots are loaded only here.
  const { crossValidationPage } = await import('../report/index.js');
  const runs = folds.map(({ folder: own, figures: found }, at) => ({
    name: `fold ${at + 1}`,
    report: `${basename(own)}/report.html`,
    figures: found,
  }));
  await writeAtomically(report, crossValidationPage({ title: `${recipe.recipe.name}, ${count} folds`, figures, folds: runs }));
  return crossed;
}

function figuresOf({ evaluation, votes }: RunResult): Record<string, number> {
  if (votes) return { rmse: votes.rmse.value, baseline: votes.baseline.value };
  if (!evaluation) return {};
  const { accuracy, balancedAccuracy, macroF1, macroPrecision, macroRecall } = evaluation;
  const figures = { accuracy, balancedAccuracy, macroF1, macroPrecision, macroRecall };
  return Object.fromEntries(Object.entries(figures).map(([name, { value }]) => [name, value]));
}

function spread(values: readonly number[]): { mean: number; deviation: number } {
  const mean = values.reduce((sum, value) => sum + value, 0) / values.length;
  const squares = values.reduce((sum, value) => sum + (value - mean) ** 2, 0);
  return { mean, deviation: Math.sqrt(squares / (values.length - 1)) };
}
