import { randomStream } from '../core/random.js';

/**
 * Two-sided p-value of the paired randomisation test (Fisher 1935) that two models are equally good: were they, each difference could as well have the
 * other sign. The share of `samples` random choices of signs, and of the observed one, whose sum lies at least as far from 0.
 *
 * @param differences One a galaxy: of what is summed up over galaxies, squared errors for instance.
 */
export function pairedPermutation(
  differences: ArrayLike<number>,
  { samples, seed }: { readonly samples: number; readonly seed: number },
): number {
  const values = Float64Array.from(differences);
  const total = values.reduce((sum, value) => sum + value, 0);
  const scale = values.reduce((sum, value) => sum + Math.abs(value), 0);
  // Sums in another order differ in their last bits and are equal all the same.
  const observed = Math.abs(total) - 1e-12 * scale;
  const stream = randomStream(seed, 'permutation');
  let extreme = 1;
  for (let sample = 0; sample < samples; sample++) {
    let sum = 0;
    let bits = 0;
    for (let at = 0; at < values.length; at++) {
      if (at % 24 === 0) bits = stream.integer(2 ** 24);
      const value = values[at] as number;
      sum += bits & 1 ? value : -value;
      bits >>= 1;
    }
    if (Math.abs(sum) >= observed) extreme++;
  }
  return extreme / (samples + 1);
}
