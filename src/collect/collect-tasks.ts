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

/**
 * Values in groups of `size`, or fewer where they hold more than `bytes` of memory. Where the source of them fails, what came before is given
 * first.
 */
export async function* groupsOf<T extends { readonly held?: number | undefined }>(
  values: AsyncIterable<T>,
  size: number,
  bytes: number,
): AsyncIterable<readonly T[]> {
  let group: T[] = [];
  let held = 0;
  let failure: { readonly error: unknown } | undefined;
  try {
    for await (const value of values) {
      group.push(value);
      held += value.held ?? 0;
      if (group.length < size && held < bytes) continue;
      const full = group;
      group = [];
      held = 0;
      yield full;
    }
  } catch (error) {
    failure = { error };
  }
  if (group.length > 0) yield group;
  if (failure) throw failure.error;
}
