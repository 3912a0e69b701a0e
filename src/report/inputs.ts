import { count, figure, listed, withInterval } from './format.js';
import { markup, type Markup } from './html.js';
import { folded, table } from './table.js';
import type { InputsReport, InputsRow } from './types.js';

const seen: Readonly<Record<InputsRow['inputs'], string>> = {
  image: 'picture alone',
  text: 'text alone',
  both: 'picture and text',
};
const blind: Readonly<Record<InputsRow['masked'], string>> = {
  nothing: 'nothing',
  judging: 'telling words, when judged',
  learning: 'telling words, learned without them',
};

/** Whether labels follow from single words, and what pictures and texts are worth alone and together. */
export function inputsSection({ leakage, rows }: InputsReport): Markup {
  const { list, baseline, mask, words } = leakage;
  const verdict = leakage.leaks
    ? markup`<p><b>The labels follow from single words of the texts.</b> Figures of a network that reads them say little about what it sees: compare the rows without those words, and the picture alone.</p>`
    : markup`<p>The labels do not follow from a few single words.</p>`;
  return markup`${verdict}
<p>A list of ${count(list.rules.length)} words alone is right on ${figure(list.accuracy)} of the held-out texts (balanced ${figure(list.balancedAccuracy)}); always the most frequent class: ${figure(baseline.accuracy)}; the same search on shuffled labels: balanced ${figure(list.chance.mean)}, p = ${figure(list.chance.p)}. Masked: ${mask.length === 0 ? 'none' : listed(mask, 20)}.</p>
${table({
  caption: 'What the network reads, on the same held-out items',
  columns: ['reads', 'left out', 'accuracy', 'balanced accuracy', 'macro F1'],
  words: [1],
  rows: rows.map(({ inputs, masked, accuracy, balancedAccuracy, macroF1 }) => [
    seen[inputs],
    blind[masked],
    withInterval(accuracy),
    withInterval(balancedAccuracy),
    withInterval(macroF1),
  ]),
})}
${folded(
  'Words that tell the label',
  table({
    caption: 'Words that tell most',
    columns: ['word', 'training texts', 'information in bits', 'beyond chance', 'accuracy', 'balanced accuracy'],
    rows: words.map((word) => [
      word.isKeyword ? `${word.word} (keyword)` : word.word,
      count(word.texts),
      figure(word.information),
      word.isBeyondChance ? 'yes' : 'no',
      figure(word.accuracy),
      figure(word.balancedAccuracy),
    ]),
  }),
)}`;
}
