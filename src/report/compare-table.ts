import type { ComparedPart, ModelComparison, NamedFigures } from '../evaluate/comparison-types.js';
import type { Interval } from '../evaluate/types.js';
import { count, figure, range, significant } from './format.js';
import { markup, type Markup } from './html.js';
import { table } from './table.js';

/** A figure in which models are compared. */
export interface ComparedFigure {
  readonly key: string;
  readonly title: string;
  /** Errors are better where they are smaller. */
  readonly smaller: boolean;
}

/** The first is the one that is tested. */
export function comparedFigures({ task }: Pick<ModelComparison, 'task'>): readonly [ComparedFigure, ...ComparedFigure[]] {
  const larger = (key: string, title: string): ComparedFigure => ({ key, title, smaller: false });
  if (task === 'votes') return [{ key: 'rmse', title: 'RMSE', smaller: true }];
  return [
    larger('accuracy', 'Accuracy'),
    larger('macroPrecision', 'Precision'),
    larger('macroRecall', 'Recall'),
    larger('macroF1', 'F1'),
    larger('balancedAccuracy', 'Balanced accuracy'),
  ];
}

/** A figure in a cell, its interval below it. */
export const cell = (interval: Interval | null | undefined): Markup =>
  markup`${figure(interval?.value)}${interval ? markup`<small>${range(interval)}</small>` : undefined}`;

/** What the judged pictures are called. */
export const judgedName = ({ judged }: Pick<ModelComparison, 'judged'>): string =>
  ({ all: 'All', test: 'Test', validation: 'Validation' })[judged];

/** Inside a heading; abbreviations stay. */
const lowered = (title: string): string => (/^[A-Z]{2}/.test(title) ? title : title.toLowerCase());

const shareOf = ({ pictures, of }: ComparedPart): string =>
  pictures === of ? count(pictures) : `${count(pictures)} of ${count(of)}`;

/** The one table of a comparison: parts, figures, parameters, speed, size; and the answer that needs no model. */
export function comparisonTable(comparison: ModelComparison): Markup {
  const { models, baseline, parts, speed } = comparison;
  const [tested, ...others] = comparedFigures(comparison);
  // Balanced accuracy differs from recall only where a class has no pictures; it is drawn below.
  const figures = [tested, ...others.filter(({ key }) => key !== 'balancedAccuracy')];
  const name = judgedName(comparison);
  const beside = (['train', 'validation'] as const).filter((part) => parts[part]);
  const titles = { train: 'Training', validation: 'Validation' };
  const of = (values: NamedFigures) => figures.map(({ key }) => cell(values[key]));
  const told = beside.flatMap((part) => (parts[part] ? [`${titles[part].toLowerCase()}: ${shareOf(parts[part])}`] : []));
  return markup`${table({
    caption: 'Models',
    columns: [
      'model',
      ...beside.map((part) => `${titles[part]} ${lowered(tested.title)}`),
      ...figures.map(({ title }, at) => (at > 0 || comparison.judged === 'all' ? title : `${name} ${lowered(title)}`)),
      'Parameters',
      'Pictures/s',
      'File, MB',
    ],
    rows: [
      ...models.map((model) => [
        model.name,
        ...beside.map((part) => cell(model[part])),
        ...of(model.figures),
        count(model.parameters),
        significant(model.picturesPerSecond),
        significant(model.bytes / 1e6),
      ]),
      [baseline.label, ...beside.map(() => '–'), ...of(baseline.figures), '–', '–', '–'],
    ],
  })}<p class="legend">Pictures judged: ${[...told, `${name.toLowerCase()}: ${shareOf(parts.judged)}`].join('; ')}.${
    parts.train && parts.train.pictures < parts.train.of
      ? ' Of the training part, a sample that is the same for all models.'
      : undefined
  }${comparison.task === 'classes' ? ' Precision, recall and F1 are means over the classes.' : undefined} Speed: predictions of ${count(speed.pictures)} decoded pictures with ${count(speed.threads)} threads, median of turns that the models take. Parameters are those of the file, where batch norms are folded into other layers.</p>`;
}
