import { axisX, axisY, dot, gridX, ruleX, ruleY, tickX } from '@observablehq/plot';
import type { Interval } from '../../evaluate/types.js';
import { axisNames, draw } from '../draw.js';
import { withInterval } from '../format.js';
import { markup, type Markup } from '../html.js';

/** A figure with its interval under a name, which may have two lines. */
export interface NamedInterval {
  readonly name: string;
  readonly interval: Interval;
  /** Name of a colour of the page's style sheet; `--blue` unless told. */
  readonly colour?: string;
}

/** A dot and its interval for each name; `reference` draws a line that intervals are read against. */
export function intervalPlot(title: string, all: readonly NamedInterval[], reference?: number): Markup {
  const shown = all.filter(({ interval: { value, low, high } }) => [value, low, high].every(Number.isFinite));
  const rows = shown.map(({ name, interval, colour = '--blue' }) => ({ name, ...interval, colour: `var(${colour})` }));
  const names = axisNames(
    all.map(({ name }) => name),
    18,
  );
  const twoLines = all.some(({ name }) => name.includes('\n'));
  const ends = [...rows.flatMap(({ low, high }) => [low, high]), ...(reference === undefined ? [] : [reference])];
  const low = Math.min(...ends, 1);
  const high = Math.max(...ends, low + 1e-3);
  const room = (high - low) * 0.06;
  const said = (row: (typeof rows)[number]) => `${row.name.replace('\n', ' ')}: ${withInterval(row)}`;
  return markup`<figure><figcaption>${title}</figcaption>${draw(
    `${title}: ${rows.map(said).join('; ')}`,
    {
      width: 340,
      height: all.length * (twoLines ? 40 : 30) + 40,
      marginLeft: names.margin,
      marginRight: 16,
      marginTop: 6,
      marginBottom: 26,
      x: { domain: [low - room, high + room] },
      y: { domain: all.map(({ name }) => name), padding: 0 },
      marks: [
        gridX({ stroke: 'var(--line)', strokeOpacity: 1, ticks: 3 }),
        axisX({ label: null, tickSize: 0, ticks: 3 }),
        axisY({ label: null, tickSize: 0, tickFormat: names.format }),
        ...(reference === undefined ? [] : [ruleX([reference], { stroke: 'var(--muted)', strokeDasharray: '4,3' })]),
        ruleY(rows, { x1: 'low', x2: 'high', y: 'name', stroke: 'colour', strokeWidth: 2 }),
        ...['low', 'high'].map((x) => tickX(rows, { x, y: 'name', stroke: 'colour', strokeWidth: 2, inset: twoLines ? 14 : 9 })),
        dot(rows, { x: 'value', y: 'name', r: 5, fill: 'colour', title: said }),
      ],
    },
    260,
  )}</figure>`;
}
