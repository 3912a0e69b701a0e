import { randomStream } from '../../src/core/random.js';
import { meanShares, evaluateVotes } from '../../src/evaluate/votes.js';
import type { VotePredictions } from '../../src/evaluate/votes-types.js';
import { loadTree } from '../../src/recipes/trees.js';
import type { CrossValidationReport } from '../../src/report/cross-validation-page.js';
import type { VotedPicture, VotesReport } from '../../src/report/index.js';
import type { EpochRecord } from '../../src/train/types.js';
import { pathShares, treeLayout } from '../../src/votes/index.js';
import type { VoteTree } from '../../src/votes/tree.js';
import { blobUri, nastyTexts } from './report-cases.js';

/** How a simulated model of votes answers. */
interface SimulatedVotes {
  readonly tree: VoteTree;
  readonly galaxies: number;
  /** Standard deviation of the logits around the true ones; Infinity answers at random. */
  readonly noise: number;
  readonly seed: number;
  readonly counts?: boolean;
}

/** Shares from normal logits as truth, and from the same ones with noise as answers. */
export function simulateVotePredictions({ tree, galaxies, noise, seed, counts = false }: SimulatedVotes): VotePredictions {
  const random = randomStream(seed, 'votes');
  const { columns } = treeLayout(tree);
  const truth = Float32Array.from({ length: galaxies * columns.length }, () => 2 * random.normal());
  const said = truth.map((logit) => (Number.isFinite(noise) ? logit + noise * random.normal() : 2 * random.normal()));
  const observed = sharesOf(tree, truth, columns.length);
  const shares = sharesOf(tree, said, columns.length);
  const weights = new Float32Array(observed.length).fill(1);
  const dirichlet = counts
    ? { concentrations: shares.map((share) => 1 + 20 * share), counts: observed.map((share) => Math.round(40 * share)) }
    : undefined;
  return { tree, shares, observed, weights, trainingMean: meanShares({ shares: observed, weights }, columns.length), dirichlet };
}

/** Softmax in each question, then along the ways that lead to it. */
function sharesOf(tree: VoteTree, logits: Float32Array, width: number): Float32Array {
  const fractions = logits.map((logit) => Math.exp(logit));
  for (let row = 0; row < logits.length; row += width) {
    for (const { from, count } of treeLayout(tree).questions) {
      const part = fractions.subarray(row + from, row + from + count);
      const sum = part.reduce((all, value) => all + value, 0);
      part.forEach((value, at) => (part[at] = value / sum));
    }
  }
  return Float32Array.from(pathShares(tree, fractions));
}

/** Training of votes: no accuracy but that of the first question, another loss than the validation's. */
function history(epochs: number): readonly EpochRecord[] {
  return Array.from({ length: epochs }, (_, at): EpochRecord => {
    const rmse = 0.1 + 0.1 / (at + 1);
    return {
      epoch: at + 1,
      step: 15 * (at + 1),
      loss: 36 + 70 / (at + 1),
      rate: 0.001,
      validation: { rmse, loss: rmse ** 2, accuracy: 0.9 },
      seconds: 2,
      imagesPerSecond: 240,
      waited: 0,
    };
  });
}

function galaxies({ shares, observed, tree }: VotePredictions, number: number): readonly VotedPicture[] {
  const { columns } = treeLayout(tree);
  const row = (values: ArrayLike<number>, at: number) =>
    Object.fromEntries(columns.map((column, k) => [column, values[at * columns.length + k] ?? 0]));
  return Array.from({ length: number }, (_, at) => ({
    id: `images/10000${at}.jpg`,
    uri: blobUri(at, 1 + (at % 4)),
    predicted: row(shares, at),
    observed: row(observed, at),
    rmse: 0.2 - 0.01 * at,
  }));
}

function votesReport(simulated: SimulatedVotes): VotesReport {
  const predictions = simulateVotePredictions(simulated);
  return {
    title: 'galaxy-zoo',
    description: 'How volunteers answer the questions of Galaxy Zoo 2 about a galaxy.',
    history: history(6),
    evaluation: evaluateVotes(predictions, { samples: 50 }),
    tree: simulated.tree,
    counts: { train: 8 * simulated.galaxies, validation: simulated.galaxies, test: simulated.galaxies },
    samples: galaxies(predictions, Math.min(8, simulated.galaxies)),
    worst: galaxies(predictions, Math.min(12, simulated.galaxies)),
    facts: [['command', 'messier train galaxy-zoo --data gz2 --out runs/galaxy-zoo']],
    recipe: 'name: galaxy-zoo\n',
  };
}

const [script, quotes, arabic, word] = nastyTexts;
const long = 'a very long name '.repeat(600);

