import type { LeakageReport } from '../text/leakage.js';
import { legend } from './draw.js';
import { absent, count, figure, listed, quoted, withInterval } from './format.js';
import { markup, type Markup } from './html.js';
import { inputNames, inputsInWords } from './inputs-words.js';
import { intervalPlot } from './plots/intervals.js';
import { folded, table } from './table.js';
import type { InputsReport, InputsRow } from './types.js';

const blind: Readonly<Record<InputsRow['masked'], { readonly short: string; readonly long: string; readonly colour: string }>> = {
  nothing: { short: '', long: 'all words', colour: '--blue' },
  judging: { short: 'masked in judging', long: 'telling words left out when judged', colour: '--orange' },
  learning: { short: 'masked throughout', long: 'telling words left out when learned and judged', colour: '--green' },
};

const figures = [
  { key: 'accuracy', title: 'Accuracy' },
  { key: 'balancedAccuracy', title: 'Balanced accuracy' },
  { key: 'macroF1', title: 'Macro F1' },
] as const;

/** Whether labels follow from single words, and what pictures and texts are worth alone and together. */
export function inputsSection(report: InputsReport): Markup {
  const { leakage } = report;
  const rows = together(report.rows);
  return markup`<ul class="says">${inputsInWords(report).map((sentence) => markup`<li>${sentence}</li>\n`)}</ul>
<p>Left out, where words are masked: ${leakage.mask.length === 0 ? 'none' : listed(leakage.mask.map(quoted), 40)}.${
    leakage.mask.length === 0 ? '' : ' Endings are cut off where the model takes stems.'
  }</p>
${comparison(leakage, rows)}
${table({
  caption: 'What the network reads, on the same held-out items',
  columns: ['reads', 'words', 'accuracy', 'balanced accuracy', 'macro F1'],
  words: [1],
  rows: rows.map((row) => [
    inputNames[row.inputs],
    row.inputs === 'image' ? absent : blind[row.masked].long,
    ...figures.map(({ key }) => withInterval(row[key])),
  ]),
})}
${folded('Words that tell the label', [rulesTable(leakage), wordsTable(leakage)])}`;
}

/** Rows of the same inputs one after another, the run's own first. */
function together(rows: readonly InputsRow[]): readonly InputsRow[] {
  const kinds = [...new Set(rows.map(({ inputs }) => inputs))];
  return kinds.flatMap((kind) => rows.filter(({ inputs }) => inputs === kind));
}

/** Each figure of all rows, against what always the most frequent class gives. */
function comparison({ baseline }: LeakageReport, rows: readonly InputsRow[]): Markup {
  const used = (['nothing', 'judging', 'learning'] as const).filter((masked) => rows.some((row) => row.masked === masked));
  const name = ({ inputs, masked }: InputsRow) =>
    masked === 'nothing' ? inputNames[inputs] : `${inputNames[inputs]}\n${blind[masked].short}`;
  return markup`${legend(used.map((masked) => ({ mark: 'circle', colour: blind[masked].colour, text: blind[masked].long })))}
<div class="row">${figures.map(({ key, title }) =>
    intervalPlot(
      title,
      rows.map((row) => ({ name: name(row), interval: row[key], colour: blind[row.masked].colour })),
      key === 'macroF1' ? undefined : baseline[key],
    ),
  )}</div><p class="legend">The dashed line is the answer that is always the most frequent class.</p>`;
}

function rulesTable({ list: { rules, otherwise } }: LeakageReport): Markup {
  return table({
    caption: 'A short list that tells the class, tried from the top',
    columns: ['where the text holds', 'the class is'],
    words: [1],
    rows: [...rules.map(({ word, label }) => [quoted(word), label]), ['none of these', otherwise]],
  });
}

function wordsTable({ words, entropy, texts }: LeakageReport): Markup {
  return markup`${table({
    caption: 'Words that tell most',
    columns: [
      'word',
      `in training texts of ${count(texts.train)}`,
      'tells, in bits',
      'more than chance',
      'alone: accuracy',
      'balanced accuracy',
    ],
    rows: words.map((word) => [
      word.isKeyword ? `${word.word} (keyword)` : word.word,
      count(word.texts),
      figure(word.information),
      word.isBeyondChance ? 'yes' : 'no',
      figure(word.accuracy),
      figure(word.balancedAccuracy),
    ]),
  })}<p class="legend">All of the label is ${figure(entropy)} bits. Words are stems where the model takes stems.</p>`;
}
