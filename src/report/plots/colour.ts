import { axisX, axisY, dot, gridX, ruleY } from '@observablehq/plot';
import { axisNames, draw, legend, scrolling } from '../draw.js';
import { figure } from '../format.js';
import { markup, type Markup } from '../html.js';
import { table } from '../table.js';
import type { DataReport } from '../types.js';

const channels = [
  { name: 'red', colour: '--orange', symbol: 'triangle' },
  { name: 'green', colour: '--green', symbol: 'square' },
  { name: 'blue', colour: '--blue', symbol: 'circle' },
] as const;

/** Mean of red, green and blue by label, as dots and as swatches. */
export function meanColours(colour: DataReport['colour']): Markup {
  const rows = Object.entries(colour);
  if (rows.length === 0) return markup`<p>No picture could be measured.</p>`;
  const names = axisNames(rows.map(([label]) => label));
  const high = Math.min(1, Math.max(0.05, ...rows.flatMap(([, means]) => means)) * 1.08);
  const drawing = draw(
    `Mean colour by label: ${rows.map(([label, means]) => `${names.format(label)} ${means.map(figure).join(' ')}`).join('; ')}`,
    {
      width: 640,
      height: rows.length * (rows.length > 20 ? 18 : 28) + 48,
      marginLeft: names.margin,
      marginRight: 16,
      marginTop: 4,
      marginBottom: 40,
      x: { domain: [0, high] },
      y: { domain: rows.map(([label]) => label), type: 'point', padding: 0.6 },
      marks: [
        gridX({ stroke: 'var(--line)', strokeOpacity: 1, ticks: 6 }),
        axisX({ label: 'mean of the channel', labelAnchor: 'center', labelArrow: 'none', tickSize: 0, ticks: 6 }),
        axisY({ label: null, tickSize: 0, tickFormat: names.format }),
        ruleY(rows, {
          y: '0',
          x1: ([, means]: Means) => Math.min(...means),
          x2: ([, means]: Means) => Math.max(...means),
          stroke: 'var(--muted)',
        }),
        ...channels.map(({ name, colour: fill, symbol }, at) =>
          dot(rows, {
            x: ([, means]: Means) => means[at],
            y: '0',
            fill: `var(${fill})`,
            symbol,
            r: 5,
            title: ([label, means]: Means) => `${label}: ${name} ${figure(means[at])}`,
          }),
        ),
      ],
    },
    500,
  );
  return markup`<figure>${legend(channels.map(({ name, colour: fill, symbol }) => ({ mark: symbol, colour: fill, text: name })))}${scrolling(
    'Colour by label',
    drawing,
  )}</figure>${table({
    caption: 'Mean colour',
    columns: ['label', 'red', 'green', 'blue', 'as it is, brightened'],
    rows: rows.map(([label, means]) => [
      names.format(label),
      ...means.map(figure),
      markup`${swatch(means, 1)} ${swatch(means, Math.max(...means, 1e-6))}`,
    ]),
  })}`;
}

type Means = readonly [label: string, means: readonly [number, number, number]];

function swatch(means: readonly number[], white: number): Markup {
  const bytes = means.map((mean) => Math.round(255 * Math.min(1, Math.max(0, mean / white))));
  return markup`<span class="swatch" style="background:rgb(${bytes.join(',')})"></span>`;
}
