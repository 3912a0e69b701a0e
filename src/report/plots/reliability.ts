import { axisX, axisY, dot, gridX, gridY, line, rectY, ruleX } from '@observablehq/plot';
import type { Evaluation, Reliability } from '../../evaluate/types.js';
import { draw, legend } from '../draw.js';
import { count, figure, withInterval } from '../format.js';
import { markup, type Markup } from '../html.js';
import type { Noun } from '../types.js';

type Bin = Reliability['bins'][number];
type Filled = Bin & { readonly confidence: number; readonly accuracy: number };

const isFilled = (bin: Bin): bin is Filled => bin.count > 0 && bin.confidence !== null && bin.accuracy !== null;

/** How often answers are right against how sure the model was, before and after temperature scaling, with what is in each bin. */
export function reliabilityDiagrams({ before, after, temperature }: Evaluation['calibration'], noun: Noun = 'picture'): Markup {
  return markup`<div class="row">
${panel('Before temperature scaling', before, noun)}
${panel(`After temperature scaling (T = ${figure(temperature)})`, after, noun)}
</div>`;
}

const frame = { width: 340, marginLeft: 62, marginRight: 12 };
const shares = (value: number): string => String(value);

function panel(title: string, reliability: Reliability, noun: Noun): Markup {
  const filled = reliability.bins.filter(isFilled);
  const binTitle = ({ from, to, count: members, confidence, accuracy }: Bin): string =>
    `${figure(from)} to ${figure(to)}: ${count(members)} ${noun}s, mean probability ${figure(confidence)}, right ${figure(accuracy)}`;
  return markup`<figure><figcaption>${title}</figcaption>
<p class="legend">expected calibration error ${withInterval(reliability.error)}</p>
${legend([
  { mark: 'dashed', colour: '--muted', text: 'as it should be' },
  { mark: 'circle', colour: '--blue', text: 'bins; lines are the gap' },
])}
${draw(
  `${title}: share of right answers by probability. ${filled.map((bin) => `${figure(bin.confidence)}: ${figure(bin.accuracy)}`).join('; ')}`,
  {
    ...frame,
    height: 290,
    marginTop: 10,
    marginBottom: 14,
    x: { domain: [0, 1] },
    y: { domain: [0, 1] },
    marks: [
      gridX({ stroke: 'var(--line)', strokeOpacity: 1, ticks: 5 }),
      gridY({ stroke: 'var(--line)', strokeOpacity: 1, ticks: 5 }),
      axisY({
        label: 'share of right answers',
        labelOffset: 56,
        labelAnchor: 'center',
        labelArrow: 'none',
        tickSize: 0,
        ticks: 5,
        tickFormat: shares,
      }),
      line(
        [
          [0, 0],
          [1, 1],
        ],
        { stroke: 'var(--muted)', strokeDasharray: '4,3' },
      ),
      ruleX(filled, { x: 'confidence', y1: 'confidence', y2: 'accuracy', stroke: 'var(--orange)', strokeWidth: 2 }),
      dot(filled, { x: 'confidence', y: 'accuracy', fill: 'var(--blue)', r: 4, title: binTitle }),
    ],
  },
  260,
)}
${draw(
  `${title}: ${noun}s by probability. ${filled.map((bin) => `${figure(bin.from)} to ${figure(bin.to)}: ${count(bin.count)}`).join('; ')}`,
  {
    ...frame,
    height: 110,
    marginTop: 8,
    marginBottom: 38,
    x: { domain: [0, 1] },
    y: { nice: true, zero: true },
    marks: [
      gridY({ stroke: 'var(--line)', strokeOpacity: 1, ticks: 2 }),
      axisX({
        label: 'probability of the answer',
        labelAnchor: 'center',
        labelArrow: 'none',
        tickSize: 0,
        ticks: 5,
        tickFormat: shares,
      }),
      axisY({
        label: `${noun}s`,
        labelOffset: 56,
        labelAnchor: 'center',
        labelArrow: 'none',
        tickSize: 0,
        ticks: 2,
        tickFormat: (value: number) => (Number.isInteger(value) ? count(value) : ''),
      }),
      rectY(reliability.bins, { x1: 'from', x2: 'to', y: 'count', fill: 'var(--right)', insetLeft: 1, title: binTitle }),
    ],
  },
  260,
)}</figure>`;
}
