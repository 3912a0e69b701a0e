import type { EnsembleGain, EnsembleMember, EnsembleReport, EnsembleRow } from '../evaluate/ensemble-types.js';
import type { Interval } from '../evaluate/types.js';
import { count, counted, figure, percent, quoted, range, significant } from './format.js';
import { jsonBlock, markup, type Markup } from './html.js';
import { renderPage } from './page.js';
import { intervalPlot } from './plots/intervals.js';
import { table } from './table.js';

type Figure = 'accuracy' | 'balancedAccuracy' | 'macroF1' | 'logLoss';

const figures: readonly { readonly key: Figure; readonly title: string }[] = [
  { key: 'accuracy', title: 'Accuracy' },
  { key: 'balancedAccuracy', title: 'Balanced accuracy' },
  { key: 'macroF1', title: 'Macro F1' },
  { key: 'logLoss', title: 'Log loss (smaller is better)' },
];

const methods: Readonly<Record<EnsembleReport['method'], string>> = {
  average: 'The mean of the probabilities of its members, which count alike.',
  weighted: 'A weighted mean of the probabilities of its members.',
  stack: 'A logistic regression on the log probabilities of its members.',
};

/**
 * The page of an ensemble: what it gains over its members, what it costs, and how differently they answer.
 *
 * @example
 * await writeFile('ensemble.html', ensemblePage(report));
 */
export function ensemblePage(report: EnsembleReport): string {
  const { members, ensemble, pictures, method } = report;
  const rows = [ensemble, ...members];
  return renderPage({
    title: `Ensemble of ${members.length} models`,
    description: `${methods[method]} Judged on ${counted(pictures.judged, 'picture')} that no member was trained on.`,
    opening: markup`<ul class="says">${inWords(report).map((sentence) => markup`<li>${sentence}</li>\n`)}</ul>${overview(rows)}`,
    sections: [
      {
        id: 'figures',
        title: 'Figures with intervals',
        lead: 'Overlapping intervals do not mean that models are equal: see the gain.',
        body: markup`<div class="row">${figures.map(({ key, title }) =>
          intervalPlot(
            title,
            rows.map((row) => ({ name: row.name, interval: row[key] })),
          ),
        )}</div>`,
      },
      {
        id: 'gain',
        title: 'Gain',
        lead: `The ensemble less each member on the same pictures, from paired bootstrap samples. ${quoted(report.best)} was the best member on the ${counted(pictures.fitted, 'picture')} that fitted the ensemble: chosen on the judged ones, the best would be so by luck in part.`,
        body: gainBody(report),
      },
      {
        id: 'cost',
        title: 'Cost',
        lead: 'Speed from decoded pictures to probabilities, measured in turns: the same pictures for all.',
        body: cost(rows, report),
      },
      {
        id: 'diversity',
        title: 'How differently the members answer',
        lead: `Members that err on different pictures correct one another. At least one has ${percent(report.anyRight)} of the pictures right, which no choice among their answers can surpass.`,
        body: table({
          caption: 'Pairs of members',
          columns: ['pair', 'different answers', 'correlation of errors'],
          rows: report.diversity.map(({ first, second, disagreement, errorCorrelation }) => [
            `${first}, ${second}`,
            percent(disagreement),
            figure(errorCorrelation),
          ]),
        }),
      },
      { id: 'fit', title: 'How it was fitted', lead: fitted(report), body: weights(report) },
    ],
    data: jsonBlock('ensemble', report),
  });
}

