import type { NewLabel } from '../catalogue/types.js';

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
  /**
   * The bytes of its picture, fetched or read when they are wanted. A MessierError refuses this picture alone (a dead link, no picture); one
   * whose code {@link stops} knows ends the collection.
   */
  read(signal: AbortSignal | undefined): Promise<{ readonly bytes: Uint8Array; readonly url?: string | undefined }>;
}

/** Where pictures come from. */
export interface Source {
  /** Name in the catalogue. */
  readonly name: string;
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

/** What came of a collection. */
export interface Collected {
  /** Taken in by this call. */
  readonly added: number;
  /** Already in the catalogue under this source's name for it. */
  readonly known: number;
  /** The same content as an item that is there. */
  readonly duplicates: number;
  /** Left out by this call, by code. */
  readonly refused: Readonly<Record<string, number>>;
  /** Items of this source by class, those of earlier calls included. */
  readonly classes: Readonly<Record<string, number>>;
}
