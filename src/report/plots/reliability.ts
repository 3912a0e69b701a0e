import type { Evaluation, Reliability } from '../../evaluate/types.js';
import { count, figure } from '../format.js';
import { markup, type Markup } from '../html.js';
import type { Noun } from '../types.js';
import { calibrationPanel } from './calibration.js';

type Bin = Reliability['bins'][number];

/** How often answers are right against how sure the model was, before and after temperature scaling, with what is in each bin. */
export function reliabilityDiagrams({ before, after, temperature }: Evaluation['calibration'], noun: Noun = 'picture'): Markup {
  return markup`<div class="row">
${panel('Before temperature scaling', before, noun)}
${panel(`After temperature scaling (T = ${figure(temperature)})`, after, noun)}
</div>`;
}

function panel(title: string, { error, bins }: Reliability, noun: Noun): Markup {
  const said = ({ from, to, count: members, confidence, accuracy }: Bin): string =>
    `${figure(from)} to ${figure(to)}: ${count(members)} ${noun}s, mean probability ${figure(confidence)}, right ${figure(accuracy)}`;
  return calibrationPanel({
    title,
    error: ['expected calibration error', error],
    bins: bins.map((bin) => ({ ...bin, expected: bin.confidence, observed: bin.accuracy, title: said(bin) })),
    shows: { gaps: 'share of right answers by probability', counts: `${noun}s by probability` },
    labels: { expected: 'probability of the answer', observed: 'share of right answers', count: `${noun}s` },
    counts: { height: 110, ticks: 2, y: { nice: true, zero: true } },
  });
}
