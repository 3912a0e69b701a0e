import { axisX, axisY, dot, gridX, ruleY, tickX } from '@observablehq/plot';
import { axisNames, draw, legend } from '../draw.js';
import { figure } from '../format.js';
import { markup, type Markup } from '../html.js';

/** A figure over the folds: that of each, their mean and their standard deviation. */
export interface FoldedFigure {
  readonly name: string;
  readonly mean: number;
  readonly deviation: number;
  readonly values: readonly { readonly fold: string; readonly value: number }[];
}

/** Each fold as a dot; the mean as an upright line in the middle of one deviation to both sides. */
export function foldPlot(figures: readonly FoldedFigure[]): Markup | undefined {
  const shown = figures.filter(({ mean }) => Number.isFinite(mean));
  if (shown.length === 0) return undefined;
  const names = axisNames(shown.map(({ name }) => name));
  const spread = shown
    .filter(({ deviation }) => Number.isFinite(deviation))
    .map(({ name, mean, deviation }) => ({ name, low: mean - deviation, high: mean + deviation }));
  const dots = shown.flatMap(({ name, values }) =>
    values.filter(({ value }) => Number.isFinite(value)).map(({ fold, value }) => ({ name, fold, value })),
  );
  const ends = [
    ...spread.flatMap(({ low, high }) => [low, high]),
    ...shown.map(({ mean }) => mean),
    ...dots.map(({ value }) => value),
  ];
  const [low, high] = [Math.min(...ends), Math.max(...ends)];
  const room = Math.max((high - low) * 0.06, 1e-3);
  const said = ({ name, mean, deviation, values }: FoldedFigure) =>
    `${name} ${figure(mean)} ± ${figure(deviation)} (${values.map(({ value }) => figure(value)).join(', ')})`;
  return markup`<figure>${legend([
    { mark: 'circle', colour: '--blue', text: 'folds' },
    { mark: 'line', colour: '--orange', text: 'mean, and one standard deviation to both sides' },
  ])}${draw(
    `Figures over the folds: ${shown.map(said).join('; ')}`,
    {
      width: 440,
      height: shown.length * 44 + 40,
      marginLeft: names.margin,
      marginRight: 20,
      marginTop: 8,
      marginBottom: 30,
      x: { domain: [low - room, high + room] },
      y: { domain: shown.map(({ name }) => name), padding: 0.2 },
      marks: [
        gridX({ stroke: 'var(--line)', strokeOpacity: 1, ticks: 5 }),
        axisX({ label: null, tickSize: 0, ticks: 5 }),
        axisY({ label: null, tickSize: 0, tickFormat: names.format }),
        ruleY(spread, { x1: 'low', x2: 'high', y: 'name', stroke: 'var(--orange)', strokeWidth: 2 }),
        tickX(shown, { x: 'mean', y: 'name', stroke: 'var(--orange)', strokeWidth: 2.5, inset: 4, title: said }),
        dot(dots, {
          x: 'value',
          y: 'name',
          r: 4.5,
          fill: 'var(--blue)',
          fillOpacity: 0.75,
          title: ({ fold, value }: (typeof dots)[number]) => `${fold}: ${figure(value)}`,
        }),
      ],
    },
    320,
  )}</figure>`;
}
