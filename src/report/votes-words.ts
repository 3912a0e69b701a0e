import type { QuestionFigures, VotesEvaluation } from '../evaluate/votes-types.js';
import { counted, figure, levelText, listed, percent, quoted, range } from './format.js';

/** With fewer galaxies nothing is said to be better than something else. */
const fewGalaxies = 20;
/** A question whose error is lower than that of always the mean by less than this share is hardly answered. */
const hardly = 0.05;
/** Mean gaps between predicted and observed shares below this are called small. */
const smallGap = 0.03;

/** What a model of votes can and cannot do, in sentences that follow from its figures. */
export function votesInWords(evaluation: VotesEvaluation): readonly string[] {
  if (evaluation.items.counted === 0) return ['No galaxy was judged, so nothing is known about this model.'];
  return [againstMean(evaluation), ...byQuestion(evaluation.questions), ...gaps(evaluation), ...coverage(evaluation)];
}

function againstMean({ rmse, baseline, gain, items }: VotesEvaluation): string {
  const first = `Its shares are off by ${figure(rmse.value)} (root mean squared error over ${counted(items.counted, 'galaxy', 'galaxies')})`;
  const mean = `always answering the mean of the training part is off by ${figure(baseline.value)}`;
  const part = percent(Math.abs(gain.value) / baseline.value);
  const by = (value: number, one: number, other: number) =>
    `${figure(value)} (${part} of it; between ${figure(one)} and ${figure(other)})`;
  if (items.counted < fewGalaxies) return `${first}; ${mean}. That is too few galaxies to tell which is better.`;
  if (gain.low > 0) return `${first}; ${mean}. It is better by ${by(gain.value, gain.low, gain.high)}.`;
  if (gain.high < 0)
    return `${first}; ${mean}. It is worse by ${by(-gain.value, -gain.high, -gain.low)}: the mean would serve better.`;
  return `${first}; ${mean}. It is not shown to be better than that: the gain may be anything from ${range(gain)}.`;
}

/** How much lower the error is than that of always the mean, as a share of the latter. */
export const errorSaved = ({ rmse, baseline }: QuestionFigures): number =>
  rmse && baseline && baseline.value > 0 ? 1 - rmse.value / baseline.value : NaN;

function byQuestion(questions: readonly QuestionFigures[]): readonly string[] {
  const ordered = questions
    .map((question) => ({ question, saved: errorSaved(question) }))
    .filter(({ saved }) => Number.isFinite(saved))
    .sort((a, b) => b.saved - a.saved);
  const name = ({ question }: (typeof ordered)[number]) => quoted(question.text);
  const well = ordered.filter(({ saved }) => saved >= hardly);
  const poor = ordered.filter(({ saved }) => saved < hardly);
  const best = well.slice(0, 3).map((one) => `${name(one)} (${percent(one.saved)} less error than the mean)`);
  const unknown = questions.filter(({ rmse }) => rmse === null).map(({ text }) => quoted(text));
  return [
    ...(best.length === 0 ? [] : [`It answers best: ${listed(best)}.`]),
    ...(poor.length === 0
      ? []
      : [
          well.length === 0
            ? 'It answers no question more than hardly better than the mean does.'
            : `Hardly better than the mean, or worse: ${listed(poor.map(name))}.`,
        ]),
    ...(unknown.length === 0 ? [] : [`Nobody was asked ${listed(unknown)}: how well that works is not known.`]),
  ];
}

function gaps({ calibration: { error, bins } }: VotesEvaluation): readonly string[] {
  if (!Number.isFinite(error.value)) return [];
  const off = `Predicted and observed shares differ by ${figure(error.value)} on average over bins of like predictions`;
  if (error.value < smallGap) return [`${off}, which is little.`];
  const [most] = bins
    .flatMap(({ count, predicted, observed }) =>
      predicted === null || observed === null ? [] : [{ predicted, observed, weight: count * Math.abs(predicted - observed) }],
    )
    .sort((a, b) => b.weight - a.weight);
  if (!most) return [`${off}.`];
  return [
    `${off}: where it says ${figure(most.predicted)}, ${figure(most.observed)} of the volunteers answer so. Read them with care.`,
  ];
}

function coverage({ dirichlet }: VotesEvaluation): readonly string[] {
  const widest = dirichlet?.coverage.find(({ level }) => level === 0.9) ?? dirichlet?.coverage.at(-1);
  if (!widest || !Number.isFinite(widest.covered.value)) return [];
  const { level, covered } = widest;
  const holds = `Its intervals that should hold ${levelText(level)} of the votes hold ${percent(covered.value)}`;
  if (covered.high < level) return [`${holds}: it is surer than it should be.`];
  if (covered.low > level) return [`${holds}: it is less sure than it could be.`];
  return [`${holds}, as they should.`];
}
