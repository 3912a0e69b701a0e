/** A function's value and slope at a place. */
export interface Evaluation {
  readonly value: number;
  readonly gradient: Float64Array;
}

/** What ends a search. */
export interface SearchLimits {
  /** The largest slope, in magnitude, that counts as none. */
  readonly tolerance: number;
  readonly iterations: number;
  /** Told the count before each iteration; a throw ends the search. */
  readonly onIteration?: ((done: number) => void) | undefined;
}

/** Where a search ended. */
export interface Minimum {
  readonly place: Float64Array;
  readonly value: number;
  readonly iterations: number;
  /** Whether the slope fell below the tolerance. */
  readonly converged: boolean;
}

/** Pairs of steps and changes of slope that stand for the curvature. */
const memory = 10;
/** Trial steps of one line search. */
const trials = 40;
/** Of the slope along the line: how much the value must fall (Armijo), and what may be left of the slope (Wolfe). */
const fall = 1e-4;
const left = 0.9;

interface Pair {
  readonly step: Float64Array;
  readonly change: Float64Array;
  /** 1 / (step . change). */
  readonly rho: number;
}

interface Place extends Evaluation {
  readonly place: Float64Array;
}

/**
 * The minimum of a smooth convex function by L-BFGS (Liu & Nocedal 1989, doi:10.1007/BF01589116), with a line search by bisection to the
 * weak Wolfe conditions. Deterministic. Ends at the tolerance, at the limit, or where the numbers have no room for a better value.
 *
 * @example
 * const { place } = await minimize(evaluate, new Float64Array(10), { tolerance: 1e-7, iterations: 1000 });
 */
export async function minimize(
  evaluate: (place: Float64Array) => Promise<Evaluation>,
  start: Float64Array,
  { tolerance, iterations, onIteration }: SearchLimits,
): Promise<Minimum> {
  let here: Place = { place: start, ...(await evaluate(start)) };
  const pairs: Pair[] = [];
  let done = 0;
  const isFlat = () => here.gradient.every((slope) => Math.abs(slope) <= tolerance);
  for (; done < iterations && !isFlat(); done++) {
    onIteration?.(done);
    const next = await lineSearch(evaluate, here, directionOf(here.gradient, pairs), pairs.length === 0);
    if (!next) {
      // Old curvature may point astray: once more along the slope itself, and where that leads nowhere, this is the end.
      if (pairs.length === 0) break;
      pairs.length = 0;
      continue;
    }
    remember(pairs, here, next);
    here = next;
  }
  return { place: here.place, value: here.value, iterations: done, converged: isFlat() };
}

/** -H g by the two loops, with H_0 = (s . y) / (y . y) of the newest pair. */
function directionOf(gradient: Float64Array, pairs: readonly Pair[]): Float64Array {
  const direction = gradient.map((slope) => -slope);
  const shares = new Map<Pair, number>();
  for (const pair of pairs.toReversed()) {
    const share = pair.rho * dot(pair.step, direction);
    shares.set(pair, share);
    addScaled(direction, pair.change, -share);
  }
  const newest = pairs.at(-1);
  if (newest) {
    const scale = 1 / (newest.rho * dot(newest.change, newest.change));
    for (let i = 0; i < direction.length; i++) direction[i] = (direction[i] as number) * scale;
  }
  for (const pair of pairs) addScaled(direction, pair.step, (shares.get(pair) ?? 0) - pair.rho * dot(pair.change, direction));
  return direction;
}

async function lineSearch(
  evaluate: (place: Float64Array) => Promise<Evaluation>,
  here: Place,
  direction: Float64Array,
  isFirst: boolean,
): Promise<Place | undefined> {
  const slope = dot(here.gradient, direction);
  if (!(slope < 0)) return undefined;
  let [low, high] = [0, Infinity];
  let length = isFirst ? Math.min(1, 1 / Math.sqrt(-slope)) : 1;
  for (let trial = 0; trial < trials; trial++) {
    const place = Float64Array.from(here.place);
    addScaled(place, direction, length);
    const there = { place, ...(await evaluate(place)) };
    if (!(there.value <= here.value + fall * length * slope)) high = length;
    else if (dot(there.gradient, direction) < left * slope) low = length;
    else return there;
    length = high < Infinity ? (low + high) / 2 : 2 * low;
  }
  return undefined;
}

function remember(pairs: Pair[], from: Place, to: Place): void {
  const step = to.place.map((value, i) => value - (from.place[i] as number));
  const change = to.gradient.map((value, i) => value - (from.gradient[i] as number));
  const curvature = dot(step, change);
  if (!(curvature > 0)) return;
  pairs.push({ step, change, rho: 1 / curvature });
  if (pairs.length > memory) pairs.shift();
}

function dot(a: Float64Array, b: Float64Array): number {
  let sum = 0;
  for (let i = 0; i < a.length; i++) sum += (a[i] as number) * (b[i] as number);
  return sum;
}

/** a += factor b. */
function addScaled(a: Float64Array, b: Float64Array, factor: number): void {
  for (let i = 0; i < a.length; i++) a[i] = (a[i] as number) + factor * (b[i] as number);
}
