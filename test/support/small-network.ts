import { float } from '../../src/onnx/assembler.js';
import { GraphBuilder } from '../../src/onnx/builder.js';
import type { Model, Tensor } from '../../src/onnx/types.js';
import { pattern } from './pattern.js';

/** A float32 tensor of numbers that depend on its name alone. */
export const filled = (name: string, dims: readonly number[], scale = 1, offset = 0): Tensor => ({
  type: 'float32',
  dims,
  data: pattern(name, dims, scale, offset),
});

/** What {@link smallNetwork} is made of. */
export interface SmallNetworkOptions {
  /** Blocks of convolution (`conv0.weight`), batch norm (`bn0.scale`) and ReLU. */
  readonly blocks?: number;
  readonly batchNorm?: boolean;
  readonly maxPool?: boolean;
  readonly dropout?: number;
}

/** An image classifier of N x 2 x 6 x 6 pictures into 3 classes, in blocks, with a dense layer (`head.weight`, `head.bias`) at its end. */
export function smallNetwork({ blocks = 1, batchNorm = false, maxPool = false, dropout }: SmallNetworkOptions = {}): Model {
  const g = new GraphBuilder();
  let value = g.input('image', 'float32', ['N', 2, 6, 6]);
  for (let block = 0; block < blocks; block++) {
    const weight = g.parameter(`conv${block}.weight`, filled(`conv${block}.weight`, [2, 2, 3, 3], 0.5));
    value = g.conv(value, weight, undefined, { pads: [1, 1, 1, 1], name: `conv${block}` });
    if (batchNorm) {
      const parameters = (['scale', 'bias', 'mean', 'variance'] as const).map((name) =>
        g.parameter(
          `bn${block}.${name}`,
          filled(`bn${block}.${name}`, [2], 0.25, name === 'scale' || name === 'variance' ? 1 : 0),
        ),
      );
      value = g.op('BatchNormalization', [value, ...parameters], { momentum: float(0.75) });
    }
    value = g.relu(value);
  }
  if (maxPool) value = g.maxPool(value, { kernel: [3, 3], strides: [2, 2], pads: [1, 1, 1, 1] });
  if (dropout !== undefined) value = g.op('Dropout', [value, g.scalar(dropout)], {}, { name: 'dropout' });
  const inner = maxPool ? 18 : 72;
  const weight = g.parameter('head.weight', filled('head.weight', [3, inner], 0.25));
  const bias = g.parameter('head.bias', filled('head.bias', [3], 0.25));
  g.output(g.gemm(g.flatten(value), weight, bias, { transB: true }), 'logits');
  return g.build({ name: 'small' });
}

/** Pictures for it and their labels. */
export function smallBatch(count: number): { readonly image: Tensor; readonly labels: Tensor } {
  return {
    image: filled('image', [count, 2, 6, 6]),
    labels: { type: 'int64', dims: [count], data: BigInt64Array.from({ length: count }, (_, index) => BigInt(index % 3)) },
  };
}
