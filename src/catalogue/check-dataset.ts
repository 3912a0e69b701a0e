import { MessierError } from '../core/errors.js';
import type { Catalogue } from './catalogue.js';
import type { ItemQuery } from './types.js';

/** Datasets that an error names. */
const named = 20;

/**
 * Whether the dataset of a query is there: a catalogue finds nothing in one that is not, which hides a slip of the pen.
 *
 * @throws MessierError `catalogue/dataset`.
 */
export async function checkDataset(
  catalogue: Pick<Catalogue, 'counts' | 'datasets' | 'location'>,
  { dataset }: ItemQuery,
): Promise<void> {
  if (dataset === undefined) return;
  const names = (await catalogue.datasets()).map(({ name }) => name);
  if (names.includes(dataset)) return;
  const isSource = (await catalogue.counts()).some(({ source }) => source === dataset);
  const meant = isSource ? ` What came from the source of that name is catalogue:?source=${encodeURIComponent(dataset)}.` : '';
  const known = names.length === 0 ? 'there is none yet' : `there are ${names.slice(0, named).join(', ')}`;
  throw new MessierError(
    'catalogue/dataset',
    `${catalogue.location} has no dataset "${dataset}"; ${known}. Make one: messier collect ... --dataset ${dataset}.${meant}`,
  );
}
