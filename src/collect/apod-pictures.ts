import { setTimeout as sleep } from 'node:timers/promises';
import { MessierError } from '../core/errors.js';
import type { FetchOptions } from './download.js';
import { fetchPart } from './fetch-part.js';
import { retrying } from './retry.js';

/** Bytes of one picture at most. */
export const largestPicture = 2 ** 26;

/** How pictures are asked for. */
export interface PoliteOptions extends FetchOptions {
  /** Pictures asked for in a second at most; 2 unless told. */
  readonly rate?: number | undefined;
  readonly signal?: AbortSignal | undefined;
}

/**
 * Fetches pictures one after the other, no faster than allowed; tries again as {@link retrying} does, and waits as long as servers ask.
 */
export class PoliteFetcher {
  private next = 0;

  constructor(private readonly options: PoliteOptions) {}

  /**
   * The bytes of a picture.
   *
   * @throws MessierError `download/http` for a dead link, `download/size`, `download/failed` after the last attempt, `download/encoding`.
   */
  async fetch(url: string): Promise<Uint8Array> {
    const { stall = 30_000, signal } = this.options;
    let bytes = new Uint8Array();
    await retrying(url, this.options, async () => {
      await this.turn();
      const answer = await fetchPart(url, { start: 0, validator: undefined, stall, signal });
      const blocks: Uint8Array[] = [];
      let size = 0;
      for await (const block of answer.blocks) {
        size += block.length;
        if (Math.max(size, answer.total ?? 0) > largestPicture) throw tooLarge(url);
        blocks.push(block);
      }
      bytes = Buffer.concat(blocks);
    });
    return bytes;
  }

  /** Waits until the next request may start. */
  private async turn(): Promise<void> {
    const { rate = 2, signal } = this.options;
    const wait = this.next - performance.now();
    if (wait > 0) {
      await sleep(wait, undefined, { signal }).catch((cause: unknown) => {
        signal?.throwIfAborted();
        throw cause;
      });
    }
    this.next = performance.now() + 1000 / rate;
  }
}

function tooLarge(url: string): MessierError {
  return new MessierError(
    'download/size',
    `"${url}" is larger than ${largestPicture} bytes. Fetch and shrink it by other means.`,
  );
}
