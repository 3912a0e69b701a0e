import { axisX, axisY, dot, gridX, gridY, link, rect } from '@observablehq/plot';
import { draw } from '../draw.js';
import { count, percent, significant } from '../format.js';
import { markup, type Markup } from '../html.js';
import { andMore, table } from '../table.js';
import type { DataReport } from '../types.js';

/** Longest table of sizes. */
const listLimit = 10;
/** Of sides, between neighbouring cells. */
const cellRatio = 2 ** 0.25;

type Sizes = Pick<DataReport, 'sizes' | 'sizeCount' | 'sizeCells' | 'aspect' | 'items'>;
type Row = DataReport['sizes'][number];

/** Width against height of the pictures, each size as a dot or many as cells; the most frequent sizes; the ratio of the sides. */
export function pictureSizes({ sizes, sizeCount, sizeCells, aspect, items }: Sizes): Markup {
  if (sizes.length === 0) return markup`<p>No picture could be measured.</p>`;
  const isWhole = sizeCount <= sizes.length;
  const list = markup`<div>${table({
    caption: isWhole ? 'Most frequent sizes' : 'Most frequent sizes, with their neighbours',
    columns: ['width × height', 'pictures', 'share'],
    rows: sizes
      .slice(0, listLimit)
      .map(({ width, height, count: pictures }) => [
        `${width} × ${height}`,
        count(pictures),
        percent(pictures / Math.max(1, items)),
      ]),
  })}${andMore(sizeCount, Math.min(sizeCount, listLimit))}${aspect && aspect.high > aspect.low ? ratios(aspect) : undefined}</div>`;
  if (sizeCount < 2) return list;
  return markup`<div class="row">${isWhole ? scatter(sizes) : cells(sizeCells, sizeCount)}${list}</div>`;
}

const tick = { tickSize: 0, ticks: 5, labelAnchor: 'center', labelArrow: 'none' } as const;
const grids = [
  gridX({ stroke: 'var(--line)', strokeOpacity: 1, ticks: 5 }),
  gridY({ stroke: 'var(--line)', strokeOpacity: 1, ticks: 5 }),
];
const frame = { width: 440, height: 380, marginLeft: 56, marginBottom: 42, marginTop: 12 } as const;

function scatter(sizes: DataReport['sizes']): Markup {
  const widest = Math.max(...sizes.map(({ width, height }) => Math.max(width, height)));
  return markup`<figure>${draw(
    `Width and height of the pictures, ${count(sizes.length)} sizes, up to ${count(widest)} pixels`,
    {
      ...frame,
      x: { domain: [0, widest * 1.05] },
      y: { domain: [0, widest * 1.05] },
      r: { range: [0, 16] },
      marks: [
        ...grids,
        axisX({ ...tick, label: 'width (pixels)' }),
        axisY({ ...tick, label: 'height (pixels)' }),
        dot(sizes, {
          x: 'width',
          y: 'height',
          r: 'count',
          fill: 'var(--blue)',
          fillOpacity: 0.45,
          stroke: 'var(--blue)',
          title: (size: Row) => `${size.width} × ${size.height}: ${count(size.count)} pictures`,
        }),
      ],
    },
    280,
  )}</figure>`;
}

function cells(sizeCells: DataReport['sizeCells'], sizeCount: number): Markup {
  const sides = sizeCells.flatMap(({ width, height }) => [width, height]);
  const [low, high] = [Math.min(...sides), Math.max(...sides) * cellRatio];
  const most = Math.max(...sizeCells.map((cell) => cell.count));
  const range = ({ width, height }: Row) => `${upTo(width)} wide, ${upTo(height)} high`;
  // Powers of two between the ends, and where there are none the ends.
  const powers = Array.from({ length: 32 }, (_, at) => 2 ** at).filter((side) => side >= low && side <= high);
  const ticks = powers.length > 7 ? powers.filter((_, at) => at % 2 === 0) : powers;
  const axis = { tickSize: 0, labelAnchor: 'center', labelArrow: 'none', text: (side: number) => count(side) } as const;
  return markup`<figure>${draw(
    `Width and height of the pictures, ${count(sizeCount)} sizes from ${count(low)} to ${count(high)} pixels; most often ${sizeCells[0] ? range(sizeCells[0]) : ''}`,
    {
      ...frame,
      x: { type: 'log', domain: [low, high] },
      y: { type: 'log', domain: [low, high] },
      marks: [
        gridX(ticks, { stroke: 'var(--line)', strokeOpacity: 1 }),
        gridY(ticks, { stroke: 'var(--line)', strokeOpacity: 1 }),
        link([0], { x1: low, y1: low, x2: high, y2: high, stroke: 'var(--muted)', strokeDasharray: '4 4' }),
        rect(sizeCells, {
          x1: 'width',
          x2: (cell: Row) => cell.width * cellRatio,
          y1: 'height',
          y2: (cell: Row) => cell.height * cellRatio,
          fill: 'var(--blue)',
          // The root leaves something to see of rare cells.
          fillOpacity: (cell: Row) => 0.15 + 0.85 * Math.sqrt(cell.count / most),
          title: (cell: Row) => `${range(cell)}: ${count(cell.count)} pictures`,
        }),
        axisX(ticks, { ...axis, label: 'width (pixels, log scale)' }),
        axisY(ticks, { ...axis, label: 'height (pixels, log scale)' }),
      ],
      opacity: { type: 'identity' },
    },
    280,
  )}<p class="legend">Stronger is more; the dashed line is a square.</p></figure>`;
}

const upTo = (side: number): string =>
  `${count(Math.ceil(side - 1e-6))} to ${count(Math.max(Math.ceil(side - 1e-6), Math.ceil(side * cellRatio - 1e-6) - 1))}`;

/** Histogram of width over height. */
function ratios(aspect: NonNullable<DataReport['aspect']>): Markup {
  const width = (aspect.high - aspect.low) / aspect.counts.length;
  const bars = aspect.counts.map((pictures, at) => ({ x: aspect.low + at * width, pictures }));
  return markup`<figure><figcaption>Width over height</figcaption>${draw(
    `Width over height: from ${significant(aspect.low)} to ${significant(aspect.high)}, median ${significant(aspect.median)}`,
    {
      width: 340,
      height: 130,
      marginLeft: 44,
      marginBottom: 24,
      marginTop: 8,
      y: { type: 'sqrt' },
      marks: [
        gridY({ stroke: 'var(--line)', strokeOpacity: 1, ticks: 3 }),
        rect(bars, {
          x1: 'x',
          x2: (bar: (typeof bars)[number]) => bar.x + width,
          y1: 0,
          y2: 'pictures',
          fill: 'var(--right)',
          title: (bar: (typeof bars)[number]) =>
            `${significant(bar.x)} to ${significant(bar.x + width)}: ${count(bar.pictures)} pictures`,
        }),
        axisX({ label: null, tickSize: 0, ticks: 5 }),
        axisY({ label: null, tickSize: 0, ticks: 3 }),
      ],
    },
    240,
  )}</figure>`;
}
