import { readdir, stat } from 'node:fs/promises';
import { basename, resolve } from 'node:path';
import { MessierError } from '../../core/errors.js';
import { FileDataset } from '../../dataset/open-files.js';
import type { OpenOptions } from '../../dataset/open-options.js';
import { openDataset } from '../../dataset/open.js';
import type { Dataset, Item, Skipped } from '../../dataset/types.js';
import { encodePicture } from '../../formats/picture-encode.js';
import { readFileWhole } from '../../formats/read-file.js';
import { intakeLimits } from '../intake.js';
import type { Held } from '../byte-room.js';
import type { Offer, Source } from '../source.js';

export interface FolderSourceOptions extends Pick<OpenOptions, 'imageColumn' | 'labelColumn' | 'textColumn' | 'images'> {
  /** In the catalogue; that of the folder or file unless told. */
  readonly name?: string | undefined;
}

/**
 * Pictures that are on disk, whatever `openDataset` reads: a folder with a sub-folder for each class, `labels.csv` and the pictures it names, plain
 * pictures, arrays (`.h5`, `.npz`). Files are taken in byte by byte; pictures of arrays are encoded as PNG, which loses nothing. The folder
 * of a class or the table gives the label, and a column of texts the description.
 *
 * @throws MessierError what `openDataset` throws; what it skips becomes a refusal.
 *
 * @example
 * const source = await folderSource('pictures');
 * const { added } = await collect(source, { catalogue, blobs });
 * await source.close?.();
 */
export async function folderSource(location: string, options: FolderSourceOptions = {}): Promise<Source> {
  const { name = basename(resolve(location)) || 'folder', ...open } = options;
  const dataset = await openDataset(location, open);
  const texts = await textsOf(location, open);
  return {
    name,
    total: dataset.items.length + dataset.skipped.length,
    offers: ({ wanted }) => offersOf(dataset, name, texts, wanted),
    close: () => dataset.close(),
  };
}

/** By item, where a table has a column of texts. */
async function textsOf(location: string, options: OpenOptions): Promise<ReadonlyMap<string, string>> {
  const names = await readdir(location).catch(() => [basename(location)]);
  if (!names.some((name) => /\.(csv|tsv)$/i.test(name))) return new Map();
  try {
    const dataset = await openDataset(location, { ...options, inputs: 'both' });
    await dataset.close();
    return new Map(dataset.items.flatMap(({ id, text }) => (text === undefined ? [] : [[id, text] as const])));
  } catch (error) {
    const isWithout = error instanceof MessierError && ['dataset/columns', 'dataset/empty'].includes(error.code);
    if (isWithout && options.textColumn === undefined) return new Map();
    throw error;
  }
}

async function* offersOf(
  dataset: Dataset,
  name: string,
  texts: ReadonlyMap<string, string>,
  wanted: (label: string) => boolean,
): AsyncIterable<Offer> {
  for (const item of dataset.items) {
    if (wanted(item.label ?? '')) yield await Promise.resolve(offerOf(dataset, item, name, texts.get(item.id)));
  }
  for (const skipped of dataset.skipped) yield refusedOffer(skipped);
}

function offerOf(dataset: Dataset, item: Item, name: string, text: string | undefined): Offer {
  const { id, label, title, date } = item;
  return {
    sourceId: id,
    title,
    date,
    description: text,
    labels: folderLabels(label, name),
    read: async (_, held) => ({ bytes: await bytesOf(dataset, item, held) }),
  };
}

async function bytesOf(dataset: Dataset, item: Item, held: Held | undefined): Promise<Uint8Array> {
  if (dataset instanceof FileDataset) {
    const path = dataset.path(item);
    // What can't be asked for its size can't be read, which says why.
    const size = held
      ? await stat(path).then(
          (file) => file.size,
          () => 0,
        )
      : 0;
    await held?.take(Math.min(size, intakeLimits.bytes));
    return readFileWhole(path, intakeLimits.bytes);
  }
  return encodePicture((await dataset.load(item)).picture, { format: 'png' });
}

/** The label that a folder or table gives. */
export function folderLabels(label: string | undefined, by: string): Offer['labels'] {
  return label === undefined ? [] : [{ kind: 'label', class: label, origin: 'folder', by, confidence: undefined }];
}

/** What can't be taken in, as an offer whose picture can't be read. */
export function refusedOffer({ id, code, reason }: Skipped): Offer {
  return { sourceId: id, labels: [], read: () => Promise.reject(new MessierError(code, reason)) };
}
