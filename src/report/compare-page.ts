import type { Interval } from '../evaluate/types.js';
import { count, figure, listed, quoted, range, significant, withInterval } from './format.js';
import { jsonBlock, markup, type Markup } from './html.js';
import { renderPage } from './page.js';
import { intervalPlot } from './plots/intervals.js';
import { table } from './table.js';
import type { ComparedFigure, ComparedModel, CompareReport, ModelDifference } from './types.js';

const figures: readonly { readonly key: ComparedFigure; readonly title: string; readonly smaller: boolean }[] = [
  { key: 'accuracy', title: 'Accuracy', smaller: false },
  { key: 'balancedAccuracy', title: 'Balanced accuracy', smaller: false },
  { key: 'macroF1', title: 'Macro F1', smaller: false },
  { key: 'logLoss', title: 'Log loss', smaller: true },
];

/**
 * The page of a comparison: each figure of every model with its interval, then the differences between pairs.
 *
 * @example
 * await writeFile('comparison.html', comparePage(report));
 */
export function comparePage(report: CompareReport): string {
  const { models, differences } = report;
  return renderPage({
    title: report.title,
    description: report.description,
    opening: markup`<ul class="says">${inWords(report).map((sentence) => markup`<li>${sentence}</li>\n`)}</ul>${overview(models)}`,
    sections: [
      {
        id: 'figures',
        title: 'Figures with intervals',
        lead:
          differences.length === 0 ? undefined : 'Overlapping intervals do not mean that models are equal: see the differences.',
        body: markup`<div class="row">${figures.map(({ key, title, smaller }) =>
          intervalPlot(
            smaller ? `${title} (smaller is better)` : title,
            models.map(({ name, evaluation }) => ({ name, interval: evaluation[key] })),
            baseline(models, key),
          ),
        )}</div><p class="legend">The dashed line is the answer that is always the most frequent class.</p>`,
      },
      ...(differences.length === 0
        ? []
        : [
            {
              id: 'differences',
              title: 'Differences',
              lead: 'First minus second, from paired bootstrap samples. Where the interval holds 0, no difference is shown.',
              body: differenceBody(differences),
            },
          ]),
      { id: 'classes', title: 'F1 by class', body: classTable(models) },
    ],
    data: jsonBlock('comparison', report),
  });
}

function baseline([model]: readonly ComparedModel[], key: ComparedFigure): number | undefined {
  return key === 'logLoss' ? undefined : model?.evaluation.baseline[key].value;
}

function overview(models: readonly ComparedModel[]): Markup {
  const first = models[0]?.evaluation.baseline;
  const cell = (interval: Interval | null) =>
    markup`${figure(interval?.value)}${interval ? markup`<small>${range(interval)}</small>` : undefined}`;
  const row = (name: string, values: readonly (Interval | null)[]) => [name, ...values.map(cell)];
  return table({
    caption: 'Models',
    columns: ['model', ...figures.map(({ title }) => title), 'ROC-AUC', 'Calibration error'],
    rows: [
      ...models.map(({ name, evaluation }) =>
        row(name, [...figures.map(({ key }) => evaluation[key]), evaluation.rocAuc, evaluation.calibration.after.error]),
      ),
      ...(first
        ? [row(`always ${quoted(first.label)}`, [first.accuracy, first.balancedAccuracy, first.macroF1, null, null, null])]
        : []),
    ],
  });
}

/** A difference whose interval leaves out 0. */
const shown = ({ difference: { low, high } }: ModelDifference): boolean => low > 0 || high < 0;

function inWords({ models, differences }: CompareReport): readonly string[] {
  return figures.flatMap(({ key, title, smaller }) => {
    const ordered = [...models].sort((a, b) => (b.evaluation[key].value - a.evaluation[key].value) * (smaller ? -1 : 1));
    const best = ordered[0];
    if (!best || models.length < 2) return [];
    const against = differences.filter((one) => one.figure === key && (one.first === best.name || one.second === best.name));
    const open = against.filter((one) => !shown(one)).map(({ first, second }) => (first === best.name ? second : first));
    const lead = `${title}: ${quoted(best.name)} has the best value, ${figure(best.evaluation[key].value)}`;
    if (against.length === 0) return [`${lead}.`];
    if (open.length === 0)
      return [
        `${lead}, and the difference to ${models.length === 2 ? 'the other' : 'each other model'} is larger than chance explains.`,
      ];
    return [`${lead}, but it has not been shown to differ from ${listed(open.map(quoted))}.`];
  });
}

function differenceBody(differences: readonly ModelDifference[]): Markup {
  const groups = figures
    .map(({ key, title }) => ({ title, members: differences.filter((one) => one.figure === key) }))
    .filter(({ members }) => members.length > 0);
  const pair = ({ first, second }: ModelDifference) => `${first} − ${second}`;
  return markup`<div class="row">${groups.map(({ title, members }) =>
    intervalPlot(
      title,
      members.map((one) => ({ name: `${one.first}\n− ${one.second}`, interval: one.difference })),
      0,
    ),
  )}</div>${table({
    caption: 'Differences between pairs',
    columns: ['pair', 'figure', 'difference', 'p', 'shown'],
    words: [1],
    rows: groups.flatMap(({ title, members }) =>
      members.map((one) => [
        pair(one),
        title,
        withInterval(one.difference),
        significant(one.pValue, 2),
        shown(one) ? 'yes' : 'no',
      ]),
    ),
  })}`;
}

function classTable(models: readonly ComparedModel[]): Markup {
  const classes = models[0]?.evaluation.perClass ?? [];
  return table({
    caption: 'F1 with intervals',
    columns: ['class', 'pictures', ...models.map(({ name }) => name)],
    rows: classes.map(({ label, support }) => [
      label,
      count(support),
      ...models.map(({ evaluation }) => withInterval(evaluation.perClass.find((one) => one.label === label)?.intervals.f1)),
    ]),
  });
}
