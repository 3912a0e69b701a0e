/** From measures of many kinds to one score. */

/** One measure of all pictures: larger is more suspicious. */
export interface Measure {
  readonly values: ArrayLike<number>;
  /** What its evidence counts, beside the others. */
  readonly weight: number;
}

/** Evidence at which a score is one half. Of pictures without fault with measures of weights 1, 0.5, 0.25 and 0.25, about one in twenty has more. */
const halfWay = 4;

/** The score in [0, 1) of evidence in [0, infinity): e / (e + 4). */
export const scoreOf = (evidence: number): number => evidence / (evidence + halfWay);

/**
 * Share of pictures that are at least as suspicious as each, itself counted half: in (0, 1), small where few others are. Equal values share their
 * mean rank.
 */
export function tailShares(values: ArrayLike<number>): Float64Array {
  const count = values.length;
  const order = Array.from(values, (_, at) => at).sort((a, b) => (values[b] as number) - (values[a] as number));
  const shares = new Float64Array(count);
  for (let start = 0; start < count;) {
    const value = values[order[start] as number];
    let end = start;
    while (end < count && values[order[end] as number] === value) end++;
    for (let at = start; at < end; at++) shares[order[at] as number] = (start + end) / 2 / count;
    start = end;
  }
  return shares;
}

/**
 * Weighted sum of -ln(tail share): Fisher's combination of tests (Good 1955, doi:10.2307/2983700, with weights), which asks for no common scale of the
 * measures. A measure that is the same for all pictures adds the same to each.
 */
export function combine(measures: readonly Measure[], count: number): Float64Array {
  const evidence = new Float64Array(count);
  for (const { values, weight } of measures) {
    const shares = tailShares(values);
    for (let at = 0; at < count; at++) evidence[at] = (evidence[at] as number) - weight * Math.log(shares[at] as number);
  }
  return evidence;
}
