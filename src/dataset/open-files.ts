import { MessierError } from '../core/errors.js';
import type { Stretch } from '../sky/stretch.js';
import { loadPictureFile } from './load-picture.js';
import type { Where } from './open-options.js';
import type { Dataset, Item, LoadedItem, Skipped } from './types.js';

/** An item, and the file that it is. */
export interface FileItem extends Item {
  /** Empty where only texts are read. */
  readonly path: string;
}

/** Pictures that are files of their own. */
export class FileDataset implements Dataset {
  readonly name: string;
  readonly location: string;
  readonly items: readonly Item[];
  private readonly paths: ReadonlyMap<string, string>;

  constructor(
    { name, location }: Where,
    files: readonly FileItem[],
    readonly skipped: readonly Skipped[],
    private readonly stretch: Stretch,
  ) {
    this.name = name;
    this.location = location;
    this.items = files.map(({ path: _, ...item }) => item);
    this.paths = new Map(files.map(({ id, path }) => [id, path]));
  }

  async load(item: Item): Promise<LoadedItem> {
    return loadPictureFile(this.path(item), this.stretch);
  }

  /** Where an item's file lies. Throws MessierError `dataset/item` where it has none. */
  path({ id }: Item): string {
    const path = this.paths.get(id);
    if (path === undefined) throw new MessierError('dataset/item', `"${this.location}" has no item "${id}".`);
    if (path === '')
      throw new MessierError('dataset/item', `"${this.location}" was opened for its texts; "${id}" has no picture.`);
    return path;
  }

  async close(): Promise<void> {
    // Files are closed after each picture.
  }
}

/** A label as it counts: no spaces around it, Unicode's form NFC; `undefined` where nothing is left. */
export function cleanLabel(text: string): string | undefined {
  return text.normalize('NFC').trim() || undefined;
}
