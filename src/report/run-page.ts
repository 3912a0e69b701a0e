import type { EpochRecord } from '../train/types.js';
import { count, counted, figure, percent } from './format.js';
import { headline, figureTables } from './headline.js';
import { inputsSection } from './inputs.js';
import { jsonBlock, markup, type Markup } from './html.js';
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
    opening: markup`${headline(evaluation)}
<ul class="says">${inWords(evaluation).map((sentence) => markup`<li>${sentence}</li>\n`)}</ul>`,
    sections: sections(report).filter((section) => section !== undefined),
    data: jsonBlock('evaluation', evaluation),
  });
}

function sections(report: RunReport): readonly (Section | undefined)[] {
  const { evaluation, history, mistakes, featureMaps } = report;
  return [
    {
      id: 'classes',
      title: 'Class by class',
      lead: 'Bars are the figures on the judged pictures, lines across their ends the intervals.',
      body: markup`${classBars(evaluation.perClass)}${figureTables(evaluation)}`,
    },
    { id: 'confusion', title: 'Confusion matrix', body: confusionMatrix(evaluation.confusion) },
    mistakes.length === 0
      ? undefined
      : { id: 'mistakes', title: 'Most confident mistakes', lead: 'Wrong labels show up here too.', body: mistakeGrid(mistakes) },
    {
      id: 'reliability',
      title: 'Can its probabilities be trusted?',
      lead: 'Among answers given with probability 0.8, 80 % should be right.',
      body: reliabilityDiagrams(evaluation.calibration),
    },
    report.inputs && {
      id: 'inputs',
      title: 'What the words give away',
      lead: 'Labels that follow from the words of a text make the score of whoever reads it meaningless.',
      body: inputsSection(report.inputs),
    },
    history.length === 0
      ? undefined
      : { id: 'learning', title: 'Learning curves', lead: learned(history), body: learningCurves(history) },
    {
      id: 'data',
      title: 'Data',
      body: markup`${partCounts(report.counts, evaluation.classes)}${sampleGrid(report.samples, evaluation.classes)}`,
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

/** Training accuracy this far above validation is worth a word. */
const memorized = 0.1;

function learned(history: readonly EpochRecord[]): string {
  const last = history.at(-1);
  const seconds = history.reduce((sum, epoch) => sum + epoch.seconds, 0);
  const pace = `${counted(history.length, 'epoch')} in ${duration(seconds)}, ${count(last?.imagesPerSecond ?? NaN)} pictures a second at the end.`;
  const validation = last?.validation?.['accuracy'];
  const training = last?.accuracy;
  if (training === undefined || validation === undefined || training - validation <= memorized) return pace;
  return `${pace} In the last epoch it was right on ${percent(training)} of the training pictures but ${percent(validation)} of the validation pictures: it partly learned them by heart.`;
}

function duration(seconds: number): string {
  if (seconds < 120) return `${figure(seconds).replace(/\.?0+$/, '')} s`;
  return seconds < 7200 ? `${(seconds / 60).toFixed(1)} min` : `${(seconds / 3600).toFixed(1)} h`;
}

function leftOut({ evaluation: { items } }: RunReport): Markup {
  const dropped = items.dropped === 0 ? '' : `, ${count(items.dropped)} left out by the label rule`;
  const skipped = items.skipped === 0 ? ', none skipped' : `, ${count(items.skipped)} skipped`;
  return markup`<p>${counted(items.counted, 'picture')} judged${dropped}${skipped}.</p>${skippedTables(items.skippedItems, items.reasons)}`;
}
