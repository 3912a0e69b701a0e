import type { PairDifference, ModelComparison } from '../evaluate/comparison-types.js';
import type { Evaluation, Interval } from '../evaluate/types.js';
import { cell, comparedFigures, comparisonTable, type ComparedFigure } from './compare-table.js';
import { count, figure, listed, quoted, significant, withInterval } from './format.js';
import { jsonBlock, markup, type Markup } from './html.js';
import { renderPage, type Section } from './page.js';
import { intervalPlot } from './plots/intervals.js';
import { table } from './table.js';

/** What the page of a comparison shows: `messier compare`. */
export interface CompareReport {
  readonly title: string;
  readonly description: string;
  readonly comparison: ModelComparison;
  /** Of the models in their order; none of models of votes. */
  readonly evaluations: readonly Evaluation[];
}

/** Figures that are drawn; the others are in tables alone. */
const drawn = new Set(['accuracy', 'macroF1', 'balancedAccuracy', 'rmse']);
/** Differences that are drawn. */
const mostDrawn = 10;
/** Below this a corrected p-value is called a difference. */
const level = 0.05;

/**
 * The page of a comparison: one table of all models, each figure with its interval, then the differences between pairs.
 *
 * @example
 * await writeFile('comparison.html', comparePage(report));
 */
export function comparePage(report: CompareReport): string {
  const { title, description, comparison } = report;
  return renderPage({
    title,
    description,
    opening: markup`${comparisonWords(comparison)}${comparisonTable(comparison)}${seenWords(comparison)}`,
    sections: comparisonSections(report),
    data: jsonBlock('comparison', report),
  });
}

/** Everything below the table. */
export function comparisonSections({ comparison, evaluations }: Pick<CompareReport, 'comparison' | 'evaluations'>): Section[] {
  const { models, baseline, pairs } = comparison;
  const plots = drawnFigures(comparison).map(({ key, title, smaller }) =>
    intervalPlot(
      smaller ? `${title} (smaller is better)` : title,
      models.flatMap(({ name, figures }) => (figures[key] ? [{ name, interval: figures[key] }] : [])),
      baseline.figures[key]?.value,
    ),
  );
  return [
    {
      id: 'figures',
      title: 'Figures with intervals',
      lead: pairs.length === 0 ? undefined : 'Overlapping intervals do not mean that models are equal: see the differences.',
      body: markup`<div class="row">${plots}</div><p class="legend">The dashed line is ${baseline.label}.</p>`,
    },
    ...(pairs.length === 0
      ? []
      : [{ id: 'differences', title: 'Differences', lead: testWords(comparison), body: differences(comparison) }]),
    ...(evaluations.length === 0
      ? []
      : [
          { id: 'more', title: 'More figures', body: moreFigures(comparison, evaluations) },
          { id: 'classes', title: 'F1 by class', body: classTable(comparison, evaluations) },
        ]),
  ];
}

/** Which models were judged on what they learned from. */
function seenWords({ models, parts }: ModelComparison): Markup | undefined {
  const told = models.flatMap(({ name, seen }) => (seen ? [`${quoted(name)} on ${count(seen)}`] : []));
  if (told.length === 0) return undefined;
  return markup`<p>Trained on some of the ${count(parts.judged.pictures)} that are judged: ${listed(told)}. Such figures do not say how well a model does on new ones.</p>`;
}

const drawnFigures = (comparison: ModelComparison): ComparedFigure[] =>
  comparedFigures(comparison).filter(({ key }) => drawn.has(key));

const isShown = ({ adjusted }: PairDifference): boolean => adjusted <= level;

function testWords({ test, pairs }: ModelComparison): string {
  const name =
    test === 'mcnemar' ? "McNemar's exact test of the right answers" : "a randomisation test of the galaxies' squared errors";
  const corrected =
    pairs.length > 1
      ? ` p is corrected for ${count(pairs.length)} tests (Holm), so that any false alarm among them is as rare as one test's.`
      : '';
  return `First minus second. Intervals are those of paired bootstrap samples, each by itself; p is that of ${name}.${corrected} A difference is called shown where p is at most ${level}.`;
}