/** Texts that break pages at every place of a tree, one way of 10,000 characters. */
const nastyTree: VoteTree = {
  name: script,
  title: quotes,
  source: arabic,
  idColumn: word,
  suffixes: [],
  questions: [
    {
      key: script,
      text: script,
      answers: [
        { key: quotes, text: quotes, column: quotes, next: long },
        { key: arabic, text: arabic, column: arabic, next: word },
      ],
    },
    {
      key: long,
      text: long,
      answers: [
        { key: 'constructor', text: long, column: 'constructor', next: word },
        { key: word, text: word, column: word },
      ],
    },
    {
      key: word,
      text: word,
      answers: [
        { key: '', text: '', column: script },
        { key: long, text: long, column: long },
      ],
    },
  ],
};

/** One question after the other, each asked of those who said yes. */
const deepTree: VoteTree = {
  name: 'deep',
  title: 'Deep',
  source: 'simulated',
  idColumn: 'id',
  suffixes: [],
  questions: Array.from({ length: 64 }, (_, at) => ({
    key: `question-${at}`,
    text: `Question ${at}?`,
    answers: [
      { key: 'yes', text: 'Yes', column: `yes-${at}`, ...(at < 63 ? { next: `question-${at + 1}` } : {}) },
      { key: 'no', text: 'No', column: `no-${at}` },
    ],
  })),
};

const galaxyZoo = loadTree('galaxy-zoo-2');
const one = votesReport({ tree: { ...galaxyZoo, name: 'one' }, galaxies: 1, noise: Infinity, seed: 3 });

/** Runs of votes of every form that a page has to hold. */
export const votesCases = {
  'galaxy zoo 2': votesReport({ tree: galaxyZoo, galaxies: 60, noise: 0.6, seed: 1 }),
  'galaxy zoo decals, counts': votesReport({
    tree: loadTree('galaxy-zoo-decals'),
    galaxies: 60,
    noise: 1,
    seed: 2,
    counts: true,
  }),
  'one galaxy, nothing else': {
    ...one,
    description: '',
    history: [],
    samples: [],
    worst: [],
    facts: [],
    recipe: '',
    evaluation: {
      ...one.evaluation,
      questions: one.evaluation.questions.map((question) => ({
        ...question,
        rmse: null,
        baseline: null,
        accuracy: null,
        asked: 0,
        answers: question.answers.map((answer) => ({ ...answer, rmse: null, meanObserved: null, meanPredicted: null })),
      })),
    },
  },
  'questions nested 64 deep': votesReport({ tree: deepTree, galaxies: 30, noise: 1, seed: 4 }),
  'texts that break pages': {
    ...votesReport({ tree: nastyTree, galaxies: 25, noise: 1, seed: 5, counts: true }),
    title: quotes,
    description: script,
    facts: [[script, script]],
  },
} as const satisfies Readonly<Record<string, VotesReport>>;

function crossValidation(names: readonly string[], folds: number): CrossValidationReport {
  const random = randomStream(folds, 'folds');
  const runs = Array.from({ length: folds }, (_, at) => ({
    name: `fold ${at + 1}`,
    report: `fold-${at + 1}/report.html`,
    figures: Object.fromEntries(names.map((name, number) => [name, 0.5 + 0.08 * number + 0.02 * random.normal()])),
  }));
  const figures = names.map((name) => {
    const values = runs.map(({ figures: own }) => own[name] ?? NaN);
    const mean = values.reduce((sum, value) => sum + value, 0) / folds;
    const deviation = Math.sqrt(values.reduce((sum, value) => sum + (value - mean) ** 2, 0) / (folds - 1));
    return [name, { mean, deviation }] as const;
  });
  return { title: `apod-hybrid, ${folds} folds`, figures: Object.fromEntries(figures), folds: runs };
}

const crossed = crossValidation(['accuracy', 'balancedAccuracy'], 2);

/** Cross-validations of every form. */
export const crossCases = {
  classes: crossValidation(['accuracy', 'balancedAccuracy', 'macroF1', 'macroPrecision', 'macroRecall'], 5),
  votes: crossValidation(['rmse', 'baseline'], 3),
  'one fold': crossValidation(['accuracy'], 1),
  nothing: { title: '', figures: {}, folds: [] },
  'texts that break pages': {
    ...crossed,
    title: script,
    figures: { ...crossed.figures, [script]: { mean: NaN, deviation: NaN }, [long]: { mean: 0.5, deviation: 0.1 } },
    folds: [
      { name: script, report: 'javascript:globalThis.broken=1', figures: { accuracy: 0.5, [long]: 0.4 } },
      { name: long, report: '../../elsewhere.html', figures: { accuracy: NaN, [long]: 0.6 } },
      { name: arabic, report: '//example.org/report.html', figures: {} },
    ],
  },
} as const satisfies Readonly<Record<string, CrossValidationReport>>;
