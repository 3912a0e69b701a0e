import { MessierError } from './errors.js';

/**
 * Named entries of one kind, in order of registration.
 *
 * @example
 * const models = new Registry<Architecture>('model');
 * models.register('resnet18', resnet18);
 * models.get('resnet81'); // model/unknown: No model "resnet81". Did you mean "resnet18"? ...
 */
export class Registry<T> {
  private readonly entries = new Map<string, T>();

  /** `kind` is a singular noun; it opens the codes and messages of errors. */
  constructor(readonly kind: string) {}

  /** Adds an entry. Throws `<kind>/duplicate` where the name is taken. */
  register(name: string, entry: T): this {
    if (this.entries.has(name)) {
      throw new MessierError(`${this.kind}/duplicate`, `A ${this.kind} "${name}" is registered already. Choose another name.`);
    }
    this.entries.set(name, entry);
    return this;
  }

  /** The entry of that name. Throws `<kind>/unknown`, with the nearest names, where there is none. */
  get(name: string): T {
    const entry = this.entries.get(name);
    if (entry !== undefined) return entry;
    const near = this.nearest(name);
    const hint = near.length > 0 ? ` Did you mean ${near.map((other) => `"${other}"`).join(' or ')}?` : '';
    const all = [...this.entries.keys()].join(', ');
    throw new MessierError(`${this.kind}/unknown`, `No ${this.kind} "${name}".${hint} Known: ${all === '' ? 'none' : all}.`);
  }

  has(name: string): boolean {
    return this.entries.has(name);
  }

  names(): readonly string[] {
    return [...this.entries.keys()];
  }

  [Symbol.iterator](): IterableIterator<readonly [string, T]> {
    return this.entries[Symbol.iterator]();
  }

  /** Up to three names within a third of the letters, nearest first. */
  private nearest(name: string): readonly string[] {
    const wanted = name.toLowerCase().slice(0, 64);
    const limit = Math.max(2, Math.floor(wanted.length / 3));
    return [...this.entries.keys()]
      .map((other) => ({ other, distance: editDistance(wanted, other.toLowerCase()) }))
      .filter(({ distance }) => distance <= limit)
      .sort((a, b) => a.distance - b.distance)
      .slice(0, 3)
      .map(({ other }) => other);
  }
}

/** Fewest insertions, deletions, replacements and swaps of neighbours that turn `a` into `b` (optimal string alignment). */
function editDistance(a: string, b: string): number {
  let beforeLast: number[] = [];
  let last = Array.from({ length: b.length + 1 }, (_, index) => index);
  for (let row = 1; row <= a.length; row++) {
    const current = [row];
    for (let column = 1; column <= b.length; column++) {
      const replaced = at(last, column - 1) + (a[row - 1] === b[column - 1] ? 0 : 1);
      const swapped =
        a[row - 1] === b[column - 2] && a[row - 2] === b[column - 1] && row > 1 && column > 1
          ? at(beforeLast, column - 2) + 1
          : Infinity;
      current.push(Math.min(replaced, swapped, at(last, column) + 1, at(current, column - 1) + 1));
    }
    beforeLast = last;
    last = current;
  }
  return at(last, b.length);
}

const at = (row: readonly number[], index: number): number => row[index] ?? Infinity;
