import type { Distribution } from './survey-types.js';

/** Bins of a histogram. */
const bins = 20;

/**
 * Five-number summary and histogram of at least one value. Quartiles lie between neighbours by linear interpolation (Hyndman and Fan's
 * type 7, NumPy's default); the last bin holds its upper edge.
 */
export function distributionOf(values: readonly number[]): Distribution {
  const sorted = Float64Array.from(values).sort();
  const quantile = (share: number): number => {
    const at = share * (sorted.length - 1);
    const [below, above] = [sorted[Math.floor(at)] as number, sorted[Math.ceil(at)] as number];
    return below + (above - below) * (at - Math.floor(at));
  };
  const [low, high] = [quantile(0), quantile(1)];
  const counts = Array.from({ length: bins }, () => 0);
  for (const value of sorted) {
    const bin = high > low ? Math.min(Math.floor(((value - low) / (high - low)) * bins), bins - 1) : 0;
    counts[bin] = (counts[bin] as number) + 1;
  }
  return { low, lowerQuartile: quantile(0.25), median: quantile(0.5), upperQuartile: quantile(0.75), high, counts };
}
