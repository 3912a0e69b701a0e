/** What is on its way: named work of which several run at once. */
export class Tasks {
  private readonly running = new Map<string, Promise<void>>();
  private failure: { readonly error: unknown } | undefined;

  get size(): number {
    return this.running.size;
  }

  add(name: string, work: Promise<void>): void {
    const task = work
      .catch((error: unknown) => {
        this.failure ??= { error };
      })
      .finally(() => this.running.delete(name));
    this.running.set(name, task);
  }

  /** Throws what the first one that failed threw. */
  check(): void {
    if (this.failure) throw this.failure.error;
  }

  /** Resolves when one of them has ended: the one of that name, or any. */
  async next(name?: string): Promise<void> {
    if (name === undefined) await Promise.race(this.running.values());
    else await this.running.get(name);
    this.check();
  }

  /** Resolves when all have ended, well or not. */
  async settled(): Promise<void> {
    await Promise.all(this.running.values());
  }

  /** Resolves when all have ended well. */
  async idle(): Promise<void> {
    await this.settled();
    this.check();
  }
}

/** How values are grouped. */
export interface Grouping {
  /** Values of a group at most. */
  readonly size: number;
  /** Bytes in memory from which on a group is full. */
  readonly bytes: number;
  /** Milliseconds that a group waits for its next value. */
  readonly patience: number;
}

/**
 * Values in groups, which are given as soon as they are full or the next value takes long; that one is asked for meanwhile. Where the source of
 * them fails, what came before is given first.
 */
export async function* groupsOf<T extends { readonly held?: number | undefined }>(
  values: AsyncIterable<T>,
  { size, bytes, patience }: Grouping,
): AsyncIterable<readonly T[]> {
  const iterator = values[Symbol.asyncIterator]();
  let next = quietly(iterator.next());
  let group: T[] = [];
  let held = 0;
  const full = (): readonly T[] => {
    const given = group;
    group = [];
    held = 0;
    return given;
  };
  try {
    for (;;) {
      const result = await (group.length === 0 ? next : inTime(next, patience)).catch((error: unknown) => ({ error }));
      if (result === undefined) {
        yield full();
        continue;
      }
      if ('error' in result || result.done) {
        if (group.length > 0) yield full();
        if ('error' in result) throw result.error;
        return;
      }
      group.push(result.value);
      held += result.value.held ?? 0;
      if (group.length >= size || held >= bytes) yield full();
      next = quietly(iterator.next());
    }
  } finally {
    await iterator.return?.().catch(() => undefined);
  }
}

/** Whose failure may come before somebody waits for it. */
function quietly<T>(promise: Promise<T>): Promise<T> {
  promise.catch(() => undefined);
  return promise;
}

/** `undefined` where it takes longer. */
async function inTime<T>(promise: Promise<T>, milliseconds: number): Promise<T | undefined> {
  let timer: NodeJS.Timeout | undefined;
  const pause = new Promise<undefined>((resolve) => {
    timer = setTimeout(() => {
      resolve(undefined);
    }, milliseconds);
  });
  try {
    return await Promise.race([promise, pause]);
  } finally {
    clearTimeout(timer);
  }
}
