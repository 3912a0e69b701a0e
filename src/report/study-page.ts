import type { PairDifference, ModelComparison } from '../evaluate/comparison-types.js';
import type { Evaluation } from '../evaluate/types.js';
import { comparisonSections, comparisonWords } from './compare-page.js';
import { cell, comparedFigures, comparisonTable } from './compare-table.js';
import { absent, count, quoted, significant } from './format.js';
import { jsonBlock, markup, type Markup, type Part } from './html.js';
import { renderPage } from './page.js';
import { table } from './table.js';

/** One variant, as the page shows it. */
export interface StudiedRun {
  readonly name: string;
  readonly title: string;
  readonly folder: string;
  readonly state: 'done' | 'failed' | 'open';
  readonly error: { readonly code: string; readonly message: string } | null;
  readonly cost: {
    readonly seconds: number;
    readonly epochs: number;
    readonly trainable: number;
    readonly parameters: number;
  } | null;
}

/** What the page of a study shows: `messier study`. */
export interface StudyReport {
  readonly kind: 'transfer' | 'models';
  /** Its name. */
  readonly recipe: string;
  readonly runs: readonly StudiedRun[];
  /** Of the runs that are done, under their names. */
  readonly comparison: ModelComparison;
  readonly evaluations: readonly Evaluation[];
}

const titles = { transfer: 'Ways to use pretrained weights', models: 'Networks' } as const;

/**
 * The page of a study: every variant in one table with what it reaches, what it costs, and how it differs from the first; then everything that the page of a
 * comparison shows.
 */
export function studyPage(report: StudyReport): string {
  const { kind, recipe, runs, comparison } = report;
  const failed = runs.filter(({ state }) => state === 'failed');
  return renderPage({
    title: `${titles[kind]}: ${recipe}`,
    description: `${count(runs.length)} variants of one recipe, trained on one split and judged on the same ${count(comparison.parts.judged.pictures)} pictures.`,
    opening: markup`${comparisonWords(comparison)}${variantTable(report)}<p class="legend">Time is that of training${
      kind === 'transfer'
        ? '; features of the frozen network are computed once and kept, and who finds them does not count them'
        : undefined
    }. Numbers that learn are those of the last epoch, as the network is trained.</p>`,
    sections: [
      ...(failed.length === 0 ? [] : [{ id: 'failed', title: 'Failed', body: failures(failed) }]),
      { id: 'models', title: 'The models that came of it', body: comparisonTable(comparison) },
      ...comparisonSections(report),
    ],
    data: jsonBlock('study', report),
  });
}

function variantTable({ runs, comparison }: StudyReport): Markup {
  const figures = comparedFigures(comparison).filter(({ key }) => ['accuracy', 'balancedAccuracy', 'rmse'].includes(key));
  const [tested] = comparedFigures(comparison);
  const [reference] = comparison.models;
  const many = comparison.pairs.length > 1;
  const rows = runs.map((run): Part[] => {
    const { name, title, state, cost } = run;
    const model = comparison.models.find((one) => one.name === name);
    const pair = comparison.pairs.find(({ first, second }) => first === reference?.name && second === name);
    return [
      markup`${name}<br><small>${state === 'done' ? title : `${title}: ${state === 'failed' ? 'failed, see below' : 'not done'}`}</small>`,
      ...figures.map(({ key }) => cell(model?.figures[key])),
      ...[reversed(pair, tested.key), significant(pair?.p, 2), ...(many ? [significant(pair?.adjusted, 2)] : [])],
      cost ? spent(cost.seconds) : absent,
      cost ? count(cost.epochs) : absent,
      cost ? count(cost.trainable) : absent,
    ];
  });
  return table({
    caption: 'Variants',
    columns: [
      'variant',
      ...figures.map(({ title }) => title),
      `${tested.title} minus ${reference ? quoted(reference.name) : 'the first'}`,
      'p',
      ...(many ? ['p, corrected'] : []),
      'Time',
      'Epochs',
      'Numbers that learn',
    ],
    rows,
  });
}

/** Second less first. */
function reversed(pair: PairDifference | undefined, key: string): Part {
  const difference = pair?.difference[key];
  return difference ? cell({ value: -difference.value, low: -difference.high, high: -difference.low }) : absent;
}

/** `48 s`, `12.3 min`. */
const spent = (seconds: number): string => (seconds < 100 ? `${significant(seconds, 2)} s` : `${significant(seconds / 60)} min`);

const failures = (runs: readonly StudiedRun[]): Markup =>
  table({
    caption: 'Variants without a model',
    columns: ['variant', 'why'],
    words: [1],
    rows: runs.map(({ name, error }) => [name, error ? `${error.message} [${error.code}]` : absent]),
  });
