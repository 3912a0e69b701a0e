import { setTimeout as sleep } from 'node:timers/promises';

/** Waits; throws the reason of an abort. */
async function pause(milliseconds: number, signal: AbortSignal | undefined): Promise<void> {
  await sleep(milliseconds, undefined, { signal }).catch((error: unknown) => {
    signal?.throwIfAborted();
    throw error;
  });
}

/** Requests of a host: `atOnce` under way at most, their starts `1000 / rate` ms apart, in the order in which they came. */
export class Lane {
  private running = 0;
  private next = 0;
  private readonly waiting: (() => void)[] = [];

  constructor(
    private readonly rate: number,
    private readonly atOnce: number,
  ) {}

  /** Waits for its turn. What it gives is called once the request is over. */
  async enter(signal?: AbortSignal): Promise<() => void> {
    signal?.throwIfAborted();
    if (this.running < this.atOnce) this.running++;
    else await this.queue(signal);
    let isOver = false;
    const leave = (): void => {
      if (isOver) return;
      isOver = true;
      const first = this.waiting.shift();
      if (first) first();
      else this.running--;
    };
    try {
      for (;;) {
        signal?.throwIfAborted();
        const wait = this.next - performance.now();
        if (wait <= 0) break;
        await pause(wait, signal);
      }
    } catch (error) {
      leave();
      throw error;
    }
    this.next = performance.now() + 1000 / this.rate;
    return leave;
  }

  /** No further request starts before this many milliseconds have passed. */
  hold(milliseconds: number): void {
    this.next = Math.max(this.next, performance.now() + milliseconds);
  }

  get isIdle(): boolean {
    return this.running === 0 && this.next <= performance.now();
  }

  /** Takes over the place of one that leaves. */
  private queue(signal: AbortSignal | undefined): Promise<void> {
    return new Promise((resolve, reject) => {
      const enter = (): void => {
        signal?.removeEventListener('abort', abort);
        resolve();
      };
      const abort = (): void => {
        this.waiting.splice(this.waiting.indexOf(enter), 1);
        reject(signal?.reason instanceof Error ? signal.reason : new Error('aborted', { cause: signal?.reason }));
      };
      this.waiting.push(enter);
      signal?.addEventListener('abort', abort, { once: true });
    });
  }
}

/** Hosts after whose number those that are idle are forgotten. */
const mostLanes = 1000;

/** One lane for each host and port. */
export class Lanes {
  private readonly lanes = new Map<string, Lane>();

  constructor(
    private readonly rate: number,
    private readonly atOnce: number,
  ) {}

  of({ host }: URL): Lane {
    const known = this.lanes.get(host);
    if (known) return known;
    if (this.lanes.size >= mostLanes) for (const [name, lane] of this.lanes) if (lane.isIdle) this.lanes.delete(name);
    const lane = new Lane(this.rate, this.atOnce);
    this.lanes.set(host, lane);
    return lane;
  }
}
