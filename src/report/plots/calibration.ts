import { axisX, axisY, dot, gridX, gridY, line, rectY, ruleX } from '@observablehq/plot';
import type { Interval } from '../../evaluate/types.js';
import { draw, legend } from '../draw.js';
import { count, figure, withInterval } from '../format.js';
import { markup, type Markup } from '../html.js';

/** What was said and what came of it, of everything that was said between two values. */
export interface CalibrationBin {
  readonly from: number;
  readonly to: number;
  readonly count: number;
  /** Means; `null` where the bin is empty. */
  readonly expected: number | null;
  readonly observed: number | null;
  /** All of it in words. */
  readonly title: string;
}

/** A picture of calibration. */
export interface Calibration {
  readonly title: string;
  /** Its name, and the mean gap. */
  readonly error: readonly [name: string, interval: Interval];
  readonly bins: readonly CalibrationBin[];
  /** What the two drawings show, for those who hear them. */
  readonly shows: { readonly gaps: string; readonly counts: string };
  readonly labels: { readonly expected: string; readonly observed: string; readonly count: string };
  /** The drawing of the counts. */
  readonly counts: { readonly height: number; readonly ticks: number; readonly y: Readonly<Record<string, unknown>> };
}

type Filled = CalibrationBin & { readonly expected: number; readonly observed: number };

const isFilled = (bin: CalibrationBin): bin is Filled => bin.count > 0 && bin.expected !== null && bin.observed !== null;

/** Plots of shares against shares. */
export const frame = { width: 340, marginLeft: 62, marginRight: 12 };
export const plain = { tickSize: 0, ticks: 5, tickFormat: String, labelAnchor: 'center', labelArrow: 'none' } as const;
export const grids = () => [
  gridX({ stroke: 'var(--line)', strokeOpacity: 1, ticks: 5 }),
  gridY({ stroke: 'var(--line)', strokeOpacity: 1, ticks: 5 }),
];
/** Where expected and observed are the same. */
export const diagonal = () =>
  line(
    [
      [0, 0],
      [1, 1],
    ],
    { stroke: 'var(--muted)', strokeDasharray: '4,3' },
  );

/** Observed against expected values, each bin a dot with its gap, and below it how many each bin holds. */
export function calibrationPanel({ title, error, bins, shows, labels, counts }: Calibration): Markup {
  const filled = bins.filter(isFilled);
  const binTitle = (bin: CalibrationBin): string => bin.title;
  return markup`<figure><figcaption>${title}</figcaption>
<p class="legend">${error[0]} ${withInterval(error[1])}</p>
${legend([
  { mark: 'dashed', colour: '--muted', text: 'as it should be' },
  { mark: 'circle', colour: '--blue', text: 'bins; lines are the gap' },
])}
${draw(
  `${title}: ${shows.gaps}. ${filled.map((bin) => `${figure(bin.expected)}: ${figure(bin.observed)}`).join('; ')}`,
  {
    ...frame,
    height: 290,
    marginTop: 10,
    marginBottom: 14,
    x: { domain: [0, 1] },
    y: { domain: [0, 1] },
    marks: [
      ...grids(),
      axisY({ ...plain, label: labels.observed, labelOffset: 56 }),
      diagonal(),
      ruleX(filled, { x: 'expected', y1: 'expected', y2: 'observed', stroke: 'var(--orange)', strokeWidth: 2 }),
      dot(filled, { x: 'expected', y: 'observed', fill: 'var(--blue)', r: 4, title: binTitle }),
    ],
  },
  260,
)}
${draw(
  `${title}: ${shows.counts}. ${filled.map((bin) => `${figure(bin.from)} to ${figure(bin.to)}: ${count(bin.count)}`).join('; ')}`,
  {
    ...frame,
    height: counts.height,
    marginTop: 8,
    marginBottom: 38,
    x: { domain: [0, 1] },
    y: counts.y,
    marks: [
      gridY({ stroke: 'var(--line)', strokeOpacity: 1, ticks: counts.ticks }),
      axisX({ ...plain, label: labels.expected }),
      axisY({
        ...plain,
        label: labels.count,
        labelOffset: 56,
        ticks: counts.ticks,
        tickFormat: (value: number) => (Number.isInteger(value) ? count(value) : ''),
      }),
      rectY(bins, { x1: 'from', x2: 'to', y: 'count', fill: 'var(--right)', insetLeft: 1, title: binTitle }),
    ],
  },
  260,
)}</figure>`;
}
