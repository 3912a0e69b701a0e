import { isSilent } from './collect-codes.js';
import { plainLine } from './collect-item.js';
import type { Collected, CollectOptions } from './source.js';

/** Numbers by name, for names that are other people's texts. */
type Numbers = Map<string, number>;

const add = (numbers: Numbers, name: string, by: number): void => {
  numbers.set(name, (numbers.get(name) ?? 0) + by);
};

/** What has come of a collection so far, and what is still wanted. */
export class Tally {
  added = 0;
  known = 0;
  repaired = 0;
  duplicates = 0;
  refusedBefore = 0;
  private readonly refused: Numbers = new Map();
  private classes: Numbers = new Map();
  /** On their way, by the class they may come to; `''` without one. */
  private readonly coming: Numbers = new Map();
  private comingInAll = 0;

  constructor(
    private readonly source: string,
    private readonly options: Pick<CollectOptions, 'catalogue' | 'dataset' | 'perClass' | 'limit'>,
  ) {}

  /** Reads from the catalogue how many items each class has: in the dataset, or of the source without one. */
  async count(): Promise<void> {
    const { catalogue, dataset } = this.options;
    const classes: Numbers = new Map();
    const query = dataset === undefined ? { sources: [this.source] } : { dataset };
    for (const { class: name, review, items } of await catalogue.counts(query)) {
      if (review !== 'dropped') add(classes, name, items);
    }
    this.classes = classes;
  }

  /** `full` and `enough` hold for good; `waits` means that what is on its way may make it so. */
  room(label: string): 'free' | 'waits' | 'full' | 'enough' {
    const { limit = Infinity } = this.options;
    if (this.added >= limit) return 'enough';
    if (this.isFull(label)) return 'full';
    const { perClass = Infinity } = this.options;
    const most = label === '' ? Infinity : perClass - (this.classes.get(label) ?? 0);
    return this.added + this.comingInAll >= limit || (this.coming.get(label) ?? 0) >= most ? 'waits' : 'free';
  }

  /** Things without a label are taken whatever the classes have. */
  isFull(label: string): boolean {
    const { perClass } = this.options;
    return perClass !== undefined && label !== '' && (this.classes.get(label) ?? 0) >= perClass;
  }

  /** Which of these labels, by their places, have room in their classes now, and which may have some when it is counted again. */
  fitting(labels: readonly string[]): { readonly now: readonly number[]; readonly later: readonly number[] } {
    const { perClass = Infinity } = this.options;
    const taken: Numbers = new Map();
    const now: number[] = [];
    const later: number[] = [];
    for (const [at, label] of labels.entries()) {
      if (this.isFull(label)) continue;
      const most = label === '' ? Infinity : perClass - (this.classes.get(label) ?? 0);
      if ((taken.get(label) ?? 0) >= most) later.push(at);
      else {
        add(taken, label, 1);
        now.push(at);
      }
    }
    return { now, later };
  }

  start(label: string): void {
    add(this.coming, label, 1);
    this.comingInAll++;
  }

  end(label: string): void {
    add(this.coming, label, -1);
    this.comingInAll--;
  }

  take(label: string): void {
    this.added++;
    add(this.classes, label, 1);
  }

  refuse(code: string): void {
    add(this.refused, code, 1);
  }

  /** Everything that the source offered and that is settled. */
  get settled(): number {
    return this.added + this.known + this.duplicates + this.refusedBefore + this.refusals;
  }

  /** Everything was asked for in vain: no network, or nobody at the other end. */
  get isSilent(): boolean {
    return this.settled === this.refusals && isSilent([...this.refused.keys()]);
  }

  get refusals(): number {
    return [...this.refused.values()].reduce((sum, count) => sum + count, 0);
  }

  /** The classes with most items, for a line of progress. */
  largest(most: number): Readonly<Record<string, number>> {
    const sorted = [...this.classes].filter(([name]) => name !== '').sort(([, a], [, b]) => b - a);
    return Object.fromEntries(sorted.slice(0, most).map(([name, items]) => [plainLine(name).slice(0, 40), items]));
  }

  result(): Collected {
    const { added, known, repaired, duplicates, refusedBefore, refused, classes } = this;
    return {
      added,
      known,
      repaired,
      duplicates,
      refusedBefore,
      refused: Object.fromEntries(refused),
      classes: Object.fromEntries(classes),
    };
  }
}
