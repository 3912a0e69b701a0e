import { axisX, axisY, dot, gridX, gridY, line, rectY, ruleX, ruleY } from '@observablehq/plot';
import type { DirichletFigures, ShareBin, VotesEvaluation } from '../../evaluate/votes-types.js';
import { draw, legend } from '../draw.js';
import { count, figure, levelText, withInterval } from '../format.js';
import { markup, type Markup } from '../html.js';

type Filled = ShareBin & { readonly predicted: number; readonly observed: number };

const isFilled = (bin: ShareBin): bin is Filled => bin.count > 0 && bin.predicted !== null && bin.observed !== null;

const frame = { width: 340, marginLeft: 62, marginRight: 12 };
const diagonal = [
  [0, 0],
  [1, 1],
];
const grids = () => [
  gridX({ stroke: 'var(--line)', strokeOpacity: 1, ticks: 5 }),
  gridY({ stroke: 'var(--line)', strokeOpacity: 1, ticks: 5 }),
];
const plain = { tickSize: 0, ticks: 5, tickFormat: String, labelAnchor: 'center', labelArrow: 'none' } as const;

/** Mean observed against mean predicted share, how many shares that is of, and, for a Dirichlet head, how many votes its intervals hold. */
export const shareCalibration = ({ calibration, dirichlet }: VotesEvaluation): Markup =>
  markup`<div class="row">${calibrationPanel(calibration)}${dirichlet && coveragePanel(dirichlet)}</div>`;

function calibrationPanel({ error, bins }: VotesEvaluation['calibration']): Markup {
  const filled = bins.filter(isFilled);
  const title = 'Predicted and observed shares';
  return markup`<figure><figcaption>${title}</figcaption>
<p class="legend">mean gap ${withInterval(error)}</p>
${legend([
  { mark: 'dashed', colour: '--muted', text: 'as it should be' },
  { mark: 'circle', colour: '--blue', text: 'bins; lines are the gap' },
])}
${draw(
  `${title}: mean observed by mean predicted share. ${filled.map((bin) => `${figure(bin.predicted)}: ${figure(bin.observed)}`).join('; ')}`,
  {
    ...frame,
    height: 290,
    marginTop: 10,
    marginBottom: 14,
    x: { domain: [0, 1] },
    y: { domain: [0, 1] },
    marks: [
      ...grids(),
      axisY({ ...plain, label: 'mean observed share', labelOffset: 56 }),
      line(diagonal, { stroke: 'var(--muted)', strokeDasharray: '4,3' }),
      ruleX(filled, { x: 'predicted', y1: 'predicted', y2: 'observed', stroke: 'var(--orange)', strokeWidth: 2 }),
      dot(filled, { x: 'predicted', y: 'observed', fill: 'var(--blue)', r: 4, title: binTitle }),
    ],
  },
  260,
)}
${draw(
  `${title}: shares in each bin. ${filled.map((bin) => `${figure(bin.from)} to ${figure(bin.to)}: ${count(bin.count)}`).join('; ')}`,
  {
    ...frame,
    height: 120,
    marginTop: 8,
    marginBottom: 38,
    x: { domain: [0, 1] },
    // Most shares are small; their square roots leave something to see of the others.
    y: { type: 'sqrt', zero: true, domain: [0, Math.max(1, ...bins.map((bin) => bin.count))] },
    marks: [
      gridY({ stroke: 'var(--line)', strokeOpacity: 1, ticks: 3 }),
      axisX({ ...plain, label: 'predicted share' }),
      axisY({
        ...plain,
        label: 'shares (√ scale)',
        labelOffset: 56,
        ticks: 3,
        tickFormat: (value: number) => (Number.isInteger(value) ? count(value) : ''),
      }),
      rectY(bins, { x1: 'from', x2: 'to', y: 'count', fill: 'var(--right)', insetLeft: 1, title: binTitle }),
    ],
  },
  260,
)}</figure>`;
}

const binTitle = ({ from, to, count: shares, predicted, observed }: ShareBin): string =>
  `${figure(from)} to ${figure(to)}: ${count(shares)} shares, mean predicted ${figure(predicted)}, mean observed ${figure(observed)}`;

function coveragePanel({ coverage, counts, logLoss }: DirichletFigures): Markup {
  const rows = coverage.map(({ level, covered }) => ({ level, ...covered })).filter(({ value }) => Number.isFinite(value));
  const sure = rows.filter(({ low, high }) => Number.isFinite(low) && Number.isFinite(high));
  const title = 'Votes inside its intervals';
  const said = (row: (typeof rows)[number]) => `${levelText(row.level)} intervals hold ${withInterval(row)}`;
  return markup`<figure><figcaption>${title}</figcaption>
<p class="legend">${count(counts)} numbers of votes; mean log loss of a galaxy ${withInterval(logLoss)}</p>
${legend([
  { mark: 'dashed', colour: '--muted', text: 'as it should be' },
  { mark: 'circle', colour: '--blue', text: 'below the line: surer than it should be' },
])}
${draw(
  `${title}: share of votes inside by what should be inside. ${rows.map(said).join('; ')}`,
  {
    ...frame,
    height: 324,
    marginTop: 10,
    marginBottom: 40,
    x: { domain: [0, 1] },
    y: { domain: [0, 1] },
    marks: [
      ...grids(),
      axisX({ ...plain, label: 'should be inside' }),
      axisY({ ...plain, label: 'share of votes inside', labelOffset: 56 }),
      line(diagonal, { stroke: 'var(--muted)', strokeDasharray: '4,3' }),
      ruleX(sure, { x: 'level', y1: 'low', y2: 'high', stroke: 'var(--blue)', strokeWidth: 2 }),
      ruleY([0], { stroke: 'var(--line)' }),
      dot(rows, { x: 'level', y: 'value', fill: 'var(--blue)', r: 4, title: said }),
    ],
  },
  260,
)}</figure>`;
}
