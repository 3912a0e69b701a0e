import { figureName } from './figure-names.js';
import { count, counted, figure, percent, shorten } from './format.js';
import { jsonBlock, markup, type Markup } from './html.js';
import { renderPage } from './page.js';
import { foldPlot, type FoldedFigure } from './plots/folds.js';
import { table } from './table.js';

/** What the page of a cross-validation shows. */
export interface CrossValidationReport {
  readonly title: string;
  /** By their names in JSON: `balancedAccuracy`. */
  readonly figures: Readonly<Record<string, { readonly mean: number; readonly deviation: number }>>;
  readonly folds: readonly CrossedFold[];
}

/** One of the runs. */
export interface CrossedFold {
  readonly name: string;
  /** Address of its report, relative to this page: `fold-1/report.html`. */
  readonly report: string;
  readonly figures: Readonly<Record<string, number>>;
}

/** Mean and spread over the folds, and each of them. */
export function crossValidationPage({ title, figures, folds }: CrossValidationReport): string {
  const all = Object.entries(figures).map(([key, { mean, deviation }]): FoldedFigure & { readonly key: string } => ({
    key,
    name: figureName(key),
    mean,
    deviation,
    values: folds.map((fold) => ({ fold: fold.name, value: fold.figures[key] ?? NaN })),
  }));
  const said = inWords(all, folds);
  return renderPage({
    title,
    description: 'Each run was judged on a part that it had not seen; together these parts are all of the data.',
    opening: markup`<ul class="cards">${all.map(card)}</ul>
<ul class="says">${said.map((sentence) => markup`<li>${sentence}</li>\n`)}</ul>`,
    sections: [
      {
        id: 'folds',
        title: 'Fold by fold',
        lead: 'Each has a report of its own.',
        body: markup`${foldPlot(all)}${table({
          caption: 'Folds',
          columns: ['fold', ...all.map(({ name }) => name)],
          rows: [
            ...folds.map((fold) => [link(fold), ...all.map(({ key }) => figure(fold.figures[key]))]),
            ['mean', ...all.map(({ mean }) => figure(mean))],
            ['standard deviation', ...all.map(({ deviation }) => figure(deviation))],
          ],
        })}`,
      },
    ],
    data: jsonBlock('cross-validation', { figures, folds }),
  });
}

const card = ({ name, mean, deviation }: FoldedFigure): Markup =>
  markup`<li><span class="name">${name.charAt(0).toUpperCase()}${name.slice(1)}</span><span class="value">${figure(mean)}</span>
${Number.isFinite(deviation) ? markup`<span class="beside">± ${figure(deviation)} from fold to fold</span>` : undefined}</li>\n`;

/** Nothing but a path below this page, so that no address leads elsewhere. */
const below = /^[\w-][\w.-]*(?:\/[\w-][\w.-]*)*$/;

const link = ({ name, report }: CrossedFold): Markup | string =>
  below.test(report) ? markup`<a href="${report}">${name}</a>` : name;

function inWords(
  figures: readonly (FoldedFigure & { readonly key: string })[],
  folds: readonly CrossedFold[],
): readonly string[] {
  const find = (key: string) => figures.find((one) => one.key === key);
  const votes = find('rmse');
  const first = votes ?? find('balancedAccuracy') ?? figures[0];
  if (!first || !Number.isFinite(first.mean)) return [];
  const ordered = first.values.filter(({ value }) => Number.isFinite(value)).toSorted((a, b) => a.value - b.value);
  const [lowest, highest] = [ordered[0], ordered.at(-1)];
  const spread =
    lowest && highest && ordered.length > 1
      ? `: the lowest is ${figure(lowest.value)} (${shorten(lowest.fold, 40)}), the highest ${figure(highest.value)} (${shorten(highest.fold, 40)})`
      : '';
  return [
    `Over ${counted(folds.length, 'fold')}, ${first.name} is ${figure(first.mean)} on average${spread}.`,
    ...againstMean(find('rmse'), find('baseline')),
    ...(ordered.length > 1
      ? [
          'The deviation says how much the figure changes with what is learned from and judged on. It is no interval of the mean: the folds share most of what they learned from.',
        ]
      : []),
  ];
}

/** Whether votes are predicted better than by always answering the mean. */
function againstMean(rmse: FoldedFigure | undefined, baseline: FoldedFigure | undefined): readonly string[] {
  if (!rmse || !baseline) return [];
  const better = rmse.values.filter(({ value }, at) => value < (baseline.values[at]?.value ?? NaN)).length;
  const saved = 1 - rmse.mean / baseline.mean;
  return [
    `It is better than always the mean in ${count(better)} of ${counted(rmse.values.length, 'fold')}; its error is ${percent(Math.abs(saved))} ${saved < 0 ? 'larger' : 'smaller'} on average.`,
  ];
}