/** Without what stands in brackets. */
const plain = (title: string): string => title.replace(/ \(.*/, '');
const cell = (interval: Interval): Markup => markup`${figure(interval.value)}<small>${range(interval)}</small>`;
const speed = (perSecond: number): string => (perSecond < 1000 ? significant(perSecond) : count(perSecond));

/** A difference whose interval leaves out 0. */
const shown = ({ low, high }: Interval): boolean => low > 0 || high < 0;

const gainOver = ({ gains }: EnsembleReport, name: string): EnsembleGain | undefined =>
  gains.find(({ member }) => member === name);

function inWords(report: EnsembleReport): readonly string[] {
  const { best, ensemble, members } = report;
  const gain = gainOver(report, best);
  const member = members.find(({ name }) => name === best);
  if (!gain || !member) return [];
  const verdict = (difference: Interval): string =>
    shown(difference) ? 'more than chance explains' : 'which chance may explain: the interval holds 0';
  const points = (difference: Interval): string => `${figure(difference.value)} (${range(difference)}), ${verdict(difference)}`;
  const times = member.picturesPerSecond / ensemble.picturesPerSecond;
  const ahead = members.filter(({ name, accuracy }) => name !== best && accuracy.value > ensemble.accuracy.value);
  return [
    `Accuracy ${figure(ensemble.accuracy.value)}; the best member, ${quoted(best)}, has ${figure(member.accuracy.value)}. Gain ${points(gain.accuracy)}.`,
    ...ahead.map(
      ({ name, accuracy }) =>
        `On the judged pictures ${quoted(name)} alone comes out higher, ${figure(accuracy.value)}. Difference ${points((gainOver(report, name) ?? gain).accuracy)}.`,
    ),
    `Log loss ${figure(ensemble.logLoss.value)} against ${figure(member.logLoss.value)}. Change ${points(gain.logLoss)}.`,
    `It takes ${significant(times, 2)} times as long as ${quoted(best)}, and ${significant(ensemble.bytes / member.bytes, 2)} times as much space.`,
  ];
}

function overview(rows: readonly EnsembleRow[]): Markup {
  return table({
    caption: 'The ensemble and its members',
    columns: ['model', ...figures.map(({ title }) => plain(title)), 'Pictures/s', 'Parameters'],
    rows: rows.map((row) => [
      row.name,
      ...figures.map(({ key }) => cell(row[key])),
      speed(row.picturesPerSecond),
      count(row.parameters),
    ]),
  });
}

function gainBody({ gains, best }: EnsembleReport): Markup {
  const name = ({ member }: EnsembleGain) => (member === best ? `${member} (best)` : member);
  return markup`<div class="row">${figures.map(({ key, title }) =>
    intervalPlot(
      title,
      gains.map((gain) => ({ name: `over ${name(gain)}`, interval: gain[key] })),
      0,
    ),
  )}</div>${table({
    caption: 'The ensemble less a member',
    columns: ['over', ...figures.map(({ title }) => plain(title)), 'right alone', 'member right alone', 'McNemar p'],
    rows: gains.map((gain) => [
      name(gain),
      ...figures.map(({ key }) => cell(gain[key])),
      count(gain.mcnemar.firstOnly),
      count(gain.mcnemar.secondOnly),
      significant(gain.mcnemar.exact, 2),
    ]),
  })}<p class="legend">p of McNemar's exact test of the accuracy, not corrected for the number of members.</p>`;
}

function cost(rows: readonly EnsembleRow[], { members, best }: EnsembleReport): Markup {
  const reference = members.find(({ name }) => name === best)?.picturesPerSecond ?? NaN;
  return table({
    caption: 'What an answer costs',
    columns: ['model', 'parameters', 'file, MB', 'pictures/s', 'time against the best member'],
    rows: rows.map(({ name, parameters, bytes, picturesPerSecond }) => [
      name,
      count(parameters),
      significant(bytes / 1e6),
      speed(picturesPerSecond),
      `${significant(reference / picturesPerSecond, 2)} ×`,
    ]),
  });
}

function fitted({ pictures, split, temperature, l2, balance, method }: EnsembleReport): string {
  const where =
    split === 'common'
      ? 'the validation part of the split that all members share'
      : 'pictures that are in no training part of the members, which were trained on different splits';
  const penalty =
    l2 === null
      ? ''
      : `, the penalty ${significant(l2)} chosen out of fold, answers chosen for accuracy + ${significant(balance)} × balanced accuracy`;
  const what = {
    average: 'Its temperature',
    weighted: 'Its weights and temperature',
    stack: `Its layer${penalty}, and its temperature`,
  };
  return `${what[method]} (${significant(temperature)}) come from ${counted(pictures.fitted, 'picture')}: ${where}. None of them judges.`;
}

function weights({ members }: EnsembleReport): Markup {
  return table({
    caption: 'Members',
    columns: ['member', 'network', 'accuracy on the fitted pictures', 'weight'],
    words: [1],
    rows: members.map(({ name, architecture, validationAccuracy, weight }: EnsembleMember) => [
      name,
      architecture,
      figure(validationAccuracy),
      figure(weight),
    ]),
  });
}
