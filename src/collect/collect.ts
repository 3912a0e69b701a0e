import { MessierError } from '../core/errors.js';
import { Collector } from './collect-run.js';
import type { Collected, CollectOptions, Source } from './source.js';

/**
 * Takes in what a source offers: each picture is read, hashed, decoded whole and checked, and stored; then its row is written. A process that
 * is killed leaves at most a stored file without a row, which the next call finds in its place. The same call goes on where an earlier one
 * ended: what is known, or was refused for good, is not asked for again. Several may collect into one catalogue at once.
 *
 * Pictures are refused one by one, with a code; refusals that may pass (a server that is down) are not kept.
 *
 * @throws MessierError `collect/unreachable` where five pictures in a row can't be fetched, `collect/option`, and what the catalogue, the blob
 * store and the source's listing throw; the signal's reason, after what was on its way is safe.
 *
 * @example
 * const result = await collect(folderSource('pictures'), { catalogue, blobs, thumbnails });
 * console.log(result.added, result.refused);
 */
export async function collect(source: Source, options: CollectOptions): Promise<Collected> {
  for (const name of ['perClass', 'limit'] as const) {
    const value = options[name];
    if (value === undefined || (Number.isSafeInteger(value) && value > 0)) continue;
    throw new MessierError('collect/option', `${name}: a whole number from 1 up expected, ${value} received.`);
  }
  return new Collector(source, options).run();
}
