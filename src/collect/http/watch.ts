import { Passing } from '../retry.js';

/** How long a request may take. */
export interface Limits {
  /** Milliseconds without a byte. */
  readonly stall: number;
  /** Milliseconds in all; unlimited unless told. */
  readonly longest?: number | undefined;
  readonly signal?: AbortSignal | undefined;
}

/** The longest time that timers know. */
const longestTimer = 2 ** 31 - 1;

/** Ends a request to which nothing comes for too long, that takes too long in all, or that the caller gives up. */
export class Watch {
  private stallTimer: NodeJS.Timeout | undefined;
  private readonly wholeTimer: NodeJS.Timeout | undefined;
  private over: Passing | undefined;
  private readonly abort = (): void => this.end(new Error('aborted'));

  constructor(
    private readonly limits: Limits,
    private readonly end: (reason: Error) => void,
  ) {
    const { longest, signal } = limits;
    signal?.addEventListener('abort', this.abort, { once: true });
    if (longest !== undefined) {
      this.wholeTimer = setTimeout(
        () => this.expire(`it takes longer than ${longest} ms in all`),
        Math.min(longest, longestTimer),
      );
    }
    this.start();
  }

  /** The server's turn begins, or it has sent something. */
  start(): void {
    clearTimeout(this.stallTimer);
    const { stall } = this.limits;
    this.stallTimer = setTimeout(() => this.expire(`nothing came for ${stall} ms`), Math.min(stall, longestTimer));
  }

  /** Our turn: the time that it takes is not the server's. */
  pause(): void {
    clearTimeout(this.stallTimer);
  }

  close(): void {
    clearTimeout(this.stallTimer);
    clearTimeout(this.wholeTimer);
    this.limits.signal?.removeEventListener('abort', this.abort);
  }

  /** What an error of the connection means; throws the reason of an abort. */
  lost(error: unknown): unknown {
    this.limits.signal?.throwIfAborted();
    if (this.over) return this.over;
    if (!(error instanceof Error) || !('code' in error) || error.name === 'MessierError') return error;
    return new Passing(`the connection failed: ${error.message || String(error.code)}`, undefined, { cause: error });
  }

  private expire(message: string): void {
    this.over = new Passing(message);
    this.end(this.over);
  }
}
