import { areaY, axisX, axisY, gridX, ruleY, link, dot } from '@observablehq/plot';
import { axisNames, draw, scrolling } from '../draw.js';
import { figure } from '../format.js';
import { markup, type Markup } from '../html.js';
import { folded, table } from '../table.js';
import type { DataReport, Distribution } from '../types.js';

interface Row extends Distribution {
  readonly label: string;
  readonly at: number;
}

/** Share of a row's height that its histogram takes at most. */
const tallest = 0.62;

/** Histogram, quartiles and median of the mean brightness, one row a label. */
export function brightnessRows(brightness: DataReport['brightness']): Markup {
  const rows = Object.entries(brightness).map(([label, distribution], at): Row => ({ label, at, ...distribution }));
  if (rows.length === 0) return markup`<p>No picture could be measured.</p>`;
  const names = axisNames(rows.map(({ label }) => label));
  const high = Math.min(1, Math.max(0.05, ...rows.map((row) => row.high)) * 1.04);
  const drawing = draw(
    `Mean brightness of the pictures by label: ${rows.map((row) => `${names.format(row.label)} median ${figure(row.median)}`).join('; ')}`,
    {
      width: 640,
      height: rows.length * (rows.length > 20 ? 30 : 46) + 48,
      marginLeft: names.margin,
      marginRight: 16,
      marginTop: 4,
      marginBottom: 40,
      x: { domain: [0, high] },
      y: { domain: [-0.75, rows.length - 0.65], reverse: true },
      marks: [
        gridX({ stroke: 'var(--line)', strokeOpacity: 1, ticks: 6 }),
        axisX({
          label: 'mean of the pixels (0 black, 1 white)',
          labelAnchor: 'center',
          labelArrow: 'none',
          tickSize: 0,
          ticks: 6,
        }),
        axisY(
          rows.map(({ at }) => at),
          { label: null, tickSize: 0, tickFormat: (at: number) => names.format(rows[at]?.label ?? '') },
        ),
        areaY(rows.flatMap(outline), { x: 'x', y1: 'base', y2: 'top', z: 'label', fill: 'var(--right)', curve: 'step' }),
        ruleY(rows, { x1: 'low', x2: 'high', y: (row: Row) => row.at + 0.12, stroke: 'var(--muted)' }),
        link(rows, {
          x1: 'lowerQuartile',
          x2: 'upperQuartile',
          y1: (row: Row) => row.at + 0.12,
          y2: (row: Row) => row.at + 0.12,
          stroke: 'var(--blue)',
          strokeWidth: 5,
        }),
        dot(rows, {
          x: 'median',
          y: (row: Row) => row.at + 0.12,
          r: 4,
          fill: 'var(--page)',
          stroke: 'var(--text)',
          strokeWidth: 1.5,
          title: (row: Row) => `${row.label}: median ${figure(row.median)}`,
        }),
      ],
    },
    500,
  );
  return markup`<figure>${scrolling('Brightness by label', drawing)}</figure>${folded(
    'Brightness as a table',
    table({
      caption: 'Mean brightness of a picture',
      columns: ['label', 'lowest', 'lower quartile', 'median', 'upper quartile', 'highest'],
      rows: rows.map((row) => [
        names.format(row.label),
        ...[row.low, row.lowerQuartile, row.median, row.upperQuartile, row.high].map(figure),
      ]),
    }),
  )}`;
}

/** The histogram as steps above the row's line. */
function outline({ label, at, low, high, counts }: Row): readonly object[] {
  const most = Math.max(1, ...counts);
  const width = (high - low) / counts.length;
  return counts.map((pictures, bin) => ({
    label,
    x: low + (bin + 0.5) * width,
    base: at,
    top: at - (tallest * pictures) / most,
  }));
}