/** The best model in the tested figure, and which others it has not been shown to differ from. */
export function comparisonWords(comparison: ModelComparison): Markup | undefined {
  const { models, pairs } = comparison;
  const [{ key, title, smaller }] = comparedFigures(comparison);
  const value = (model: (typeof models)[number]): number => (smaller ? -1 : 1) * (model.figures[key]?.value ?? NaN);
  const best = models.toSorted((a, b) => value(b) - value(a))[0];
  if (!best || models.length < 2) return undefined;
  const against = pairs.filter(({ first, second }) => first === best.name || second === best.name);
  const open = against.filter((pair) => !isShown(pair)).map(({ first, second }) => (first === best.name ? second : first));
  const lead = `${title}: ${quoted(best.name)} has the best value, ${figure(best.figures[key]?.value)}`;
  const said = (): string => {
    // Compared with the first model alone, the best has no test against the others.
    if (against.length < models.length - 1) {
      const [first] = pairs;
      if (!first || best.name === first.first || against[0] === undefined) return `${lead}.`;
      return `${lead}; ${isShown(against[0]) ? 'larger than chance explains is its difference to' : 'it has not been shown to differ from'} ${quoted(first.first)}.`;
    }
    if (open.length > 0) return `${lead}, but it has not been shown to differ from ${listed(open.map(quoted))}.`;
    return `${lead}, and the difference to ${models.length === 2 ? 'the other' : 'each other model'} is larger than chance explains.`;
  };
  return markup`<ul class="says"><li>${said()}</li></ul>`;
}

function differences(comparison: ModelComparison): Markup {
  const { pairs } = comparison;
  const figures = comparedFigures(comparison);
  const plots = drawnFigures(comparison).map(({ key, title }) =>
    intervalPlot(
      title,
      pairs.flatMap(({ first, second, difference }) => {
        const interval = difference[key];
        return interval ? [{ name: `${first}\n− ${second}`, interval }] : [];
      }),
      0,
    ),
  );
  return markup`${pairs.length > mostDrawn ? undefined : markup`<div class="row">${plots}</div>`}${differenceTable(pairs, figures)}`;
}

function differenceTable(pairs: readonly PairDifference[], figures: readonly ComparedFigure[]): Markup {
  const corrected = pairs.length > 1;
  return table({
    caption: 'Differences between pairs',
    columns: ['pair', ...figures.map(({ title }) => title), 'p', ...(corrected ? ['p, corrected'] : []), 'shown'],
    rows: pairs.map((pair) => [
      `${pair.first} − ${pair.second}`,
      ...figures.map(({ key }) => cell(pair.difference[key])),
      significant(pair.p, 2),
      ...(corrected ? [significant(pair.adjusted, 2)] : []),
      isShown(pair) ? 'yes' : 'no',
    ]),
  });
}

function moreFigures({ models }: ModelComparison, evaluations: readonly Evaluation[]): Markup {
  const columns: readonly (readonly [string, (of: Evaluation) => Interval | null])[] = [
    ['Log loss', ({ logLoss }) => logLoss],
    ['ROC-AUC', ({ rocAuc }) => rocAuc],
    ['Calibration error', ({ calibration }) => calibration.after.error],
  ];
  return table({
    caption: 'More figures',
    columns: ['model', ...columns.map(([title]) => title)],
    rows: evaluations.map((evaluation, at) => [models[at]?.name ?? '', ...columns.map(([, of]) => cell(of(evaluation)))]),
  });
}

function classTable({ models }: ModelComparison, evaluations: readonly Evaluation[]): Markup {
  return table({
    caption: 'F1 with intervals',
    columns: ['class', 'pictures', ...models.map(({ name }) => name)],
    rows: (evaluations[0]?.perClass ?? []).map(({ label, support }) => [
      label,
      count(support),
      ...evaluations.map(({ perClass }) => withInterval(perClass.find((one) => one.label === label)?.intervals.f1)),
    ]),
  });
}
