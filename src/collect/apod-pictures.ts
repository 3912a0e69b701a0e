import { MessierError } from '../core/errors.js';
import type { FetchOptions } from './download.js';
import { fetchPart } from './fetch-part.js';
import { addressGuard, type AddressGuard } from './http/address-guard.js';
import { Lane } from './http/rate.js';
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
  private readonly lane: Lane;
  private readonly guard: AddressGuard;

  constructor(private readonly options: PoliteOptions) {
    this.lane = new Lane(options.rate ?? 2, 1);
    this.guard = addressGuard(options);
  }

  /**
   * The bytes of a picture.
   *
   * @throws MessierError `download/http` for a dead link, `download/size`, `download/failed` after the last attempt, `download/encoding`,
   * `collect/private-address`, `collect/address`.
   */
  async fetch(url: string): Promise<Uint8Array> {
    const { stall = 30_000, signal } = this.options;
    let bytes = new Uint8Array();
    await retrying(url, this.options, async () => {
      const leave = await this.lane.enter(signal);
      try {
        const answer = await fetchPart(url, { guard: this.guard, start: 0, validator: undefined, stall, signal });
        const blocks: Uint8Array[] = [];
        let size = 0;
        for await (const block of answer.blocks) {
          size += block.length;
          if (Math.max(size, answer.total ?? 0) > largestPicture) throw tooLarge(url);
          blocks.push(block);
        }
        bytes = Buffer.concat(blocks);
      } finally {
        leave();
      }
    });
    return bytes;
  }
}

function tooLarge(url: string): MessierError {
  return new MessierError(
    'download/size',
    `"${url}" is larger than ${largestPicture} bytes. Fetch and shrink it by other means.`,
  );
}
