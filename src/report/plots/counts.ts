import { axisX, axisY, barX, gridX, ruleX, text } from '@observablehq/plot';
import { axisNames, draw, legend, scrolling } from '../draw.js';
import { count } from '../format.js';
import { markup, type Markup } from '../html.js';
import { andMore } from '../table.js';
import type { Noun, PartCounts } from '../types.js';

const parts = [
  { part: 'train', name: 'training', colour: '--blue' },
  { part: 'validation', name: 'validation', colour: '--orange' },
  { part: 'test', name: 'test', colour: '--green' },
] as const;

interface Bar {
  readonly label: string;
  readonly group: string;
  readonly colour: string;
  readonly count: number;
}

/** Pictures by class, one bar a class, divided into the parts of the split. */
export function partCounts(counts: PartCounts, classes: readonly string[], noun: Noun = 'picture'): Markup {
  const labels = [...new Set([...classes, ...parts.flatMap(({ part }) => Object.keys(counts[part]))])];
  const bars = parts.flatMap(({ part, name, colour }) =>
    labels.map((label) => ({ label, group: name, colour, count: counts[part][label] ?? 0 })),
  );
  return markup`<figure>${legend(parts.map(({ name, colour }) => ({ mark: 'box', colour, text: name })))}${countBars(
    `${noun === 'text' ? 'Texts' : 'Pictures'} by class and part`,
    labels,
    bars,
    { noun },
  )}</figure>`;
}

/** Labels that are drawn; tables name them all. */
export const mostBars = 40;
/** With the largest at so many times the smallest, rare labels are seen on a logarithmic axis alone. */
const extreme = 40;

/** Pictures by label, the most frequent first, with what each had if all had the same. */
export function labelCounts(counts: Readonly<Record<string, number>>): Markup {
  const ordered = Object.entries(counts).sort(([, a], [, b]) => b - a);
  if (ordered.length === 0) return markup`<p>There are no pictures.</p>`;
  const shown = ordered.slice(0, mostBars);
  const labels = shown.map(([label]) => label);
  const bars = shown.map(([label, pictures]) => ({ label, group: '', colour: '--blue', count: pictures }));
  const [most, least] = [ordered[0]?.[1] ?? 0, ordered.at(-1)?.[1] ?? 0];
  const even = ordered.reduce((sum, [, pictures]) => sum + pictures, 0) / ordered.length;
  const isLog = most >= extreme * Math.max(1, least);
  const drawing = countBars('Pictures by label', labels, bars, { even: ordered.length > 1 ? even : undefined, isLog });
  const entry = { mark: 'dashed', colour: '--orange', text: `an even share: ${count(Math.round(even))}` } as const;
  return markup`<figure>${ordered.length > 1 ? legend([entry]) : undefined}${drawing}${andMore(ordered.length, mostBars)}</figure>`;
}

interface BarsOptions {
  readonly noun?: Noun | undefined;
  /** Where a line is drawn. */
  readonly even?: number | undefined;
  readonly isLog?: boolean | undefined;
}

function countBars(
  label: string,
  labels: readonly string[],
  bars: readonly Bar[],
  { noun = 'picture', even, isLog = false }: BarsOptions = {},
): Markup {
  const names = axisNames(labels);
  const totals = labels.map((name) => ({
    label: name,
    count: bars.reduce((sum, bar) => sum + (bar.label === name ? bar.count : 0), 0),
  }));
  const rowHeight = labels.length > 20 ? 18 : 28;
  const most = Math.max(1, ...totals.map((total) => total.count));
  const lowest = 0.7;
  const [x, ticks] = isLog ? [{ type: 'log', domain: [lowest, most] } as const, steps(most)] : [{ domain: [0, most] }, 5];
  return scrolling(
    label,
    draw(
      `${label}: ${totals.map((total) => `${names.format(total.label)} ${total.count}`).join(', ')}`,
      {
        width: 640,
        height: labels.length * rowHeight + 48,
        marginLeft: names.margin,
        marginRight: 60,
        marginTop: 8,
        marginBottom: 40,
        x,
        y: { domain: labels, padding: 0.25 },
        marks: [
          gridX({ stroke: 'var(--line)', strokeOpacity: 1, ticks }),
          axisX({
            label: `${noun}s${isLog ? ' (log scale)' : ''}`,
            labelAnchor: 'center',
            labelArrow: 'none',
            tickSize: 0,
            ticks,
            text: (value: number) => (Number.isInteger(value) ? count(value) : ''),
          }),
          axisY({ label: null, tickSize: 0, tickFormat: names.format }),
          barX(bars, {
            ...(isLog ? { x1: lowest, x2: (bar: Bar) => Math.max(lowest, bar.count) } : { x: 'count' }),
            y: 'label',
            fill: (bar: Bar) => `var(${bar.colour})`,
            title: (bar: Bar) => `${bar.label}${bar.group === '' ? '' : `, ${bar.group}`}: ${count(bar.count)}`,
          }),
          ...(even === undefined ? [] : [ruleX([even], { stroke: 'var(--orange)', strokeWidth: 1.5, strokeDasharray: '5 4' })]),
          text(totals, {
            x: isLog ? (total: { count: number }) => Math.max(lowest, total.count) : 'count',
            y: 'label',
            text: (total: { count: number }) => count(total.count),
            textAnchor: 'start',
            dx: 6,
          }),
        ],
      },
      500,
    ),
  );
}

/** 1, 2, 5, 10 ... up to a number; of many, the powers of ten. */
function steps(most: number): number[] {
  const all = Array.from({ length: 16 }, (_, power) => [1, 2, 5].map((digit) => digit * 10 ** power)).flat();
  const below = all.filter((step) => step <= most);
  return below.length <= 8 ? below : below.filter((_, at) => at % 3 === 0);
}
