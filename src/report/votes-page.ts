import { count, counted, figure, range, withInterval } from './format.js';
import { jsonBlock, markup, pictureSource, type Markup } from './html.js';
import { renderPage, type Section } from './page.js';
import { learningCurves } from './plots/curves.js';
import { runAgain } from './run-again.js';
import { skippedTables } from './skipped.js';
import { folded, table } from './table.js';
import type { VotedPicture, VotesReport } from './types.js';

/**
 * The page of a run of votes: errors of the predicted shares against simple answers, question by question, and how far they can be trusted.
 * Throws `report/picture` where a picture is no `data:` URI of a bitmap.
 */
export function votesReportPage(report: VotesReport): string {
  const { evaluation } = report;
  return renderPage({
    title: report.title,
    description: report.description,
    opening: headline(report),
    sections: sections(report).filter((section) => section !== undefined),
    data: jsonBlock('evaluation', evaluation),
  });
}

function headline({ evaluation: { rmse, baseline, zeros, gain, calibration } }: VotesReport): Markup {
  const card = (name: string, value: string, ...beside: string[]) =>
    markup`<li><span class="name">${name}</span><span class="value">${value}</span>${beside.map((line) => markup`<span class="beside">${line}</span>`)}</li>\n`;
  return markup`<ul class="cards">
${card('Root mean squared error (smaller is better)', figure(rmse.value), `95 % interval ${range(rmse)}`)}
${card('Always the mean of the training part', figure(baseline.value), `95 % interval ${range(baseline)}`)}
${card('Better than that by', figure(gain.value), `95 % interval ${range(gain)}, on the same galaxies`)}
${card('Always zero', figure(zeros.value), `95 % interval ${range(zeros)}`)}
${card('Calibration error of the shares', figure(calibration.error.value), `95 % interval ${range(calibration.error)}`)}
</ul>`;
}

function sections({ evaluation, history, counts, samples, worst, facts, recipe }: VotesReport): readonly (Section | undefined)[] {
  const { questions, calibration, dirichlet, items } = evaluation;
  return [
    {
      id: 'questions',
      title: 'Question by question',
      lead: 'Errors over the answers of each question; right where the most voted answer is predicted, among galaxies where at least half of the volunteers were asked.',
      body: markup`${table({
        caption: 'Questions',
        columns: ['question', 'error', 'always the mean', 'most voted answer right', 'galaxies'],
        rows: questions.map((one) => [
          one.text,
          withInterval(one.rmse),
          withInterval(one.baseline),
          withInterval(one.accuracy),
          count(one.asked),
        ]),
      })}${folded(
        'Answers',
        table({
          caption: 'Answers',
          columns: ['answer', 'error', 'mean observed', 'mean predicted'],
          rows: questions.flatMap(({ answers }) =>
            answers.map((one) => [one.column, figure(one.rmse), figure(one.meanObserved), figure(one.meanPredicted)]),
          ),
        }),
      )}`,
    },
    {
      id: 'calibration',
      title: 'Can its shares be trusted?',
      lead: 'Where 0.3 is predicted, 0.3 of the volunteers should have answered so, on average.',
      body: markup`${table({
        caption: 'Predicted and observed shares',
        columns: ['predicted between', 'shares', 'mean predicted', 'mean observed'],
        rows: calibration.bins.map(({ from, to, count: size, predicted, observed }) => [
          `${figure(from)} and ${figure(to)}`,
          count(size),
          figure(predicted),
          figure(observed),
        ]),
      })}${
        dirichlet &&
        table({
          caption: 'Votes inside central intervals',
          columns: ['interval should hold', 'holds'],
          rows: dirichlet.coverage.map(({ level, covered }) => [figure(level), withInterval(covered)]),
        })
      }`,
    },
    history.length === 0 ? undefined : { id: 'learning', title: 'Learning curves', body: learningCurves(history) },
    { id: 'samples', title: 'Some galaxies', lead: 'Predicted shares, and the observed ones.', body: gallery(samples) },
    {
      id: 'worst',
      title: 'Largest errors',
      lead: 'Galaxies on which it differs most from the volunteers.',
      body: gallery(worst),
    },
    {
      id: 'data',
      title: 'Data',
      body: markup`<p>${counted(counts.train, 'galaxy', 'galaxies')} to learn from, ${count(counts.validation)} to watch, ${count(counts.test)} to judge; ${count(items.counted)} judged, ${count(items.skipped)} skipped.</p>${skippedTables(items.skippedItems, reasonsOf(items.skippedItems))}`,
    },
    facts.length === 0 && recipe === '' ? undefined : { id: 'again', title: 'Run it again', body: runAgain({ facts, recipe }) },
  ];
}

function reasonsOf(skipped: readonly { readonly code: string }[]): Record<string, number> {
  const counts: Record<string, number> = {};
  for (const { code } of skipped) counts[code] = (counts[code] ?? 0) + 1;
  return counts;
}

/** Shares below this are not shown beside a picture. */
const leastShown = 0.1;

function gallery(pictures: readonly VotedPicture[]): Markup {
  return markup`<ul class="grid wide">${pictures.map(({ id, uri, predicted, observed, rmse }) => {
    const told = Object.keys(predicted).filter((column) => Math.max(predicted[column] ?? 0, observed[column] ?? 0) >= leastShown);
    return markup`<li><img src="${pictureSource(uri)}" alt="${id}">
${told.map((column) => markup`<span class="clip">${column} <b>${figure(predicted[column])}</b> (${figure(observed[column])})</span>`)}
<span>error ${figure(rmse)}</span> <span class="id clip" title="${id}">${id}</span></li>\n`;
  })}</ul>`;
}
