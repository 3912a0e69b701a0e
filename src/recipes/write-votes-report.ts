/** The page of a run of votes, and its manifest.json. */
import { join } from 'node:path';
import { randomStream } from '../core/random.js';
import type { AnsweredVotes } from '../evaluate/evaluate-votes-model.js';
import type { VotesEvaluation } from '../evaluate/votes-types.js';
import { writeAtomically } from '../formats/atomic.js';
import { thumbnailUri } from '../formats/picture-encode.js';
import type { VotedPicture } from '../report/types.js';
import { treeLayout } from '../votes/index.js';
import type { FinishOptions } from './finish-options.js';
import { inTurn } from './in-turn.js';
import { factsOf } from './run-facts.js';

export interface VotesReportOptions extends FinishOptions {
  readonly judged: 'test' | 'validation';
  readonly evaluation: VotesEvaluation;
  readonly answered: AnsweredVotes;
}

/** Galaxies shown of each kind, and the side of their pictures. */
const shown = { samples: 8, worst: 12, side: 96 } as const;

/** Writes manifest.json and report.html; resolves to the page's path. */
export async function writeVotesReport(options: VotesReportOptions): Promise<string> {
  const { recipe, text, prepared, training, folder, evaluation, judged, answered } = options;
  const facts = factsOf(options);
  await writeAtomically(join(folder, 'manifest.json'), JSON.stringify(Object.fromEntries(facts), undefined, 1));
  const errors = answered.votes.ids.map((_, row) => errorOf(answered, row));
  const rows = [...errors.keys()];
  const worst = rows.toSorted((a, b) => (errors[b] ?? 0) - (errors[a] ?? 0)).slice(0, shown.worst);
  const samples = randomStream(recipe.training.seed, 'samples').shuffle(rows).slice(0, shown.samples);
  const picture = (row: number) => voted(options, row, errors[row] ?? 0);
  const of = (part: string) => prepared.items.filter((item) => item.part === part).length;
  // The plots are loaded only here.
  const { votesReportPage } = await import('../report/index.js');
  const page = votesReportPage({
    title: `${recipe.name} on ${prepared.dataset.name}`,
    description: recipe.description,
    history: training.history,
    evaluation,
    tree: answered.votes.tree,
    counts: { train: of('train'), validation: of('validation'), test: of('test') },
    samples: await inTurn(samples, picture),
    worst: await inTurn(worst, picture),
    facts: [...facts, ['judged on', judged]],
    recipe: text,
  });
  const path = join(folder, 'report.html');
  await writeAtomically(path, page);
  return path;
}

/** Root mean squared error of the defined shares of one galaxy. */
function errorOf({ votes, shares }: AnsweredVotes, row: number): number {
  const width = treeLayout(votes.tree).columns.length;
  let [sum, defined] = [0, 0];
  for (let at = row * width; at < (row + 1) * width; at++) {
    const weight = votes.weights[at] ?? 0;
    sum += weight * ((shares[at] ?? 0) - (votes.shares[at] ?? 0)) ** 2;
    defined += weight;
  }
  return Math.sqrt(sum / defined);
}

async function voted({ prepared, answered }: VotesReportOptions, row: number, rmse: number): Promise<VotedPicture> {
  const { votes, shares } = answered;
  const { columns } = treeLayout(votes.tree);
  const id = votes.ids[row] ?? '';
  const { picture } = await prepared.dataset.load({ id, label: undefined });
  const of = (values: Float32Array, keep: (at: number) => boolean) =>
    Object.fromEntries(
      columns.flatMap((column, k) => (keep(row * columns.length + k) ? [[column, values[row * columns.length + k] ?? 0]] : [])),
    );
  return {
    id,
    uri: await thumbnailUri(picture, shown.side),
    predicted: of(shares, () => true),
    observed: of(votes.shares, (at) => votes.weights[at] !== 0),
    rmse,
  };
}
