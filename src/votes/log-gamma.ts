import type { Value } from '../onnx/assembler.js';
import type { GraphBuilder } from '../onnx/builder.js';

/** Arguments below this are moved up by it: the series below is exact to float32 from here on. */
const shift = 8;
/** B_2k / (2k (2k - 1)) for k = 1, 2, 3. */
const stirling = [1 / 12, -1 / 360, 1 / 1260] as const;

/**
 * log Gamma(x) for x > 0, elementwise, of standard operators alone: Stirling's series
 * (z - 1/2) log z - z + log(2 pi) / 2 + 1/(12 z) - 1/(360 z^3) + 1/(1260 z^5), with z = x from 8 on; below,
 * z = x + 8 and log(x (x + 1) ... (x + 7)) is taken off. Its gradient is the digamma function.
 *
 * Within 5e-6 (absolute near the zeros at 1 and 2, else relative) from 1e-3 to 1e6, its gradient within 1e-6. Source: DLMF 5.11.1, 5.5.1.
 *
 * @param x float32, any shape, positive.
 */
export function logGamma(g: GraphBuilder, x: Value): Value {
  const small = g.cast(g.less(x, g.scalar(shift)), 'float32');
  const z = g.add(x, g.mul(small, g.scalar(shift)));
  const inverse = g.reciprocal(z);
  const square = g.mul(inverse, inverse);
  const [first, second, third] = stirling;
  const tail = g.mul(inverse, g.add(g.mul(square, g.add(g.mul(square, g.scalar(third)), g.scalar(second))), g.scalar(first)));
  const half = g.scalar(0.5);
  const head = g.sub(g.mul(g.sub(z, half), g.log(z)), z);
  const series = g.add(head, g.add(tail, g.scalar(Math.log(2 * Math.PI) / 2)));
  // 1 in place of large x: the product of eight would overflow.
  const near = g.add(g.mul(small, x), g.sub(g.scalar(1), small));
  let product = near;
  for (let k = 1; k < shift; k++) product = g.mul(product, g.add(near, g.scalar(k)));
  return g.sub(series, g.mul(small, g.log(product)));
}
