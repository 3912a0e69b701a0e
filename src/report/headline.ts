import type { Evaluation, Interval } from '../evaluate/types.js';
import { figure, levelText, quoted, range, withInterval } from './format.js';
import { markup, type Markup } from './html.js';
import { folded, table } from './table.js';
import type { Noun } from './types.js';

/** One card of the opening. */
interface Card {
  readonly name: string;
  readonly interval: Interval | null;
  /** The same figure of something that has learned nothing, and its name. */
  readonly beside?: { readonly name: string; readonly value: number };
  /** False where smaller is better and there is no upper end: no bar. */
  readonly share: boolean;
}

/** The headline figures with intervals and what they are to be held against. */
export function headline(evaluation: Evaluation, noun: Noun = 'picture'): Markup {
  const { baseline, calibration } = evaluation;
  const always = `always ${quoted(baseline.label)}`;
  const cards: readonly Card[] = [
    { name: 'Accuracy', interval: evaluation.accuracy, beside: { name: always, value: baseline.accuracy.value }, share: true },
    {
      name: 'Balanced accuracy',
      interval: evaluation.balancedAccuracy,
      beside: { name: always, value: baseline.balancedAccuracy.value },
      share: true,
    },
    { name: 'Macro F1', interval: evaluation.macroF1, beside: { name: always, value: baseline.macroF1.value }, share: true },
    { name: 'ROC-AUC', interval: evaluation.rocAuc, beside: { name: 'by chance', value: 0.5 }, share: true },
    {
      name: 'Log loss (smaller is better)',
      interval: evaluation.logLoss,
      beside: { name: 'shares of the classes alone', value: entropy(evaluation) },
      share: false,
    },
  ];
  return markup`<ul class="cards">${cards.map((one) => card(one, evaluation.bootstrap.level, noun))}${calibrationCard(calibration)}</ul>`;
}

function card({ name, interval, beside, share }: Card, level: number, noun: Noun): Markup {
  return markup`<li><span class="name">${name}</span>
<span class="value">${figure(interval?.value)}</span>
${share && interval ? track(interval, beside?.value) : undefined}
<span class="beside">${interval ? `${levelText(level)} interval ${range(interval)}` : `cannot be told from these ${noun}s`}</span>
${beside ? markup`<span class="beside">${beside.name}: ${figure(beside.value)}</span>` : undefined}</li>\n`;
}

const calibrationCard = ({ before, after, temperature }: Evaluation['calibration']): Markup =>
  markup`<li><span class="name">Calibration error (ECE)</span>
<span class="value"><small>${figure(before.error.value)} →</small> ${figure(after.error.value)}</span>
<span class="beside">before [${range(before.error)}]</span>
<span class="beside">after [${range(after.error)}], temperature ${figure(temperature)}</span></li>`;

/** The interval on a line from 0 to 1, with a mark at what it is held against. */
function track({ low, high }: Interval, reference: number | undefined): Markup | undefined {
  if (![low, high].every(Number.isFinite)) return undefined;
  const at = (value: number) => `${(100 * Math.min(1, Math.max(0, value))).toFixed(1)}%`;
  // At the right end the marks still have their least width.
  const place = (value: number) => `min(${at(value)},100% - 3px)`;
  const mark = reference !== undefined && Number.isFinite(reference);
  return markup`<span class="track" aria-hidden="true"><b style="left:${place(low)};width:${at(high - low)}"></b>${
    mark ? markup`<i style="left:${place(reference)}"></i>` : undefined
  }</span>`;
}

/** Log loss of answering the shares of the classes each time: -sum p ln p. */
function entropy({ perClass }: Evaluation): number {
  const total = perClass.reduce((sum, { support }) => sum + support, 0);
  if (total === 0) return NaN;
  return perClass.reduce((sum, { support }) => (support === 0 ? sum : sum - (support / total) * Math.log(support / total)), 0);
}

/** Every figure of an evaluation with a name for people. */
export function overallFigures(evaluation: Evaluation): readonly (readonly [name: string, interval: Interval | null])[] {
  return [
    ['accuracy', evaluation.accuracy],
    ['balanced accuracy', evaluation.balancedAccuracy],
    ...Object.entries(evaluation.topK).map(([k, interval]) => [`top-${k} accuracy`, interval] as const),
    ['macro precision', evaluation.macroPrecision],
    ['macro recall', evaluation.macroRecall],
    ['macro F1', evaluation.macroF1],
    ['weighted precision', evaluation.weightedPrecision],
    ['weighted recall', evaluation.weightedRecall],
    ['weighted F1', evaluation.weightedF1],
    ['ROC-AUC, one against the rest', evaluation.rocAuc],
    ['PR-AUC, one against the rest', evaluation.prAuc],
    ['log loss', evaluation.logLoss],
    ['Cohen’s kappa', evaluation.kappa],
    ['calibration error before', evaluation.calibration.before.error],
    ['calibration error after', evaluation.calibration.after.error],
    [`baseline accuracy (always ${quoted(evaluation.baseline.label)})`, evaluation.baseline.accuracy],
    ['baseline balanced accuracy', evaluation.baseline.balancedAccuracy],
    ['baseline macro F1', evaluation.baseline.macroF1],
  ];
}

/** All figures as tables. */
export function figureTables(evaluation: Evaluation, noun: Noun = 'picture'): Markup {
  const { bootstrap } = evaluation;
  return markup`${table({
    caption: 'Per class',
    columns: ['class', `${noun}s`, 'precision', 'recall', 'F1', 'ROC-AUC', 'PR-AUC'],
    rows: evaluation.perClass.map(({ label, support, intervals, rocAuc, prAuc }) => [
      label,
      String(support),
      ...(['precision', 'recall', 'f1'] as const).map((key) => (support === 0 ? '–' : withInterval(intervals[key]))),
      figure(rocAuc),
      figure(prAuc),
    ]),
  })}${folded(
    'All figures over all classes',
    table({
      caption: `Over all classes, ${levelText(bootstrap.level)} intervals from ${bootstrap.samples} bootstrap samples (seed ${bootstrap.seed})`,
      columns: ['figure', 'value'],
      rows: overallFigures(evaluation).map(([name, interval]) => [name, withInterval(interval)]),
    }),
  )}`;
}
