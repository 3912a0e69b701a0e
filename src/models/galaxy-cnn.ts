/**
 * The small network of this package for galaxies of about 64 to 80 pixels on a CPU: a residual network (arXiv:1512.03385) of plain
 * 3x3 convolutions, four stages of one width each, half the sides and twice the channels from stage to stage, so that all stages cost
 * the same. Depthwise convolutions would need fewer operations and more time: on a CPU they are bound by memory.
 */
import { residual } from '../nn/blocks.js';
import { conv2d } from '../nn/convolution.js';
import { classifier } from '../nn/head.js';
import { heNormal, zeros } from '../nn/initializers.js';
import type { Network } from '../nn/network.js';
import { batchNorm } from '../nn/normalization.js';
import { globalAveragePool } from '../nn/pooling.js';
import type { Value } from '../onnx/assembler.js';
import type { Architecture } from './architecture.js';

const widths = [32, 64, 128, 256] as const;

/** 3x3 convolution and batch norm. */
function convolve(
  net: Network,
  x: Value,
  number: number,
  filters: number,
  options: { readonly stride?: number; readonly last?: boolean },
): Value {
  const { stride = 1, last = false } = options;
  const y = conv2d(net, x, {
    name: `conv${number}`,
    filters,
    kernel: 3,
    stride,
    padding: 1,
    bias: false,
    init: heNormal({ mode: 'out' }),
  });
  // A branch that begins at zero makes the first steps those of a shallower network (arXiv:1706.02677, section 5.1).
  return batchNorm(net, y, { name: `bn${number}`, ...(last ? { init: zeros } : { activation: 'relu' }) });
}

const build =
  (stemBlock: boolean): Architecture['build'] =>
  (net, image, { classes, dropout }) => {
    let x = image;
    for (const [stage, filters] of widths.entries()) {
      x = net.scope(stage === 0 ? 'stem' : `stage${stage + 1}`, () => {
        const down = convolve(net, x, 1, filters, { stride: 2 });
        if (stage === 0 && !stemBlock) return down;
        return residual(net, down, (y) => convolve(net, convolve(net, y, 2, filters, {}), 3, filters, { last: true }), {
          activation: 'relu',
        });
      });
    }
    return classifier(net, globalAveragePool(net, x), { name: 'fc', classes, dropout, init: heNormal({ mode: 'in' }) });
  };

const shared = {
  citation: 'Messier; residual blocks after He et al., arXiv:1512.03385.',
  classes: 4,
  channels: 3,
  height: 64,
  width: 64,
  dropout: 0.2,
  least: 16,
} as const;

export const galaxyCnn: Architecture = {
  ...shared,
  description: 'Residual network of twelve 3x3 convolutions for small pictures of galaxies, quick on a CPU.',
  parameters: 1_958_564,
  build: build(true),
};

/**
 * Without the block at the largest resolution, which costs as much as each of the others and adds 1 % of the parameters: as accurate on
 * shapes of galaxies, and quick enough for a third more steps or pixels.
 */
export const galaxyCnnLight: Architecture = {
  ...shared,
  description: 'galaxy-cnn without its first residual block: ten 3x3 convolutions, a quarter less work.',
  parameters: 1_940_004,
  build: build(false),
};
