/** What is left of sums by rounding, below which two shares are the same. */
const tolerance = 1e-9;

/** Whole numbers near shares[p] * total that add up to total: largest remainders, the first of equal ones. Shares add up to 1. */
export function largestRemainder(total: number, shares: readonly number[]): number[] {
  const exact = shares.map((share) => share * total);
  const sizes = exact.map((value) => Math.floor(value + tolerance));
  const left = total - sizes.reduce((sum, size) => sum + size, 0);
  const order = exact
    .map((value, part) => ({ part, remainder: value - (sizes[part] as number) }))
    .sort((a, b) => (Math.abs(a.remainder - b.remainder) > tolerance ? b.remainder - a.remainder : a.part - b.part));
  for (const { part } of order.slice(0, left)) sizes[part] = (sizes[part] as number) + 1;
  return sizes;
}

/**
 * How many items of each class each part should have, (classes, parts): shares[p] * counts[c] rounded up or down so that each class adds
 * up, and as far as possible each part too, by largest remainders. A part with a share has at least one item of each class that has
 * enough, the part named first (training) before the others, these by their share.
 *
 * @param ranks Order in which classes with equal remainders are served.
 */
export function targetCounts(counts: readonly number[], shares: readonly number[], ranks: readonly number[]): Int32Array {
  const parts = shares.length;
  const byShare = shares.map((_, part) => part).filter((part) => (shares[part] as number) > 0);
  byShare.sort((a, b) => Number(b === 0) - Number(a === 0) || (shares[b] as number) - (shares[a] as number) || a - b);
  const targets = new Int32Array(counts.length * parts);
  const total = counts.reduce((sum, count) => sum + count, 0);
  const room = largestRemainder(total, shares);
  const missing = Int32Array.from(counts);
  const cells: Cell[] = [];
  for (const [label, count] of counts.entries()) {
    const row = leastCounts(count, shares, byShare);
    for (const [part, least] of row.entries()) {
      targets[label * parts + part] = least;
      room[part] = (room[part] as number) - least;
      missing[label] = (missing[label] as number) - least;
      if ((shares[part] as number) > 0) cells.push({ label, part, remainder: count * (shares[part] as number) - least });
    }
  }
  cells.sort((a, b) => {
    if (Math.abs(a.remainder - b.remainder) > tolerance) return b.remainder - a.remainder;
    return (ranks[a.label] as number) - (ranks[b.label] as number) || a.part - b.part;
  });
  // First where the part has room too; what then is left of a class goes where it fits best.
  for (const needsRoom of [true, false]) {
    for (const { label, part } of cells) {
      if (missing[label] === 0 || (needsRoom && (room[part] as number) <= 0)) continue;
      targets[label * parts + part] = (targets[label * parts + part] as number) + 1;
      room[part] = (room[part] as number) - 1;
      missing[label] = (missing[label] as number) - 1;
    }
  }
  return targets;
}

interface Cell {
  readonly label: number;
  readonly part: number;
  /** What the exact count has above the least one. */
  readonly remainder: number;
}

/** Exact counts rounded down, at least one where the class has enough items, and no more than there are. */
function leastCounts(count: number, shares: readonly number[], byShare: readonly number[]): number[] {
  const row = shares.map((share) => Math.floor(share * count + tolerance));
  for (const part of byShare.slice(0, count)) row[part] = Math.max(row[part] as number, 1);
  for (let above = row.reduce((sum, least) => sum + least, 0) - count; above > 0; above--) {
    const largest = row.indexOf(Math.max(...row));
    row[largest] = (row[largest] as number) - 1;
  }
  return row;
}
