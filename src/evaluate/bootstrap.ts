import { MessierError } from '../core/errors.js';
import { randomStream } from '../core/random.js';
import type { Interval } from './types.js';

/** How intervals are made. */
export interface BootstrapOptions {
  /** Resamples, 1000 unless told; 10 to 100,000. */
  readonly samples?: number | undefined;
  /** Share of the resamples inside the interval, 0.95 unless told. */
  readonly level?: number | undefined;
  /** 1 unless told. */
  readonly seed?: number | undefined;
}

/** {@link BootstrapOptions}, each with a value. */
export interface Bootstrap {
  readonly samples: number;
  readonly level: number;
  readonly seed: number;
}

/** Figures by name. NaN stands where a resample leaves a figure undefined. */
export type Figures = Readonly<Record<string, number>>;

/** Fills in the defaults. Throws `evaluate/bootstrap` for what is out of range. */
export function settleBootstrap({ samples = 1000, level = 0.95, seed = 1 }: BootstrapOptions): Bootstrap {
  if (!Number.isInteger(samples) || samples < 10 || samples > 100_000) {
    throw new MessierError('evaluate/bootstrap', `samples: a whole number from 10 to 100,000 expected, ${samples} received.`);
  }
  if (!(level > 0 && level < 1)) {
    throw new MessierError('evaluate/bootstrap', `level: a share between 0 and 1 expected, ${level} received. 0.95 is usual.`);
  }
  return { samples, level, seed };
}

/**
 * Percentile bootstrap over pictures (Efron 1979): n pictures are drawn n times with replacement, so that picture i counts weights[i]
 * times, and a figure's interval spans the middle `level` of its values. Resamples that leave a figure undefined do not count for it;
 * where all do, the interval is the value itself.
 *
 * @param figures Computes every figure for given weights; called once with ones for the values, then once a resample.
 */
export function bootstrapIntervals(
  pictures: number,
  figures: (weights: Uint16Array) => Figures,
  { samples, level, seed }: Bootstrap,
): Readonly<Record<string, Interval>> {
  const weights = new Uint16Array(pictures).fill(1);
  const values = figures(weights);
  const draws = new Map(Object.keys(values).map((name) => [name, new Float64Array(samples)]));
  const stream = randomStream(seed, 'bootstrap');
  for (let sample = 0; sample < samples; sample++) {
    weights.fill(0);
    for (let draw = 0; draw < pictures; draw++) {
      const picture = stream.integer(pictures);
      weights[picture] = (weights[picture] as number) + 1;
    }
    const drawn = figures(weights);
    for (const [name, row] of draws) row[sample] = drawn[name] ?? NaN;
  }
  return Object.fromEntries(
    [...draws].map(([name, row]) => {
      const value = values[name] as number;
      const defined = row.filter((one) => !Number.isNaN(one)).sort();
      const tail = (1 - level) / 2;
      const at = (share: number): number => (defined.length === 0 ? value : quantile(defined, share));
      return [name, { value, low: at(tail), high: at(1 - tail) }];
    }),
  );
}

/** Linear interpolation between order statistics, numpy's default. */
function quantile(sorted: Float64Array, share: number): number {
  const position = share * (sorted.length - 1);
  const below = sorted[Math.floor(position)] as number;
  const above = sorted[Math.ceil(position)] as number;
  return below + (above - below) * (position - Math.floor(position));
}
