import { axisX, axisY, dot, gridX, gridY } from '@observablehq/plot';
import { draw } from '../draw.js';
import { count, percent } from '../format.js';
import { markup, type Markup } from '../html.js';
import { andMore, table } from '../table.js';
import type { DataReport } from '../types.js';

/** Longest table of sizes. */
const listLimit = 10;

/** Width against height of the pictures, the area of a dot by their number, and the most frequent sizes. */
export function pictureSizes(sizes: DataReport['sizes']): Markup {
  if (sizes.length === 0) return markup`<p>No picture could be measured.</p>`;
  const ordered = [...sizes].sort((a, b) => b.count - a.count);
  const total = ordered.reduce((sum, size) => sum + size.count, 0);
  const list = markup`<div>${table({
    caption: 'Most frequent sizes',
    columns: ['width × height', 'pictures', 'share'],
    rows: ordered
      .slice(0, listLimit)
      .map(({ width, height, count: pictures }) => [`${width} × ${height}`, count(pictures), percent(pictures / total)]),
  })}${andMore(ordered.length, listLimit)}</div>`;
  return ordered.length < 2 ? list : markup`<div class="row">${scatter(ordered)}${list}</div>`;
}

function scatter(sizes: DataReport['sizes']): Markup {
  const widest = Math.max(...sizes.map(({ width, height }) => Math.max(width, height)));
  const tick = { tickSize: 0, ticks: 5, labelAnchor: 'center', labelArrow: 'none' } as const;
  return markup`<figure>${draw(
    `Width and height of the pictures, ${count(sizes.length)} sizes, up to ${count(widest)} pixels`,
    {
      width: 440,
      height: 380,
      marginLeft: 56,
      marginBottom: 42,
      marginTop: 12,
      x: { domain: [0, widest * 1.05] },
      y: { domain: [0, widest * 1.05] },
      r: { range: [0, 16] },
      marks: [
        gridX({ stroke: 'var(--line)', strokeOpacity: 1, ticks: 5 }),
        gridY({ stroke: 'var(--line)', strokeOpacity: 1, ticks: 5 }),
        axisX({ ...tick, label: 'width (pixels)' }),
        axisY({ ...tick, label: 'height (pixels)' }),
        dot(sizes, {
          x: 'width',
          y: 'height',
          r: 'count',
          fill: 'var(--blue)',
          fillOpacity: 0.45,
          stroke: 'var(--blue)',
          title: (size: DataReport['sizes'][number]) => `${size.width} × ${size.height}: ${count(size.count)} pictures`,
        }),
      ],
    },
    280,
  )}</figure>`;
}
