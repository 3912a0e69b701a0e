import type { BlobStore } from '../catalogue/blob-types.js';
import type { Catalogue } from '../catalogue/catalogue.js';
import type { NewLabel } from '../catalogue/types.js';
import type { WorkOptions } from '../core/progress.js';
import type { Stretch } from '../sky/stretch.js';
import type { Held } from './byte-room.js';

/** What a source says of a picture, before it is fetched. */
export interface Offer {
  /** Its name at the source: unique there, and the same next time. */
  readonly sourceId: string;
  readonly url?: string | undefined;
  readonly title?: string | undefined;
  readonly description?: string | undefined;
  readonly keywords?: readonly string[] | undefined;
  /** As in the catalogue's `Item`. */
  readonly date?: string | undefined;
  readonly credit?: string | undefined;
  readonly copyright?: string | undefined;
  readonly licence?: string | undefined;
  readonly labels: readonly NewLabel[];
  readonly votes?: { readonly tree: string; readonly shares: Readonly<Record<string, number>> } | undefined;
  /** Bytes in memory until its picture has been read, for sources that read ahead. */
  readonly held?: number | undefined;
  /**
   * The bytes of its picture, fetched or read when they are wanted. A MessierError refuses this picture alone (a dead link, no picture); one
   * whose code `stops` (collect-codes.ts) knows ends the collection.
   *
   * @param held Takes the picture's bytes before they are in memory, `held` of this offer aside: much that is read at once waits there.
   */
  read(signal: AbortSignal | undefined, held?: Held): Promise<{ readonly bytes: Uint8Array; readonly url?: string | undefined }>;
}

/** Where pictures come from. */
export interface Source {
  /** Name in the catalogue. */
  readonly name: string;
  /** How many offers there will be, where that is known. */
  readonly total?: number | undefined;
  /**
   * Offers in an order that stays the same while the source does. `wanted` says whether offers of a class, by its label, are still wanted: a source that
   * asks class by class leaves the rest of a class once it is not.
   */
  offers(options: {
    readonly signal?: AbortSignal | undefined;
    readonly wanted: (label: string) => boolean;
  }): AsyncIterable<Offer>;
  close?(): Promise<void>;
}

/** Small copies of pictures by the hash of the original. */
export interface ThumbnailSink {
  /** Stores the bytes of a small picture, whole or not at all. */
  write(hash: string, bytes: Uint8Array): Promise<void>;
}

/** What `collect(source, options)` takes. */
export interface CollectOptions extends WorkOptions {
  readonly catalogue: Pick<Catalogue, 'add' | 'find' | 'known' | 'refuse' | 'label' | 'labels' | 'counts' | 'addToDataset'>;
  readonly blobs: Pick<BlobStore, 'get' | 'put'>;
  readonly thumbnails?: ThumbnailSink | undefined;
  /** Items of each class, those that are there already and are not dropped included. Without it everything is taken. */
  readonly perClass?: number | undefined;
  /** Items taken in by this call at most. */
  readonly limit?: number | undefined;
  /** How counts (FITS) become the pixels that are hashed and shown. */
  readonly stretch?: Stretch | undefined;
  /** Takes lines of news: refusals, how to go on. */
  readonly log?: ((text: string) => void) | undefined;
  /** A dataset that gets every item that is offered and not refused, known ones too. What `perClass` counts are its items then. */
  readonly dataset?: string | undefined;
  /**
   * Reads the stored file of every item that is offered again, and its picture anew where that file is missing or damaged. `perClass` leaves out no known
   * ones then. `false` unless told.
   */
  readonly repair?: boolean | undefined;
}

/** What came of a collection. */
export interface Collected {
  /** Taken in by this call. */
  readonly added: number;
  /** Already in the catalogue under this source's name for it. */
  readonly known: number;
  /** Of the known ones, those whose file was missing or damaged and is whole again. */
  readonly repaired: number;
  /** The same content as an item that is there. */
  readonly duplicates: number;
  /** Refused by an earlier call, and not asked for again. */
  readonly refusedBefore: number;
  /** Left out by this call, by code. */
  readonly refused: Readonly<Record<string, number>>;
  /** Items of the dataset, or of this source without one, by class, those of earlier calls included and dropped ones left out; `''` without a class. */
  readonly classes: Readonly<Record<string, number>>;
}
