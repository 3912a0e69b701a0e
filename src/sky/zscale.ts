/** Of IRAF's display task, and of astropy.visualization.ZScaleInterval. */
const mostSamples = 1000;
const contrast = 0.25;
const rejection = 2.5;
const mostRounds = 5;
const leastPixels = 5;

/** Values that become black and white. */
export interface Limits {
  readonly low: number;
  readonly high: number;
}

/**
 * IRAF's ZScale: a line through the sorted values of about a thousand evenly spaced pixels, without those further than 2.5 sigma, whose slope
 * divided by 0.25 spans the limits around the median. Shows the sky and what is faint in it; bright cores become white.
 *
 * Source: https://iraf.net/irafhelp.php?val=display; D. Tody, The IRAF Data Reduction and Analysis System, Proc. SPIE 627 (1986) 733.
 *
 * @param values Finite ones, in the picture's order; at least one.
 */
export function zscaleLimits(values: Float32Array): Limits {
  const stride = Math.max(1, Math.floor(values.length / mostSamples));
  const count = Math.min(mostSamples, Math.ceil(values.length / stride));
  const samples = Float64Array.from({ length: count }, (_, index) => values[index * stride] ?? 0).sort();
  const low = samples[0] ?? 0;
  const high = samples[count - 1] ?? 0;
  const slope = slopeOf(samples);
  if (slope === undefined) return { low, high };
  const centre = Math.floor((count - 1) / 2);
  const median = ((samples[centre] ?? 0) + (samples[Math.floor(count / 2)] ?? 0)) / 2;
  const steepness = slope / contrast;
  return { low: Math.max(low, median - (centre - 1) * steepness), high: Math.min(high, median + (count - centre) * steepness) };
}

/** Of the line through the samples that are kept; `undefined` where fewer than half, or than five, are. */
function slopeOf(samples: Float64Array): number | undefined {
  const count = samples.length;
  const least = Math.max(leastPixels, Math.floor(count * 0.5));
  const width = Math.max(1, Math.floor(count * 0.01));
  let rejected = new Uint8Array(count);
  let good = count;
  let before = count + 1;
  let slope: number | undefined;
  for (let round = 0; round < mostRounds && good < before && good >= least; round++) {
    const line = fit(samples, rejected);
    slope = line.slope;
    const away = samples.map((value, index) => value - (line.start + line.slope * index));
    const threshold = rejection * deviation(away, rejected);
    const far = rejected.map((flag, index) => (flag === 1 || Math.abs(away[index] ?? 0) > threshold ? 1 : 0));
    rejected = grown(far, width);
    before = good;
    good = rejected.reduce((kept, flag) => kept - flag, count);
  }
  return good >= least ? slope : undefined;
}

/** Least squares over the samples that are not rejected, against their index. */
function fit(samples: Float64Array, rejected: Uint8Array): { readonly slope: number; readonly start: number } {
  let n = 0;
  let meanX = 0;
  let meanY = 0;
  samples.forEach((value, index) => {
    if (rejected[index] === 1) return;
    n++;
    meanX += index;
    meanY += value;
  });
  meanX /= n;
  meanY /= n;
  let xx = 0;
  let xy = 0;
  samples.forEach((value, index) => {
    if (rejected[index] === 1) return;
    xx += (index - meanX) ** 2;
    xy += (index - meanX) * (value - meanY);
  });
  const slope = xy / xx;
  return { slope, start: meanY - slope * meanX };
}

function deviation(values: Float64Array, rejected: Uint8Array): number {
  const kept = values.filter((_, index) => rejected[index] === 0);
  const mean = kept.reduce((sum, value) => sum + value, 0) / kept.length;
  return Math.sqrt(kept.reduce((sum, value) => sum + (value - mean) ** 2, 0) / kept.length);
}

/** Neighbours of rejected samples are rejected as well: a window of `width` around each. */
function grown(flags: Uint8Array, width: number): Uint8Array<ArrayBuffer> {
  const out = new Uint8Array(flags.length);
  const before = Math.floor((width - 1) / 2);
  flags.forEach((flag, index) => {
    if (flag === 1) out.fill(1, Math.max(0, index - before), index - before + width);
  });
  return out;
}
