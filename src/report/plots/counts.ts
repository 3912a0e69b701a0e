import { axisX, axisY, barX, gridX, text } from '@observablehq/plot';
import { axisNames, draw, legend, scrolling } from '../draw.js';
import { count } from '../format.js';
import { markup, type Markup } from '../html.js';
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
    noun,
  )}</figure>`;
}

/** Pictures by label. */
export function labelCounts(counts: Readonly<Record<string, number>>): Markup {
  const labels = Object.keys(counts).sort((a, b) => (counts[b] ?? 0) - (counts[a] ?? 0));
  if (labels.length === 0) return markup`<p>There are no pictures.</p>`;
  const bars = labels.map((label) => ({ label, group: '', colour: '--blue', count: counts[label] ?? 0 }));
  return markup`<figure>${countBars('Pictures by label', labels, bars)}</figure>`;
}

function countBars(label: string, labels: readonly string[], bars: readonly Bar[], noun: Noun = 'picture'): Markup {
  const names = axisNames(labels);
  const totals = labels.map((name) => ({
    label: name,
    count: bars.reduce((sum, bar) => sum + (bar.label === name ? bar.count : 0), 0),
  }));
  const rowHeight = labels.length > 20 ? 18 : 28;
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
        x: { domain: [0, Math.max(1, ...totals.map((total) => total.count))] },
        y: { domain: labels, padding: 0.25 },
        marks: [
          gridX({ stroke: 'var(--line)', strokeOpacity: 1, ticks: 5 }),
          axisX({
            label: `${noun}s`,
            labelAnchor: 'center',
            labelArrow: 'none',
            tickSize: 0,
            ticks: 5,
            tickFormat: (value: number) => (Number.isInteger(value) ? count(value) : ''),
          }),
          axisY({ label: null, tickSize: 0, tickFormat: names.format }),
          barX(bars, {
            x: 'count',
            y: 'label',
            fill: (bar: Bar) => `var(${bar.colour})`,
            title: (bar: Bar) => `${bar.label}${bar.group === '' ? '' : `, ${bar.group}`}: ${count(bar.count)}`,
          }),
          text(totals, {
            x: 'count',
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
