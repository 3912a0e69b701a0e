import { axisX, axisY, barY, gridY } from '@observablehq/plot';
import { draw, scrolling } from '../draw.js';
import { count, counted, shorten } from '../format.js';
import { markup, type Markup } from '../html.js';
import { kindAt, kindMark, mostKinds } from '../kinds.js';
import { folded, table } from '../table.js';
import type { DataReport } from '../types.js';

type Timeline = NonNullable<DataReport['timeline']>;

/** Longest name of a source. */
const longest = 40;
/** Longest time that is drawn with its gaps, in years. */
const mostYears = 200;
/** Labels along the axis. */
const mostTicks = 14;

const named = (source: string): string => (source === '' ? 'unknown source' : shorten(source, longest));

/** Pictures by year, stacked by source. */
export function sourcesOverTime({ years, undated }: Timeline): Markup {
  const totals = new Map<string, number>();
  for (const { source, count: pictures } of years) totals.set(source, (totals.get(source) ?? 0) + pictures);
  const sources = [...totals].sort(([, a], [, b]) => b - a).map(([source]) => source);
  const place = new Map(sources.map((source, at) => [source, Math.min(at, mostKinds)]));
  const [first = 0, last = 0] = [years[0]?.year, years.at(-1)?.year];
  // Gaps are seen, unless a date is wrong by centuries.
  const all =
    last - first < mostYears
      ? Array.from({ length: last - first + 1 }, (_, at) => first + at)
      : [...new Set(years.map(({ year }) => year))];
  const every = Math.ceil(all.length / mostTicks);
  const bars = years.map((bar) => ({ ...bar, place: place.get(bar.source) ?? mostKinds }));
  const dated = years.reduce((sum, { count: pictures }) => sum + pictures, 0);
  const drawing = draw(
    `Pictures by year and source, ${first} to ${last}: ${sources.map((source) => `${named(source)} ${totals.get(source) ?? 0}`).join(', ')}`,
    {
      width: 720,
      height: 300,
      marginLeft: 64,
      marginBottom: 34,
      x: { type: 'band', domain: all, padding: 0.15 },
      marks: [
        gridY({ stroke: 'var(--line)', strokeOpacity: 1, ticks: 5 }),
        axisX({ label: null, tickSize: 0, tickFormat: (year: number) => (all.indexOf(year) % every === 0 ? String(year) : '') }),
        axisY({ label: 'pictures', labelAnchor: 'center', labelArrow: 'none', tickSize: 0, ticks: 5, tickFormat: whole }),
        barY(bars, {
          x: 'year',
          y: 'count',
          order: 'place',
          fill: (bar: (typeof bars)[number]) => `var(${kindAt(bar.place).colour})`,
          title: (bar: (typeof bars)[number]) => `${bar.year}, ${named(bar.source)}: ${count(bar.count)}`,
        }),
      ],
    },
    480,
  );
  const entries = sources.slice(0, mostKinds).map((source, at) => ({ text: named(source), mark: kindMark(kindAt(at)) }));
  if (sources.length > mostKinds) {
    entries.push({ text: `${count(sources.length - mostKinds)} other sources`, mark: kindMark(kindAt(mostKinds)) });
  }
  return markup`<figure><p class="legend">${entries.map(({ text, mark }) => markup`<span>${mark}${text}</span> `)}</p>${scrolling(
    'Pictures by year and source',
    drawing,
  )}</figure><p class="lead">${counted(dated, 'picture')} with a date, ${count(undated)} without.</p>${folded(
    'Years as a table',
    table({
      caption: 'Pictures by year',
      columns: ['year', 'source', 'pictures'],
      words: [1],
      rows: years.map(({ year, source, count: pictures }) => [String(year), named(source), count(pictures)]),
    }),
  )}`;
}

const whole = (value: number): string => (Number.isInteger(value) ? count(value) : '');
