import { setImmediate } from 'node:timers/promises';
import type { Added, NewItem, Refusal } from '../catalogue/types.js';
import type { CollectOptions } from './source.js';

/** Rows of one transaction. */
const mostAtOnce = 500;

interface Waiting<T, R> {
  readonly value: T;
  readonly resolve: (result: R) => void;
  readonly reject: (error: unknown) => void;
}

/** Writes in groups: what comes while a group is being written makes the next one. */
class Grouped<T, R> {
  private readonly queue: Waiting<T, R>[] = [];
  private isWriting = false;

  /** @param write Gives one result for each value, in their order. */
  constructor(private readonly write: (values: readonly T[]) => Promise<readonly R[]>) {}

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
      await setImmediate();
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

  constructor({ catalogue, dataset }: Pick<CollectOptions, 'catalogue' | 'dataset'>) {
    this.items = new Grouped(async (items) => {
      const added = await catalogue.add(items);
      const ids = added.map(({ id }) => id);
      if (dataset !== undefined) await catalogue.addToDataset(dataset, ids);
      return added;
    });
    this.refusals = new Grouped(async (refusals) => {
      await catalogue.refuse(refusals);
      return refusals.map(() => undefined);
    });
  }

  add(item: NewItem): Promise<Added> {
    return this.items.put(item);
  }

  refuse(refusal: Omit<Refusal, 'at'>): Promise<undefined> {
    return this.refusals.put(refusal);
  }
}
