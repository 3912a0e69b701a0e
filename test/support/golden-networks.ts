import {
  classifier,
  conv2d,
  depthwiseConv2d,
  batchNorm,
  dense,
  embedding,
  globalAveragePool,
  layerNorm,
  Network,
  residual,
  sequenceMean,
} from '../../src/nn/index.js';
import { createModel } from '../../src/models/index.js';
import type { Value } from '../../src/onnx/assembler.js';
import type { Model } from '../../src/onnx/types.js';

/** The networks of test/golden/models.py, built with this package. */
export const goldenNetworks: Readonly<Record<string, () => Model>> = {
  'four-galaxies': () => createModel('four-galaxies'),
  resnet18: () => createModel('resnet18', { classes: 10, height: 64, width: 64 }),
  mobile,
  attention: attentionBlock,
};

function mobile(): Model {
  const net = new Network();
  const convNorm = (
    x: Value,
    name: string,
    filters: number,
    options: { kernel: number; stride?: number; activation?: string },
  ): Value => {
    const { activation, ...rest } = options;
    const y = conv2d(net, x, { name, filters, bias: false, padding: (options.kernel - 1) / 2, ...rest });
    return batchNorm(net, y, { name: `${name}_norm`, ...(activation === undefined ? {} : { activation }) });
  };
  const block = (x: Value, index: number, [hidden, outputs, stride]: readonly [number, number, number]): Value =>
    net.scope(`blocks.${index}`, () => {
      const branch = (input: Value): Value => {
        let y = convNorm(input, 'expand', hidden, { kernel: 1, activation: 'relu6' });
        y = depthwiseConv2d(net, y, { name: 'depthwise', kernel: 3, stride, padding: 1, bias: false });
        y = batchNorm(net, y, { name: 'depthwise_norm', activation: 'relu6' });
        return convNorm(y, 'project', outputs, { kernel: 1 });
      };
      return stride === 1 && x.shape?.[1] === outputs ? residual(net, x, branch) : branch(x);
    });
  let x = convNorm(net.image({ height: 32, width: 32 }), 'stem', 8, { kernel: 3, stride: 2, activation: 'relu6' });
  const blocks = [
    [16, 8, 1],
    [32, 16, 2],
    [64, 16, 1],
  ] as const;
  blocks.forEach((settings, index) => (x = block(x, index, settings)));
  classifier(net, globalAveragePool(net, x), { name: 'classifier', classes: 5 });
  return net.build();
}

/** Attention written out with separate projections, as the golden network has them. */
function attentionBlock(): Model {
  const [length, width, heads] = [10, 16, 2];
  const net = new Network();
  const g = net.graph;
  const zeros = (dims: readonly number[]): Float32Array<ArrayBuffer> => new Float32Array(dims.reduce((a, b) => a * b, 1));
  const tokens = net.tokens({ length });
  let x = g.add(
    embedding(net, tokens, { name: 'embedding', vocabulary: 24, size: width }),
    net.parameter('position', [length, width], zeros),
  );
  const y = layerNorm(net, x, { name: 'norm1' });
  const project = (name: string, bias = true): Value => {
    const rows = dense(net, y, { name, units: width, bias });
    return g.transpose(g.reshape(rows, [0, length, heads, width / heads]), [0, 2, 1, 3]);
  };
  const [q, k, v] = [project('q'), project('k', false), project('v')];
  const scores = g.mul(g.matmul(q, g.transpose(k, [0, 1, 3, 2])), g.scalar(1 / Math.sqrt(width / heads)));
  const attended = g.reshape(g.transpose(g.matmul(g.softmax(scores, 3), v), [0, 2, 1, 3]), [0, length, width]);
  x = g.add(x, dense(net, attended, { name: 'proj', units: width }));
  const hidden = dense(net, layerNorm(net, x, { name: 'norm2' }), { name: 'fc1', units: 32, activation: 'gelu' });
  x = g.add(x, dense(net, hidden, { name: 'fc2', units: width }));
  classifier(net, sequenceMean(net, x), { name: 'head', classes: 3 });
  return net.build();
}
