import type { ClassFigures, Evaluation } from '../evaluate/types.js';
import { count, counted, figure, listed, percent, quoted, range } from './format.js';
import { mixups } from './mixups.js';
import type { Noun } from './types.js';

/** An interval wider than this is called wide. A share of fewer than about 100 pictures is never known better. */
export const wideInterval = 0.2;
/** Calibration errors below this are called small. */
const smallError = 0.03;

/** What a model can and cannot do, in sentences that follow from its figures. */
export function inWords(evaluation: Evaluation, noun: Noun = 'picture'): readonly string[] {
  if (evaluation.items.counted === 0) return [`No ${noun} was judged, so nothing is known about this model.`];
  return [
    againstBaseline(evaluation, noun),
    ...weakest(evaluation, noun),
    ...confusion(evaluation, noun),
    ...uncertain(evaluation, noun),
    ...unseen(evaluation, noun),
    ...reliability(evaluation),
  ];
}

function againstBaseline({ accuracy, balancedAccuracy, baseline, items }: Evaluation, noun: Noun): string {
  const first = `It names ${percent(accuracy.value)} of ${counted(items.counted, noun)} rightly`;
  const always = `the ${percent(baseline.accuracy.value)} of always answering ${quoted(baseline.label)}`;
  const byClass = `With every class counting the same it is ${percent(balancedAccuracy.value)} against ${percent(baseline.balancedAccuracy.value)}.`;
  if (accuracy.low > baseline.accuracy.high) return `${first}, clearly more than ${always}. ${byClass}`;
  if (balancedAccuracy.low > baseline.balancedAccuracy.high) {
    return `${first}, not clearly more than ${always}. ${byClass} That is clearly better.`;
  }
  return `${first}, which is not shown to be more than ${always}. ${byClass}`;
}

const judged = ({ perClass }: Evaluation): readonly ClassFigures[] => perClass.filter(({ support }) => support > 0);

function weakest(evaluation: Evaluation, noun: Noun): readonly string[] {
  const ordered = judged(evaluation)
    .filter(({ f1 }) => Number.isFinite(f1))
    .sort((a, b) => a.f1 - b.f1);
  const [worst] = ordered;
  const best = ordered.at(-1);
  if (!worst || !best || ordered.length < 2) return [];
  if (worst.f1 === best.f1) return [`It is equally good at all classes (F1 ${figure(worst.f1)}).`];
  const right = Number.isFinite(worst.precision) ? `; ${percent(worst.precision)} of such answers are right` : '';
  return [
    `It is weakest at ${quoted(worst.label)}: it finds ${percent(worst.recall)} of ${counted(worst.support, noun)}${right}. ` +
      `It is best at ${quoted(best.label)} (F1 ${figure(best.f1)}).`,
  ];
}

function confusion({ confusion: matrix, items }: Evaluation, noun: Noun): readonly string[] {
  const [most] = mixups(matrix);
  if (!most)
    return [
      `It made no mistake; with ${counted(items.counted, noun)} that leaves room for up to ${percent(missed(items.counted))}.`,
    ];
  return [
    `Most often it takes ${quoted(most.truth)} for ${quoted(most.answer)}: ${counted(most.count, noun)}, ${percent(most.share)} of that class.`,
  ];
}

/** Largest share of mistakes with which none among `pictures` still happens in one of twenty cases (exact binomial bound). */
const missed = (pictures: number): number => 1 - 0.05 ** (1 / pictures);

function uncertain(evaluation: Evaluation, noun: Noun): readonly string[] {
  const wide = judged(evaluation)
    .filter(({ intervals: { recall } }) => recall.high - recall.low > wideInterval)
    .sort((a, b) => a.support - b.support);
  const [fewest] = wide;
  if (!fewest) return [];
  const names = listed(wide.map(({ label, support }) => `${quoted(label)} (${count(support)})`));
  return [
    `Figures of ${names} are uncertain, because few ${noun}s of ${wide.length === 1 ? 'it' : 'them'} were judged: ` +
      `the recall of ${quoted(fewest.label)} may be anything from ${range(fewest.intervals.recall)}.`,
  ];
}

function unseen({ perClass }: Evaluation, noun: Noun): readonly string[] {
  const labels = perClass.filter(({ support }) => support === 0).map(({ label }) => quoted(label));
  return labels.length === 0 ? [] : [`No judged ${noun} shows ${listed(labels)}: how well that works is not known.`];
}

function reliability({ calibration: { before, after } }: Evaluation): readonly string[] {
  const error = after.error.value;
  if (!Number.isFinite(error)) return [];
  const [was, is] = [percent(before.error.value), percent(error)];
  const changed = figure(before.error.value) === figure(error) ? '' : ` (${was} before temperature scaling)`;
  const off = `Its probabilities are off by ${is} on average${changed}`;
  if (error < smallError) return [`${off}: they can be read as they stand.`];
  let surplus = 0;
  for (const { count: pictures, confidence, accuracy } of after.bins) {
    if (confidence !== null && accuracy !== null) surplus += pictures * (confidence - accuracy);
  }
  return [`${off}: it is ${surplus > 0 ? 'surer than it should be' : 'less sure than it could be'}.`];
}
