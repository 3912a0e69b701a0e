import { axisX, axisY, cell, text } from '@observablehq/plot';
import type { Evaluation } from '../../evaluate/types.js';
import { axisNames, draw, legend, scrolling } from '../draw.js';
import { count, percent } from '../format.js';
import { markup, type Markup, type Part } from '../html.js';
import { confusionCells, mixups, type ConfusionCell, type Mixup } from '../mixups.js';
import { andMore, folded, table } from '../table.js';
import type { Noun } from '../types.js';

type Confusion = Evaluation['confusion'];
type Cell = ConfusionCell;

/** More classes than this are a list of their confusions, not a matrix. */
export const matrixLimit = 40;
/** Up to this many classes a cell holds its share beside its count. */
const shareLimit = 12;
/** Up to this many classes the matrix leaves room for a list beside it. */
const besideLimit = 5;
const longList = 20;
const shortList = 8;

/** The confusion matrix as a heat map and as tables; beyond {@link matrixLimit} classes the most frequent confusions alone. */
export function confusionMatrix(confusion: Confusion, noun: Noun = 'picture'): Markup {
  const all = mixups(confusion);
  if (confusion.classes.length > matrixLimit) return mixupTable(all, longList, noun);
  const matrix = markup`<div>${heatMap(confusion)}${folded('The matrix as a table', countTable(confusion))}</div>`;
  if (confusion.classes.length > besideLimit) return markup`${matrix}${mixupTable(all, longList, noun)}`;
  return markup`<div class="row">${matrix}<div>${mixupTable(all, shortList, noun)}</div></div>`;
}

function heatMap(confusion: Confusion): Markup {
  const { classes } = confusion;
  const small = classes.length <= shareLimit;
  const names = axisNames(classes, small ? 22 : 16);
  const width = small ? Math.max(64, Math.min(88, 520 / classes.length)) : Math.max(26, 640 / classes.length);
  const all = confusionCells(confusion);
  const angle = !small ? 90 : names.margin > width ? 40 : 0;
  // Turned names rise above the matrix, and those of the last column lean out of it.
  const top = Math.sin((angle * Math.PI) / 180) * names.margin + 44;
  const right = angle === 40 ? Math.max(12, Math.cos((angle * Math.PI) / 180) * names.margin - width / 2 + 8) : 12;
  const left = names.margin + 26;
  const label = `Confusion matrix of ${count(classes.length)} classes: rows are the truth, columns the answers`;
  const drawing = draw(label, {
    width: Math.round(left + classes.length * width + right),
    height: Math.round(top + classes.length * (small ? 50 : 22) + 8),
    marginLeft: left,
    marginTop: top,
    marginRight: right,
    marginBottom: 8,
    padding: small ? 0.03 : 0.06,
    x: { domain: classes },
    y: { domain: classes },
    opacity: { type: 'identity' },
    marks: [
      axisX({
        anchor: 'top',
        label: 'answer',
        labelAnchor: 'center',
        labelArrow: 'none',
        labelOffset: top - 8,
        tickSize: 0,
        tickFormat: names.format,
        tickRotate: -angle,
      }),
      axisY({
        label: 'truth',
        labelAnchor: 'center',
        labelArrow: 'none',
        labelOffset: names.margin + 20,
        tickSize: 0,
        tickFormat: names.format,
      }),
      cell(all, {
        x: 'answer',
        y: 'truth',
        fill: (one: Cell) => (one.truth === one.answer ? 'var(--right)' : 'var(--wrong)'),
        fillOpacity: strength,
        stroke: 'var(--line)',
        strokeWidth: 0.5,
        rx: 2,
        title: (one: Cell) => `${one.truth} taken for ${one.answer}: ${count(one.count)}, ${percent(one.share)} of ${one.truth}`,
      }),
      text(all, {
        x: 'answer',
        y: 'truth',
        text: (one: Cell) => (one.count === 0 ? '' : count(one.count)),
        fontSize: small ? 14 : 10,
        ...(small ? { fontWeight: 600, dy: -8 } : {}),
        pointerEvents: 'none',
      }),
      ...(small
        ? [
            text(all, {
              x: 'answer',
              y: 'truth',
              text: (one: Cell) => (one.count === 0 ? '' : percent(one.share)),
              fontSize: 11,
              dy: 10,
              pointerEvents: 'none',
            }),
          ]
        : []),
    ],
  });
  return markup`<figure>${legend([
    { mark: 'box', colour: '--right', text: 'right' },
    { mark: 'box', colour: '--wrong', text: 'wrong; the stronger, the larger the share of the row (square root)' },
  ])}${scrolling(label, drawing)}</figure>`;
}

const strength = ({ share }: Cell): number => Math.sqrt(Math.min(1, Math.max(0, share ?? 0)));

function countTable({ classes, counts }: Confusion): Markup {
  return table({
    caption: 'Truth in rows, answers in columns',
    columns: ['truth', ...classes],
    rows: classes.map((name, row): Part[] => [name, ...(counts[row] ?? []).map(count)]),
  });
}

function mixupTable(all: readonly Mixup[], most: number, noun: Noun): Markup {
  if (all.length === 0) return markup`<p>No ${noun} was named wrongly.</p>`;
  return markup`${table({
    caption: 'Most frequent confusions',
    columns: ['truth', 'taken for', `${noun}s`, 'of the class'],
    words: [1],
    rows: all.slice(0, most).map(({ truth, answer, count: pictures, share }) => [truth, answer, count(pictures), percent(share)]),
  })}${andMore(all.length, most)}`;
}
