import { join } from 'node:path';
import type { WorkOptions } from '../core/progress.js';
import { writeAtomically } from '../formats/atomic.js';
import { encodePicture } from '../formats/picture-encode.js';
import { galaxyKinds, galaxyPicture, simulateGalaxy } from '../sky/simulate.js';
import { makeFolders } from '../formats/make-folders.js';

/** How large a simulated data set is. */
export interface SimulatedSetOptions extends WorkOptions {
  readonly folder: string;
  /** Pictures of each kind. */
  readonly perKind: number;
  /** Pixels. */
  readonly side: number;
  readonly seed: number;
}

/** Writes simulated galaxies as PNG files, one folder a kind. Number and seed determine each: a second call writes the same bytes. */
export async function writeSimulatedSet({ folder, perKind, side, seed, progress, signal }: SimulatedSetOptions): Promise<void> {
  const total = perKind * galaxyKinds.length;
  for (const [number, kind] of galaxyKinds.entries()) {
    await makeFolders(join(folder, kind));
    for (let index = 0; index < perKind; index++) {
      signal?.throwIfAborted();
      const picture = galaxyPicture(simulateGalaxy(kind, { seed, index }, { side }));
      const bytes = await encodePicture(picture, { format: 'png' });
      await writeAtomically(join(folder, kind, `${String(index).padStart(4, '0')}.png`), bytes);
      progress?.({ stage: 'simulate galaxies', done: number * perKind + index + 1, total, unit: 'pictures' });
    }
  }
}
