import { setTimeout as sleep } from 'node:timers/promises';
import { MessierError } from '../core/errors.js';

/** How often and how patiently. */
export interface RetryOptions {
  /** Attempts in a row that bring less than a megabyte; 6 unless told. */
  readonly attempts?: number | undefined;
  /** Milliseconds: the wait before attempt n + 1 is drawn from [0, backoff * 2^(n-1)], at most a minute; 1000 unless told. */
  readonly backoff?: number | undefined;
}

/** With whom a failure ends and how it is told. */
interface RetryingOptions extends RetryOptions {
  readonly signal?: AbortSignal | undefined;
  /** The error after the last attempt; `download/failed` unless told. */
  readonly failed?: (cause: Passing, tries: string) => MessierError;
}

/** A failure that another attempt may not meet. */
export class Passing extends Error {
  constructor(
    message: string,
    /** Milliseconds that the server asks us to wait. */
    readonly wait?: number,
    options?: ErrorOptions,
  ) {
    super(message, options);
  }
}

const longestWait = 60_000;
/** A server that asks for more than ten minutes is left alone. */
const longestAsked = 600_000;
/** Attempts in all, so that a server that cuts off every megabyte comes to an end. */
const mostAttempts = 1000;
const enough = 2 ** 20;

/**
 * Runs `action` until it succeeds. After a {@link Passing} failure it waits a random time, up to twice as long each time, so that many clients don't
 * return at once, and at least as long as the server asked. Any other error ends it.
 *
 * @throws MessierError `download/failed` after the last attempt.
 */
export async function retrying(
  url: string,
  { attempts = 6, backoff = 1000, signal, failed }: RetryingOptions,
  action: (gained: (bytes: number) => void) => Promise<unknown>,
): Promise<void> {
  let failures = 0;
  for (let attempt = 1; ; attempt++) {
    let brought = 0;
    try {
      await action((bytes) => (brought += bytes));
      return;
    } catch (error) {
      signal?.throwIfAborted();
      if (!(error instanceof Passing)) throw error;
      failures = brought >= enough ? 1 : failures + 1;
      const asked = error.wait ?? 0;
      if (failures >= attempts || attempt >= mostAttempts || asked > longestAsked) {
        const tries = `${attempt} ${attempt === 1 ? 'attempt' : 'attempts'}`;
        if (failed) throw failed(error, tries);
        throw new MessierError(
          'download/failed',
          `"${url}" can't be fetched, after ${tries}: ${error.message}. What has come is kept; start again to go on.`,
          { cause: error },
        );
      }
      const own = Math.min(longestWait, backoff * 2 ** (failures - 1)) * Math.random();
      await sleep(Math.max(asked, own), undefined, { signal }).catch((cause: unknown) => {
        signal?.throwIfAborted();
        throw cause;
      });
    }
  }
}
