import type { WorkOptions } from '../core/progress.js';

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
  /** Stores bytes whole or not at all, and gives their SHA-256. What is there already is left as it is. */
  put(bytes: Uint8Array, options?: Pick<WorkOptions, 'signal'>): Promise<string>;
  /** The bytes, verified. Throws `blob/absent`, `blob/corrupt`. */
  get(hash: string, options?: Pick<WorkOptions, 'signal'>): Promise<Uint8Array>;
  has(hash: string): Promise<boolean>;
  /** Hash and size of everything stored, in no useful order. */
  list(options?: Pick<WorkOptions, 'signal'>): AsyncIterable<{ readonly hash: string; readonly bytes: number }>;
  remove(hash: string): Promise<void>;
}
