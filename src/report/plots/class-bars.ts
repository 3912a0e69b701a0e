import { axisX, axisY, barX, gridX, ruleY, tickX } from '@observablehq/plot';
import type { ClassFigures, Interval } from '../../evaluate/types.js';
import { axisNames, draw } from '../draw.js';
import { withInterval } from '../format.js';
import { markup, type Markup } from '../html.js';

const panels = [
  { key: 'precision', title: 'Precision', means: 'how often an answer of this class is right' },
  { key: 'recall', title: 'Recall', means: 'how many of this class are found' },
  { key: 'f1', title: 'F1', means: 'harmonic mean of both' },
] as const;

/** Precision, recall and F1 of each class as bars, their intervals as lines across the end. */
export const classBars = (classes: readonly ClassFigures[]): Markup =>
  markup`<div class="row">${panels.map(
    ({ key, title, means }) =>
      markup`<figure><figcaption>${title}</figcaption><p class="legend">${means}</p>${bars(title, classes, (figures) => figures.intervals[key])}</figure>`,
  )}</div>`;

interface Bar extends Interval {
  readonly label: string;
}

function bars(title: string, classes: readonly ClassFigures[], interval: (figures: ClassFigures) => Interval): Markup {
  const all = classes
    .map((figures): Bar => ({ label: figures.label, ...interval(figures) }))
    .filter(({ label, value }) => Number.isFinite(value) && (classes.find((one) => one.label === label)?.support ?? 0) > 0);
  const names = axisNames(
    classes.map(({ label }) => label),
    20,
  );
  const sure = all.filter(({ low, high }) => Number.isFinite(low) && Number.isFinite(high));
  const [rowHeight, inset] = classes.length > 12 ? [17, 3] : [30, 6];
  const said = ({ label, value, low, high }: Bar) => `${label} ${withInterval({ value, low, high })}`;
  return draw(
    `${title} by class with intervals: ${all.map(said).join('; ')}`,
    {
      width: 340,
      height: classes.length * rowHeight + 34,
      marginLeft: names.margin,
      marginRight: 14,
      marginTop: 6,
      marginBottom: 28,
      x: { domain: [0, 1] },
      y: { domain: classes.map(({ label }) => label), padding: 0.28 },
      marks: [
        gridX({ stroke: 'var(--line)', strokeOpacity: 1, ticks: 5 }),
        axisX({ label: null, tickSize: 0, ticks: 5 }),
        axisY({ label: null, tickSize: 0, tickFormat: names.format }),
        barX(all, { x: 'value', y: 'label', fill: 'var(--right)', title: said }),
        ruleY(sure, { x1: 'low', x2: 'high', y: 'label', stroke: 'currentColor', strokeWidth: 1.5 }),
        ...['low', 'high'].map((x) => tickX(sure, { x, y: 'label', stroke: 'currentColor', strokeWidth: 1.5, inset })),
      ],
    },
    260,
  );
}
