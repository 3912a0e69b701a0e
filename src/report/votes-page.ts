import { absent, count, counted, figure, levelText, percent, range, withInterval } from './format.js';
import { jsonBlock, markup, type Markup } from './html.js';
import { learned } from './learned.js';
import { renderPage, type Section } from './page.js';
import { learningCurves } from './plots/curves.js';
import { questionErrors } from './plots/questions.js';
import { shareCalibration } from './plots/shares.js';
import { runAgain } from './run-again.js';
import { skippedTables } from './skipped.js';
import { folded, table } from './table.js';
import type { VotesReport } from './types.js';
import { answerNames, voteTreeList } from './vote-tree.js';
import { votesGallery } from './votes-gallery.js';
import { errorSaved, votesInWords } from './votes-words.js';

/**
 * The page of a run of votes: errors of the predicted shares against simple answers, question by question, and how far they can be trusted.
 * Throws `report/picture` where a picture is no `data:` URI of a bitmap.
 *
 * @example
 * await writeFile('runs/1/report.html', votesReportPage(report));
 */
export function votesReportPage(report: VotesReport): string {
  const { evaluation } = report;
  return renderPage({
    title: report.title,
    description: report.description,
    opening: markup`${headline(report)}
<ul class="says">${votesInWords(evaluation).map((sentence) => markup`<li>${sentence}</li>\n`)}</ul>`,
    sections: sections(report).filter((section) => section !== undefined),
    data: jsonBlock('evaluation', evaluation),
  });
}

function headline({ evaluation: { rmse, baseline, zeros, gain, calibration, dirichlet, bootstrap } }: VotesReport): Markup {
  const level = `${levelText(bootstrap.level)} interval`;
  const card = (name: string, value: string, ...beside: string[]) =>
    markup`<li><span class="name">${name}</span><span class="value">${value}</span>${beside.map((line) => markup`<span class="beside">${line}</span>`)}</li>\n`;
  const widest = dirichlet?.coverage.find((one) => one.level === 0.9);
  return markup`<ul class="cards">
${card(
  'Root mean squared error (smaller is better)',
  figure(rmse.value),
  `${level} ${range(rmse)}`,
  `always the mean: ${withInterval(baseline)}`,
  `always zero: ${withInterval(zeros)}`,
)}
${card(
  `${gain.value < 0 ? 'Worse' : 'Better'} than always the mean by`,
  figure(Math.abs(gain.value)),
  ...(baseline.value > 0 ? [`${percent(Math.abs(gain.value) / baseline.value)} ${gain.value < 0 ? 'more' : 'less'} error`] : []),
  `${level} of the gain ${range(gain)}, on the same galaxies`,
)}
${card('Calibration error of the shares', figure(calibration.error.value), `${level} ${range(calibration.error)}`)}
${widest && card('Votes inside 90 % intervals', percent(widest.covered.value), `${level} ${range(widest.covered)}`)}
</ul>`;
}

function sections(report: VotesReport): readonly (Section | undefined)[] {
  const { evaluation, history, samples, worst, tree, facts, recipe } = report;
  return [
    {
      id: 'questions',
      title: 'Question by question',
      lead: 'How far predicted shares are from those of the volunteers, over the answers of each question.',
      body: markup`${questionErrors(evaluation.questions)}${questionTables(report)}`,
    },
    {
      id: 'tree',
      title: 'What volunteers are asked',
      lead: 'Each answer with its mean share of all volunteers, predicted and observed, over the judged galaxies.',
      body: markup`${barLegend}<div class="tree">${voteTreeList(tree, evaluation)}</div>`,
    },
    {
      id: 'calibration',
      title: 'Can its shares be trusted?',
      lead: 'Where 0.3 is predicted, 0.3 of the volunteers should have answered so, on average.',
      body: markup`${shareCalibration(evaluation)}${calibrationTables(report)}`,
    },
    samples.length === 0
      ? undefined
      : {
          id: 'samples',
          title: 'Some galaxies',
          lead: 'Drawn at random, with the answers that most volunteers gave or should have given.',
          body: markup`${barLegend}${votesGallery(samples, tree, 'share')}`,
        },
    worst.length === 0
      ? undefined
      : {
          id: 'worst',
          title: 'Largest errors',
          lead: 'Galaxies on which it differs most from the volunteers, with the answers on which it does. Odd votes show up here too.',
          body: markup`${barLegend}${votesGallery(worst, tree, 'difference')}`,
        },
    history.length === 0
      ? undefined
      : {
          id: 'learning',
          title: 'Learning curves',
          lead: learned(history),
          body: learningCurves(history, evaluation.dirichlet === undefined),
        },
    { id: 'data', title: 'Data', body: data(report) },
    facts.length === 0 && recipe === '' ? undefined : { id: 'again', title: 'Run it again', body: runAgain({ facts, recipe }) },
  ];
}

const barLegend = markup`<p class="legend"><span><i class="box" style="color:var(--blue)"></i><b>predicted</b></span> <span><i class="box" style="color:var(--orange)"></i>observed</span></p>`;

function questionTables({ evaluation: { questions }, tree }: VotesReport): Markup {
  const names = answerNames(tree);
  return markup`${table({
    caption: 'Questions',
    columns: ['question', 'error', 'always the mean', 'less error', 'most voted answer right', 'galaxies'],
    rows: questions.map((one) => [
      one.text,
      withInterval(one.rmse),
      withInterval(one.baseline),
      percent(errorSaved(one)),
      withInterval(one.accuracy),
      one.accuracy === null ? absent : count(one.asked),
    ]),
  })}<p class="legend">An answer is right where it is the one that most volunteers gave, among galaxies where at least half of the volunteers were asked.</p>${folded(
    'Answers as a table',
    table({
      caption: 'Answers',
      columns: ['answer', 'column', 'error', 'mean observed', 'mean predicted'],
      words: [1],
      rows: questions.flatMap(({ answers }) =>
        answers.map((one) => [
          names.get(one.column) ?? one.key,
          one.column,
          figure(one.rmse),
          figure(one.meanObserved),
          figure(one.meanPredicted),
        ]),
      ),
    }),
  )}`;
}

function calibrationTables({ evaluation: { calibration, dirichlet } }: VotesReport): Markup {
  const bins = table({
    caption: 'Predicted and observed shares',
    columns: ['predicted between', 'shares', 'mean predicted', 'mean observed'],
    rows: calibration.bins.map(({ from, to, count: size, predicted, observed }) => [
      `${figure(from)} and ${figure(to)}`,
      count(size),
      figure(predicted),
      figure(observed),
    ]),
  });
  const inside = dirichlet
    ? table({
        caption: 'Votes inside central intervals',
        columns: ['interval should hold', 'holds'],
        rows: dirichlet.coverage.map(({ level, covered }) => [levelText(level), withInterval(covered)]),
      })
    : undefined;
  return folded('These figures as a table', [bins, inside]);
}

function data({ counts, evaluation: { items } }: VotesReport): Markup {
  const skipped = items.skipped === 0 ? 'none skipped' : `${count(items.skipped)} skipped`;
  return markup`<p>${counted(counts.train, 'galaxy', 'galaxies')} to learn from, ${count(counts.validation)} to watch, ${count(counts.test)} to judge. ${counted(items.counted, 'galaxy', 'galaxies')} judged, ${skipped}.</p>${skippedTables(items.skippedItems)}`;
}
