import { MessierError } from '../core/errors.js';
import type { Counts, Picture } from '../core/picture.js';
import { zscaleLimits, type Limits } from './zscale.js';

/** How measured counts become pixels: the limits that turn black and white, and the curve between them. */
export interface Stretch {
  /** `zscale` finds its limits itself (IRAF's ZScale) and is linear between them; the others take percentiles. */
  readonly kind: 'linear' | 'asinh' | 'log' | 'sqrt' | 'zscale';
  /** Of asinh: where it turns from linear to logarithmic, as a share of the range, in (0, 1]. */
  readonly softening: number;
  /** Percentile that becomes black. */
  readonly low: number;
  /** Percentile that becomes white. */
  readonly high: number;
}

/** The recipe's default. */
export const defaultStretch: Stretch = { kind: 'asinh', softening: 0.1, low: 0.25, high: 99.75 };

/** The `a` of the logarithmic curve. */
const logarithmic = 1000;

/**
 * Counts as a picture: x = (v - low) / (high - low), clipped to [0, 1], then `round(255 y)` with
 *
 * - linear, zscale: y = x
 * - asinh: y = asinh(x / softening) / asinh(1 / softening) (Lupton et al., AJ 118 (1999) 1406)
 * - log: y = log(1000 x + 1) / log(1001)
 * - sqrt: y = sqrt(x)
 *
 * as in astropy.visualization. The limits are taken over the finite values of all planes together, so that colours keep their balance.
 * NaN is black. Where both limits are the same value, what lies above it is white and the rest black.
 *
 * @throws MessierError `stretch/limits` where `low` is above `high` or either is no percentile, `stretch/softening`.
 *
 * @example
 * const picture = applyStretch(fitsCounts(await openFits('M51.fits')), defaultStretch);
 */
export function applyStretch(counts: Counts, stretch: Stretch): Picture {
  const { width, height, planes, data } = counts;
  const { low, high } = stretchLimits(data, stretch);
  const curve = curveOf(stretch);
  const size = width * height;
  const out = new Uint8Array(size * planes);
  for (let plane = 0; plane < planes; plane++) {
    for (let pixel = 0, to = plane; pixel < size; pixel++, to += planes) {
      const value = data[plane * size + pixel] ?? NaN;
      // NaN fails both comparisons and stays black.
      if (value >= high && value > low) out[to] = 255;
      else if (value > low) out[to] = Math.round(255 * curve((value - low) / (high - low)));
    }
  }
  return { width, height, channels: planes, data: out };
}

/**
 * The values that become black and white: percentiles of the finite values, interpolated linearly, or ZScale's. Both 0 where nothing is finite.
 *
 * @throws MessierError As {@link applyStretch}.
 */
export function stretchLimits(data: Float32Array, stretch: Stretch): Limits {
  const { low, high, softening } = stretch;
  if (!(low >= 0 && low <= high && high <= 100)) {
    throw new MessierError(
      'stretch/limits',
      `Limits are percentiles with low <= high, both from 0 to 100; ${low} and ${high} received.`,
    );
  }
  if (!(softening > 0 && softening <= 1)) {
    throw new MessierError(
      'stretch/softening',
      `The softening is a share of the range above 0 and up to 1; ${softening} received.`,
    );
  }
  const finite = finiteOf(data);
  if (finite.length === 0) return { low: 0, high: 0 };
  if (stretch.kind === 'zscale') return zscaleLimits(finite);
  finite.sort();
  return { low: percentile(finite, low), high: percentile(finite, high) };
}

/** A filter of typed arrays keeps what passes as a list of V8's first, which ends the process beyond 2^27 values. */
function finiteOf(data: Float32Array): Float32Array {
  const finite = new Float32Array(data.length);
  let count = 0;
  for (const value of data) if (Number.isFinite(value)) finite[count++] = value;
  return finite.subarray(0, count);
}

function percentile(sorted: Float32Array, percent: number): number {
  const place = ((sorted.length - 1) * percent) / 100;
  const below = Math.floor(place);
  const first = sorted[below] ?? 0;
  return first + (place - below) * ((sorted[below + 1] ?? first) - first);
}

function curveOf({ kind, softening }: Stretch): (x: number) => number {
  switch (kind) {
    case 'linear':
    case 'zscale':
      return (x) => x;
    case 'asinh': {
      const top = Math.asinh(1 / softening);
      return (x) => Math.asinh(x / softening) / top;
    }
    case 'log': {
      const top = Math.log(logarithmic + 1);
      return (x) => Math.log(logarithmic * x + 1) / top;
    }
    case 'sqrt':
      return Math.sqrt;
  }
}
