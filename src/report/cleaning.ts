import { count, counted, figure, withInterval } from './format.js';
import { markup, type Markup } from './html.js';
import { table } from './table.js';
import type { CleaningReport } from './types.js';

/** What people's decisions were worth, in a sentence. */
export function cleaningInWords({ changed, learned, comparison }: CleaningReport): string {
  const decisions = `${counted(changed.dropped, 'dropped picture')} and ${counted(changed.relabelled, 'relabelled one')}`;
  const learnt = `Learned from ${count(learned.cleaned)} pictures after ${decisions} instead of ${count(learned.found)} as found`;
  const [pair] = comparison.pairs;
  if (!pair) return `${learnt}.`;
  const { accuracy } = pair.difference;
  const change = accuracy.value < 0 ? 'falls' : 'rises';
  const isShown = accuracy.low > 0 || accuracy.high < 0;
  const verdict = isShown ? `accuracy ${change} by` : 'no change of accuracy is shown:';
  return `${learnt}: ${verdict} ${withInterval(accuracy)} on ${counted(comparison.pictures, 'picture')} kept aside (McNemar p = ${figure(pair.mcnemar.exact)}).`;
}

/** What the figures don't say. */
const limits =
  'Each was trained once: the intervals say what other pictures kept aside would change, not what another training would. Neither is judged on pictures that people dropped, and where a model advised on the labels of those kept aside, they lean towards its kind.';

/** Both networks, and their difference, with intervals. */
export function cleaningSection(report: CleaningReport): Markup {
  const { models, pairs } = report.comparison;
  const row = (name: string, figures: CleaningReport['comparison']['models'][number] | undefined) =>
    figures
      ? [[name, withInterval(figures.accuracy), withInterval(figures.balancedAccuracy), withInterval(figures.macroF1)]]
      : [];
  const [pair] = pairs;
  return markup`<ul class="says"><li>${cleaningInWords(report)}</li></ul>${table({
    caption: 'Judged by the labels as people left them',
    columns: ['labels learned from', 'accuracy', 'balanced accuracy', 'macro F1'],
    rows: [
      ...models.flatMap((model) => row(model.name, model)),
      ...row('difference', pair && { name: 'difference', ...pair.difference }),
    ],
  })}<p>${limits}</p>`;
}
