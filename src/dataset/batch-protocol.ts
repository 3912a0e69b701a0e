/** Messages between a batch source and the thread that makes its batches. */
import type { SentError } from '../runtime/protocol.js';
import type { Batch, BatchOptions } from './batch-maker.js';
import type { CacheSource } from './cache-reader.js';

/** What the thread works on. */
export interface BatchTask {
  readonly cache: CacheSource;
  readonly options: BatchOptions;
}

export interface BatchRequest {
  readonly id: number;
  readonly epoch: number;
  readonly step: number;
}

/** `id` of the message that says whether the thread is ready. */
export const readyId = -1;

export type BatchReply = { readonly id: number } & ({ readonly batch: Batch | undefined } | { readonly error: SentError });
