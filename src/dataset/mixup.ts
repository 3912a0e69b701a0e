import type { RandomStream } from '../core/random.js';

/**
 * x_n <- s_n x_n + (1 - s_n) x_p(n), the same in every array: each picture is blended with another one of its batch, in place.
 * Shares s are drawn from Beta(alpha, alpha) for each picture, p is a random order.
 *
 * The arrays (images, targets) hold `count` rows each, (N, ...). Source: H. Zhang et al., mixup, arXiv:1710.09412.
 *
 * @example
 * mixBatch([images, targets], batch, 0.2, randomStream(seed, 'mixup', epoch, step));
 */
export function mixBatch(arrays: readonly Float32Array[], count: number, alpha: number, random: RandomStream): void {
  if (!(alpha > 0)) return;
  const order = random.shuffle(Int32Array.from({ length: count }, (_, n) => n));
  const shares = Float64Array.from(order, () => beta(alpha, random));
  for (const rows of arrays) {
    const before = rows.slice();
    const width = rows.length / count;
    for (let n = 0; n < count; n++) {
      const [own, other, share] = [n * width, (order[n] ?? n) * width, shares[n] ?? 1];
      for (let i = 0; i < width; i++) {
        const value = before[other + i] ?? 0;
        rows[own + i] = value + share * ((before[own + i] ?? 0) - value);
      }
    }
  }
}

/** A number of Beta(alpha, alpha): x / (x + y) with two numbers of the gamma distribution. */
function beta(alpha: number, random: RandomStream): number {
  const [x, y] = [logGamma(alpha, random), logGamma(alpha, random)];
  return 1 / (1 + Math.exp(y - x));
}

/**
 * The logarithm of a number of the gamma distribution of that shape: the number itself becomes 0 for a small shape.
 * Source: G. Marsaglia and W. W. Tsang, A simple method for generating gamma variables, ACM TOMS 26 (2000) 363; a shape below 1 is
 * raised by 1 as in their section 6.
 */
function logGamma(shape: number, random: RandomStream): number {
  if (shape < 1) return logGamma(shape + 1, random) + Math.log(1 - random.uniform()) / shape;
  const d = shape - 1 / 3;
  for (;;) {
    const normal = random.normal();
    const v = (1 + normal / Math.sqrt(9 * d)) ** 3;
    if (v > 0 && Math.log(1 - random.uniform()) < normal ** 2 / 2 + d - d * v + d * Math.log(v)) return Math.log(d * v);
  }
}
