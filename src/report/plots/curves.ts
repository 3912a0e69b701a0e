import { axisX, axisY, dot, gridY, line } from '@observablehq/plot';
import type { EpochRecord } from '../../train/types.js';
import { draw, legend } from '../draw.js';
import { figureName } from '../figure-names.js';
import { count, significant } from '../format.js';
import { markup, type Markup } from '../html.js';
import { folded, table } from '../table.js';

/** One curve over the epochs. */
interface Curve {
  readonly name: string;
  readonly colour: string;
  readonly dashed: boolean;
  readonly value: (epoch: EpochRecord) => number | undefined;
}

interface Panel {
  readonly title: string;
  /** The axis need not begin at 0. */
  readonly isShare?: boolean;
  readonly curves: readonly Curve[];
}

const training = { colour: '--blue', dashed: false };
const validation = { colour: '--orange', dashed: true };
const balanced = { colour: '--green', dashed: true };

/** Of votes, accuracy is that of the first question alone. */
const isOfVotes = ({ validation: figures }: EpochRecord): boolean => figures?.['rmse'] !== undefined;

const panels: readonly Panel[] = [
  {
    title: 'Loss',
    curves: [
      { name: 'training', ...training, value: ({ loss }) => loss },
      { name: 'validation', ...validation, value: (epoch) => epoch.validation?.['loss'] },
    ],
  },
  {
    title: 'Accuracy',
    isShare: true,
    curves: [
      { name: 'training', ...training, value: (epoch) => (isOfVotes(epoch) ? undefined : epoch.accuracy) },
      { name: 'validation', ...validation, value: (epoch) => (isOfVotes(epoch) ? undefined : epoch.validation?.['accuracy']) },
      { name: 'balanced', ...balanced, value: (epoch) => epoch.validation?.['balancedAccuracy'] },
    ],
  },
  { title: 'RMSE of the shares', curves: [{ name: 'validation', ...validation, value: (epoch) => epoch.validation?.['rmse'] }] },
  {
    title: 'First question: most voted answer right',
    isShare: true,
    curves: [
      { name: 'training', ...training, value: (epoch) => (isOfVotes(epoch) ? epoch.accuracy : undefined) },
      { name: 'validation', ...validation, value: (epoch) => (isOfVotes(epoch) ? epoch.validation?.['accuracy'] : undefined) },
    ],
  },
  { title: 'Learning rate', curves: [{ name: 'last step of the epoch', ...training, value: ({ rate }) => rate }] },
];

/** Up to this many epochs each one is a dot on the curve. */
const dotted = 30;

/**
 * Loss, accuracy (of votes their error) and learning rate by epoch, training and validation.
 *
 * @param sameLoss False where the validation's loss is not what training lowers; it is left out then.
 */
export function learningCurves(records: readonly EpochRecord[], sameLoss = true): Markup {
  const history = sameLoss ? records : records.map(withoutLoss);
  const epochs = epochTable(history);
  // One epoch makes no curve.
  if (history.length < 2) return epochs;
  return markup`<div class="row">${panels.filter(({ curves }) => curves.some((curve) => points(curve, history).length > 0)).map((panel) => curvePanel(panel, history))}</div>${folded('Epochs as a table', epochs)}`;
}

const withoutLoss = ({ validation: figures = {}, ...record }: EpochRecord): EpochRecord => ({
  ...record,
  validation: Object.fromEntries(Object.entries(figures).filter(([name]) => name !== 'loss')),
});

function epochTable(history: readonly EpochRecord[]): Markup {
  const names = [...new Set(history.flatMap(({ validation }) => Object.keys(validation ?? {})))];
  const counted = history.some(({ accuracy }) => accuracy !== undefined);
  const name = (figure: string) =>
    figure === 'accuracy' && history.some(isOfVotes) ? 'first question right' : figureName(figure);
  return table({
    caption: 'Epochs',
    columns: [
      'epoch',
      'loss',
      ...(counted ? [name('accuracy')] : []),
      ...names.map((figure) => `validation ${name(figure)}`),
      'learning rate',
      'seconds',
    ],
    rows: history.map(({ epoch, loss, accuracy, validation, rate, seconds }) => [
      count(epoch),
      ...[loss, ...(counted ? [accuracy] : []), ...names.map((name) => validation?.[name])].map((value) => significant(value, 4)),
      significant(rate),
      significant(seconds),
    ]),
  });
}

function curvePanel({ title, curves, isShare = false }: Panel, history: readonly EpochRecord[]): Markup {
  const drawn = curves.map((curve) => ({ ...curve, points: points(curve, history) })).filter((curve) => curve.points.length > 0);
  const last = Math.max(...history.map(({ epoch }) => epoch));
  const plotted = draw(
    `${title} by epoch: ${drawn.map(({ name, points }) => `${name} ${significant(points[0]?.value)} to ${significant(points.at(-1)?.value)}`).join('; ')}`,
    {
      width: 340,
      height: 240,
      marginLeft: 52,
      marginRight: 12,
      marginTop: 12,
      marginBottom: 40,
      x: { domain: [history[0]?.epoch ?? 1, last] },
      y: { nice: true, ...(isShare ? {} : { zero: true }) },
      marks: [
        gridY({ stroke: 'var(--line)', strokeOpacity: 1, ticks: 5 }),
        axisX({
          label: 'epoch',
          labelArrow: 'none',
          labelAnchor: 'center',
          tickFormat: '~s',
          ticks: Math.min(6, history.length - 1),
          tickSize: 0,
        }),
        axisY({ label: null, ticks: 5, tickSize: 0, tickFormat: (value: number) => significant(value, 2) }),
        ...drawn.flatMap(({ name, colour, dashed, points }) => {
          const stroke = `var(${colour})`;
          const title = ({ epoch, value }: Point) => `epoch ${epoch}, ${name}: ${significant(value, 4)}`;
          return [
            line(points, { x: 'epoch', y: 'value', stroke, strokeWidth: 2, ...(dashed ? { strokeDasharray: '5,3' } : {}) }),
            ...(points.length > dotted ? [] : [dot(points, { x: 'epoch', y: 'value', fill: stroke, r: 2.5, title })]),
          ];
        }),
      ],
    },
    260,
  );
  return markup`<figure><figcaption>${title}</figcaption>${legend(
    drawn.map(({ name, colour, dashed }) => ({ mark: dashed ? 'dashed' : 'line', colour, text: name })),
  )}${plotted}</figure>`;
}

interface Point {
  readonly epoch: number;
  readonly value: number;
}

const points = ({ value }: Curve, history: readonly EpochRecord[]): readonly Point[] =>
  history.flatMap((epoch) => {
    const found = value(epoch);
    return found !== undefined && Number.isFinite(found) ? [{ epoch: epoch.epoch, value: found }] : [];
  });
