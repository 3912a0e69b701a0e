import { axisX, axisY, dot, ruleX, ruleY } from '@observablehq/plot';
import type { DirichletFigures, ShareBin, VotesEvaluation } from '../../evaluate/votes-types.js';
import { draw, legend } from '../draw.js';
import { count, figure, levelText, withInterval } from '../format.js';
import { markup, type Markup } from '../html.js';
import { calibrationPanel, diagonal, frame, grids, plain } from './calibration.js';

/** Mean observed against mean predicted share, how many shares that is of, and, for a Dirichlet head, how many votes its intervals hold. */
export const shareCalibration = ({ calibration, dirichlet }: VotesEvaluation): Markup =>
  markup`<div class="row">${sharesPanel(calibration)}${dirichlet && coveragePanel(dirichlet)}</div>`;

function sharesPanel({ error, bins }: VotesEvaluation['calibration']): Markup {
  return calibrationPanel({
    title: 'Predicted and observed shares',
    error: ['mean gap', error],
    bins: bins.map((bin) => ({ ...bin, expected: bin.predicted, title: binTitle(bin) })),
    shows: { gaps: 'mean observed by mean predicted share', counts: 'shares in each bin' },
    labels: { expected: 'predicted share', observed: 'mean observed share', count: 'shares (√ scale)' },
    // Most shares are small; their square roots leave something to see of the others.
    counts: { height: 120, ticks: 3, y: { type: 'sqrt', zero: true, domain: [0, Math.max(1, ...bins.map((bin) => bin.count))] } },
  });
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
      diagonal(),
      ruleX(sure, { x: 'level', y1: 'low', y2: 'high', stroke: 'var(--blue)', strokeWidth: 2 }),
      ruleY([0], { stroke: 'var(--line)' }),
      dot(rows, { x: 'level', y: 'value', fill: 'var(--blue)', r: 4, title: said }),
    ],
  },
  260,
)}</figure>`;
}
