/** Where the bytes of one picture are counted while they are in memory. */
export interface Held {
  /** Resolves when so many more may be read: at once, unless much is in memory. */
  take(bytes: number): Promise<void>;
  /** Nothing of it is in memory any more; it may be read anew. */
  clear(): void;
  /** What was taken. */
  readonly bytes: number;
}

interface Holder {
  bytes: number;
}

/**
 * Keeps bytes in memory within bounds while their sizes are not known before they come. Whoever wants more waits until there is room; the one that
 * began first never does, so that one is always on its way to its end. What is held is at most the room's size and one thing more.
 *
 * Whoever holds bytes must wait for nothing that another holder keeps, or both wait for ever: what is given up and begun anew is cleared first.
 *
 * @example
 * const held = room.hold(signal);
 * for await (const block of body) {
 *   await held.take(block.length);
 *   blocks.push(block);
 * }
 * held.clear();
 */
export class ByteRoom {
  private held = 0;
  /** In the order in which they began. */
  private readonly holders = new Set<Holder>();
  private waiting: { readonly holder: Holder; readonly bytes: number; readonly open: () => void }[] = [];

  constructor(private readonly size: number) {}

  hold(signal?: AbortSignal): Held {
    const holder: Holder = { bytes: 0 };
    return {
      take: (bytes) => this.take(holder, bytes, signal),
      clear: () => this.clear(holder),
      get bytes() {
        return holder.bytes;
      },
    };
  }

  private async take(holder: Holder, bytes: number, signal: AbortSignal | undefined): Promise<void> {
    // Who holds nothing yet may still wait for what others keep, and must not be the first.
    if (bytes <= 0) return;
    this.holders.add(holder);
    if (this.fits(holder, bytes)) {
      this.give(holder, bytes);
      return;
    }
    await new Promise<void>((resolve, reject) => {
      const entry = {
        holder,
        bytes,
        open: () => {
          signal?.removeEventListener('abort', abort);
          resolve();
        },
      };
      const abort = (): void => {
        this.waiting = this.waiting.filter((one) => one !== entry);
        reject(signal?.reason as Error);
      };
      this.waiting.push(entry);
      if (signal?.aborted) abort();
      else signal?.addEventListener('abort', abort, { once: true });
    });
  }

  private clear(holder: Holder): void {
    this.held -= holder.bytes;
    holder.bytes = 0;
    this.holders.delete(holder);
    const still: typeof this.waiting = [];
    for (const entry of this.waiting) {
      if (this.fits(entry.holder, entry.bytes)) {
        this.give(entry.holder, entry.bytes);
        entry.open();
      } else still.push(entry);
    }
    this.waiting = still;
  }

  private give(holder: Holder, bytes: number): void {
    this.held += bytes;
    holder.bytes += bytes;
  }

  private fits(holder: Holder, bytes: number): boolean {
    const [first] = this.holders;
    return holder === first || this.held + bytes <= this.size;
  }
}
