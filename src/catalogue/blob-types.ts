import type { WorkOptions } from '../core/progress.js';

/** A stored file. */
export interface StoredBlob {
  readonly hash: string;
  readonly bytes: number;
  /** When it was last put, in milliseconds since 1970; the store's own clock. */
  readonly putAt: number;
}

/**
 * Files by their content: the name is the SHA-256 of the bytes, so that a file is stored once and can be verified whenever it is read.
 *
 * @example
 * const blobs = await openBlobs();
 * const hash = await blobs.put(bytes);
 * const same = await blobs.get(hash);
 */
export interface BlobStore {
  /** For people: the folder, or `s3://bucket/prefix` and its endpoint. */
  readonly location: string;
  /**
   * Stores bytes whole or not at all, and gives their SHA-256. What is there already, whole, stays as it is but counts as put anew, so
   * that `remove` with `before` leaves it to whoever has just put it; a damaged file is replaced. Throws `blob/limit` above {@link largestBlob}.
   */
  put(bytes: Uint8Array, options?: Pick<WorkOptions, 'signal'>): Promise<string>;
  /** The bytes, verified. Throws `blob/absent`, `blob/corrupt`. */
  get(hash: string, options?: Pick<WorkOptions, 'signal'>): Promise<Uint8Array>;
  has(hash: string): Promise<boolean>;
  /**
   * Everything stored, in no useful order.
   *
   * @param options.foreign Is told of each file that lies there and is no blob. Such names are other people's text.
   */
  list(options?: BlobListOptions): AsyncIterable<StoredBlob>;
  /** Whether it was there and is gone. With `before` (milliseconds since 1970) only if nobody has put it since. */
  remove(hash: string, options?: { readonly before?: number | undefined }): Promise<boolean>;
  /** Removes what killed processes left more than a day ago: temporary files, uploads without an end. How many. */
  sweep(options?: Pick<WorkOptions, 'signal'>): Promise<number>;
}

export interface BlobListOptions extends Pick<WorkOptions, 'signal'> {
  readonly foreign?: ((name: string) => void) | undefined;
}

/** Bytes of the largest file that is stored: 1 GiB. A picture is read whole. */
export const largestBlob = 2 ** 30;

/** What is unfinished for so long, in milliseconds, is a killed process's. */
export const staleAfter = 24 * 60 * 60 * 1000;
