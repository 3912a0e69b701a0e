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

/** Values in groups of `size`; where the source of them fails, what came before is given first. */
export async function* groupsOf<T>(values: AsyncIterable<T>, size: number): AsyncIterable<readonly T[]> {
  let group: T[] = [];
  let failure: { readonly error: unknown } | undefined;
  try {
    for await (const value of values) {
      group.push(value);
      if (group.length < size) continue;
      const full = group;
      group = [];
      yield full;
    }
  } catch (error) {
    failure = { error };
  }
  if (group.length > 0) yield group;
  if (failure) throw failure.error;
}
