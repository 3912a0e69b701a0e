import { join } from 'node:path';
import type { WorkOptions } from '../core/progress.js';
import { writeAtomically } from '../formats/atomic.js';
import { encodePicture } from '../formats/picture-encode.js';
import { galaxyKinds, galaxyPicture, simulateGalaxy } from '../sky/simulate.js';
import { treeLayout } from '../votes/layout.js';
import { simulateVotes } from '../votes/simulate.js';
import type { VoteTree } from '../votes/tree.js';
import { makeFolders } from '../formats/make-folders.js';

/** How large a simulated set of votes is. */
export interface SimulatedVotesOptions extends WorkOptions {
  readonly folder: string;
  readonly tree: VoteTree;
  /** Galaxies, of all kinds in turn. */
  readonly galaxies: number;
  /** Pixels. */
  readonly side: number;
  /** For each galaxy. */
  readonly volunteers: number;
  readonly seed: number;
}

/** Number of the first object, so that all have as many digits as those of the Kaggle challenge. */
const firstId = 100_001;

/**
 * Writes simulated galaxies and the votes of simulated volunteers in the layout of the Kaggle challenge: `solutions.csv` (the tree's `idColumn` and columns,
 * shares of all volunteers, empty where undefined) and `images/<id>.jpg`; beside them `counts.csv` with the same rows as counts (`Class1.1_count`).
 * Options determine each byte: a second call writes the same.
 */
export async function writeSimulatedVotes(options: SimulatedVotesOptions): Promise<void> {
  const { folder, tree, galaxies, side, volunteers, seed, progress, signal } = options;
  const { columns } = treeLayout(tree);
  await makeFolders(join(folder, 'images'));
  const shares = [[tree.idColumn, ...columns]];
  const counts = [[tree.idColumn, ...columns.map((column) => `${column}_count`)]];
  for (let number = 0; number < galaxies; number++) {
    signal?.throwIfAborted();
    const kind = galaxyKinds[number % galaxyKinds.length] ?? 'elliptical';
    const index = Math.floor(number / galaxyKinds.length);
    const galaxy = simulateGalaxy(kind, { seed, index }, { side });
    const votes = simulateVotes(galaxy, tree, { volunteers, seed, index });
    const id = String(firstId + number);
    const bytes = await encodePicture(galaxyPicture(galaxy), { format: 'jpeg' });
    await writeAtomically(join(folder, 'images', `${id}.jpg`), bytes);
    shares.push([id, ...Array.from(votes.shares, (share) => (Number.isNaN(share) ? '' : String(share)))]);
    counts.push([id, ...Array.from(votes.counts, String)]);
    progress?.({ stage: 'simulate votes', done: number + 1, total: galaxies, unit: 'pictures' });
  }
  const text = (rows: readonly (readonly string[])[]): Uint8Array =>
    new TextEncoder().encode(rows.map((row) => `${row.join(',')}\n`).join(''));
  await writeAtomically(join(folder, 'solutions.csv'), text(shares));
  await writeAtomically(join(folder, 'counts.csv'), text(counts));
}
