import { setTimeout as sleep } from 'node:timers/promises';
import type { Added, NewItem, Refusal } from '../catalogue/types.js';
import type { CollectOptions } from './source.js';

/** Rows of one transaction. */
const mostAtOnce = 500;
/** Milliseconds that an item's row waits for others: each transaction waits for the disk. */
const patience = 50;

interface Waiting<T, R> {
  readonly value: T;
  readonly resolve: (result: R) => void;
  readonly reject: (error: unknown) => void;
}

/** Writes in groups: what comes within a short time, or while a group is being written, makes the next one. */
class Grouped<T, R> {
  private readonly queue: Waiting<T, R>[] = [];
  private isWriting = false;

  /**
   * @param write Gives one result for each value, in their order.
   * @param wait Milliseconds that the first of a group waits for others.
   */
  constructor(
    private readonly write: (values: readonly T[]) => Promise<readonly R[]>,
    private readonly wait: number,
  ) {}

  put(value: T): Promise<R> {
    return new Promise((resolve, reject) => {
      this.queue.push({ value, resolve, reject });
      if (!this.isWriting) void this.empty();
    });
  }

  private async empty(): Promise<void> {
    this.isWriting = true;
    while (this.queue.length > 0) {
      // Others join the group; and signals and timers get their turn, for SQLite answers within this one.
      await sleep(this.wait);
      const group = this.queue.splice(0, mostAtOnce);
      try {
        const results = await this.write(group.map(({ value }) => value));
        for (const [at, { resolve }] of group.entries()) resolve(results[at] as R);
      } catch (error) {
        for (const { reject } of group) reject(error);
      }
    }
    this.isWriting = false;
  }
}

/** The rows of a collection: items, with the dataset they go to, and refusals. */
export class CollectWriter {
  private readonly items: Grouped<NewItem, Added>;
  private readonly refusals: Grouped<Omit<Refusal, 'at'>, undefined>;
  private readonly waiting = new Map<string, Promise<void>>();
  private failure: { readonly error: unknown } | undefined;

  constructor({ catalogue, dataset }: Pick<CollectOptions, 'catalogue' | 'dataset'>) {
    this.items = new Grouped(async (items) => {
      const added = await catalogue.add(items);
      const ids = added.map(({ id }) => id);
      if (dataset !== undefined) await catalogue.addToDataset(dataset, ids);
      return added;
    }, patience);
    this.refusals = new Grouped(async (refusals) => {
      await catalogue.refuse(refusals);
      return refusals.map(() => undefined);
    }, 0);
  }

  add(item: NewItem): Promise<Added> {
    return this.items.put(item);
  }

  /** Resolves before the refusal is written, unless many wait for that: one that a killed process has not written is met again. */
  async refuse(refusal: Omit<Refusal, 'at'>): Promise<void> {
    while (this.waiting.size >= mostAtOnce) await Promise.race(this.waiting.values());
    const { sourceId } = refusal;
    const written = this.refusals
      .put(refusal)
      .catch((error: unknown) => {
        this.failure ??= { error };
      })
      .then(() => void this.waiting.delete(sourceId));
    this.waiting.set(sourceId, written);
  }

  /** Names of refusals that are not written yet. */
  get refusing(): readonly string[] {
    return [...this.waiting.keys()];
  }

  /** Resolves when no refusal waits, written or not. */
  async settled(): Promise<void> {
    await Promise.all(this.waiting.values());
  }

  /** Throws what the first refusal that could not be written met. */
  check(): void {
    if (this.failure) throw this.failure.error;
  }
}
