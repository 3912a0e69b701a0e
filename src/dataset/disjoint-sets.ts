/** Sets of the numbers 0 to count - 1 that grow by joining (union by smallest member, paths halved). */
export class DisjointSets {
  private readonly parents: Int32Array;

  constructor(count: number) {
    this.parents = Int32Array.from({ length: count }, (_, index) => index);
  }

  /** The smallest member of the set that holds `index`. */
  find(index: number): number {
    const { parents } = this;
    let at = index;
    for (let parent = parents[at] as number; parent !== at; parent = parents[at] as number) {
      parents[at] = parents[parent] as number;
      at = parents[at] as number;
    }
    return at;
  }

  join(a: number, b: number): void {
    const [first, second] = [this.find(a), this.find(b)];
    this.parents[Math.max(first, second)] = Math.min(first, second);
  }

  /** Every set in the order of their smallest members; members ascending. */
  sets(): number[][] {
    const found = new Map<number, number[]>();
    for (let index = 0; index < this.parents.length; index++) {
      const root = this.find(index);
      const members = found.get(root);
      if (members) members.push(index);
      else found.set(root, [index]);
    }
    return [...found.values()];
  }
}
