import { cleaningSection } from './cleaning.js';
import { count, counted } from './format.js';
import { headline, figureTables } from './headline.js';
import { inputsSection } from './inputs.js';
import { jsonBlock, markup, type Markup } from './html.js';
import { learned } from './learned.js';
import { renderPage, type Section } from './page.js';
import { featureMapGrid, mistakeGrid, sampleGrid } from './pictures.js';
import { classBars } from './plots/class-bars.js';
import { confusionMatrix } from './plots/confusion.js';
import { partCounts } from './plots/counts.js';
import { learningCurves } from './plots/curves.js';
import { reliabilityDiagrams } from './plots/reliability.js';
import { runAgain } from './run-again.js';
import { skippedTables } from './skipped.js';
import type { RunReport } from './types.js';
import { inWords } from './words.js';

/**
 * The page of a run: headline figures, what they mean in words, and everything behind them, as one self-contained HTML file.
 * Throws `report/picture` where a picture is no `data:` URI of a bitmap.
 *
 * @example
 * await writeFile('runs/1/report.html', runReportPage(report));
 */
export function runReportPage(report: RunReport): string {
  const { evaluation } = report;
  return renderPage({
    title: report.title,
    description: report.description,
    opening: markup`${headline(evaluation, report.noun)}
<ul class="says">${inWords(evaluation, report.noun).map((sentence) => markup`<li>${sentence}</li>\n`)}</ul>`,
    sections: sections(report).filter((section) => section !== undefined),
    data: jsonBlock('evaluation', evaluation),
  });
}

function sections(report: RunReport): readonly (Section | undefined)[] {
  const { evaluation, history, mistakes, featureMaps, noun = 'picture' } = report;
  return [
    {
      id: 'classes',
      title: 'Class by class',
      lead: `Bars are the figures on the judged ${noun}s, lines across their ends the intervals.`,
      body: markup`${classBars(evaluation.perClass)}${figureTables(evaluation, noun)}`,
    },
    { id: 'confusion', title: 'Confusion matrix', body: confusionMatrix(evaluation.confusion, noun) },
    mistakes.length === 0
      ? undefined
      : { id: 'mistakes', title: 'Most confident mistakes', lead: 'Wrong labels show up here too.', body: mistakeGrid(mistakes) },
    {
      id: 'reliability',
      title: 'Can its probabilities be trusted?',
      lead: 'Among answers given with probability 0.8, 80 % should be right.',
      body: reliabilityDiagrams(evaluation.calibration, noun),
    },
    report.inputs && {
      id: 'inputs',
      title: 'What the words give away',
      lead: 'Labels that follow from the words of a text make the score of whoever reads it meaningless.',
      body: inputsSection(report.inputs),
    },
    report.cleaning && {
      id: 'cleaning',
      title: 'What cleaning gained',
      lead: 'The same recipe on the labels as they were found, judged on the same pictures.',
      body: cleaningSection(report.cleaning),
    },
    history.length === 0
      ? undefined
      : { id: 'learning', title: 'Learning curves', lead: learned(history, noun), body: learningCurves(history) },
    {
      id: 'data',
      title: 'Data',
      body: markup`${partCounts(report.counts, evaluation.classes, noun)}${sampleGrid(report.samples, evaluation.classes)}`,
    },
    featureMaps.length === 0
      ? undefined
      : {
          id: 'feature-maps',
          title: 'Feature maps',
          lead: 'What single channels of the network see.',
          body: featureMapGrid(featureMaps),
        },
    { id: 'skipped', title: 'Left out', body: leftOut(report) },
    report.facts.length === 0 && report.recipe === ''
      ? undefined
      : { id: 'again', title: 'Run it again', body: runAgain(report) },
  ];
}

function leftOut({ evaluation: { items }, noun = 'picture' }: RunReport): Markup {
  const dropped = items.dropped === 0 ? '' : `, ${count(items.dropped)} left out by the label rule`;
  const skipped = items.skipped === 0 ? ', none skipped' : `, ${count(items.skipped)} skipped`;
  return markup`<p>${counted(items.counted, noun)} judged${dropped}${skipped}.</p>${skippedTables(items.skippedItems, items.reasons)}`;
}
