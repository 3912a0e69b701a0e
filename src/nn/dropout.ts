import type { Value } from '../onnx/assembler.js';
import { refuse } from './checks.js';
import type { Network } from './network.js';

/**
 * In training, sets each value to 0 with probability `ratio` and divides the others by 1 - ratio; otherwise x.
 *
 * Any shape. The node is in inference mode; the training step turns it on. `ratio` lies in [0, 1); 0 adds no node.
 * Source: N. Srivastava et al., JMLR 15 (2014) 1929.
 */
export function dropout(net: Network, x: Value, options: { readonly ratio: number }): Value {
  const { ratio } = options;
  if (!(ratio >= 0 && ratio < 1)) refuse('Dropout', `ratio must lie in [0, 1), ${ratio} received. 0.2 drops a fifth.`);
  return ratio === 0 ? x : net.op('Dropout', [x, net.graph.scalar(ratio)]);
}
