import { basename } from 'node:path';
import { MessierError } from '../core/errors.js';
import { sha256 } from '../formats/hash.js';
import { openPackedHdf5Images } from '../formats/hdf5-gz.js';
import { openHdf5Images } from '../formats/hdf5-images.js';
import type { ImageArray } from '../formats/image-array.js';
import { openNpzImages } from '../formats/npz.js';
import { publicClasses } from './open-classes.js';
import { cleanLabel } from './open-files.js';
import type { Where } from './open-options.js';
import type { Dataset, Item, LoadedItem } from './types.js';

const readers: readonly [RegExp, (path: string) => Promise<ImageArray>][] = [
  [/\.(h5|hdf5|he5)$/i, openHdf5Images],
  [/\.(h5|hdf5|he5)\.gz$/i, openPackedHdf5Images],
  [/\.npz$/i, openNpzImages],
];

/** Array files that are opened as one. */
const mostFiles = 64;

/** Does the name say that the file holds an array of pictures? */
export function isArrayFile(name: string): boolean {
  return !name.startsWith('.') && readers.some(([pattern]) => pattern.test(name));
}

/**
 * Opens array files as one dataset, one after the other. Items are called `Galaxy10.h5#12`. Labels are the class names that the file gives, those
 * of the public set that it is, else the class's number as text.
 *
 * @throws MessierError what openHdf5Images and openNpzImages throw, `dataset/limit`, `array/labels` for a class without a name.
 */
export async function openArrays(paths: readonly string[], where: Where): Promise<Dataset> {
  if (paths.length > mostFiles) {
    throw new MessierError(
      'dataset/limit',
      `"${where.location}": at most ${mostFiles} array files are opened as one, there are ${paths.length}.`,
    );
  }
  const arrays: ImageArray[] = [];
  try {
    const items: Item[] = [];
    const places = new Map<string, readonly [ImageArray, number]>();
    for (const path of paths) {
      const reader = readers.find(([pattern]) => pattern.test(path))?.[1];
      if (!reader) throw new MessierError('dataset/format', `"${path}": an array file (.h5, .hdf5, .hdf5.gz, .npz) expected.`);
      const array = await reader(path);
      arrays.push(array);
      const label = labeller(array, path);
      for (let index = 0; index < array.count; index++) {
        const id = `${basename(path)}#${index}`;
        items.push({ id, label: label(index) });
        places.set(id, [array, index]);
      }
    }
    return new ArrayDataset(where, items, places, arrays);
  } catch (error) {
    await Promise.all(arrays.map((array) => array.close()));
    throw error;
  }
}

function labeller(array: ImageArray, path: string): (index: number) => string | undefined {
  const { labels } = array;
  if (!labels) return () => undefined;
  const names = array.classes?.map(cleanLabel) ?? publicClasses(array, basename(path));
  if (!names) return (index) => String(labels[index]);
  return (index) => {
    const label = labels[index] ?? 0;
    const name = names[label];
    if (name !== undefined) return name;
    throw new MessierError(
      'array/labels',
      `"${path}" has names for ${names.length} classes; picture ${index} is of class ${label}.`,
    );
  };
}

class ArrayDataset implements Dataset {
  readonly name: string;
  readonly location: string;
  readonly skipped = [];

  constructor(
    { name, location }: Where,
    readonly items: readonly Item[],
    private readonly places: ReadonlyMap<string, readonly [ImageArray, number]>,
    private readonly arrays: readonly ImageArray[],
  ) {
    this.name = name;
    this.location = location;
  }

  async load({ id }: Item): Promise<LoadedItem> {
    const place = this.places.get(id);
    if (!place) throw new MessierError('dataset/item', `"${this.location}" has no item "${id}".`);
    const [array, index] = place;
    const { data, stored } = await array.read(index);
    const { width, height, channels } = array;
    return { picture: { width, height, channels, data }, hash: sha256(stored) };
  }

  async close(): Promise<void> {
    await Promise.all(this.arrays.map((array) => array.close()));
  }
}
