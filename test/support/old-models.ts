import type { Model } from '../../src/onnx/types.js';
import { OldGraph } from './old-graph.js';

/** A published architecture, a few blocks of it and narrow, as the ONNX project's file of that name is built. */
export interface OldModel {
  readonly name: string;
  /** A tensor halfway. */
  readonly middle: string;
  /** What its last layer reads. */
  readonly features: string;
  /** In opset 3 to 9. */
  readonly build: (opset: number) => Model;
}

const image = { name: 'data_0', dims: [1, 3, 64, 64] };

/** https://papers.nips.cc/paper/4824: local response norm, convolutions in two groups. */
function alexNet(opset: number): Model {
  const g = new OldGraph(opset, image);
  let x = g.lrn(g.relu(g.conv(image.name, 'conv1', 8, { kernel: 11, stride: 4 })));
  x = g.pool('Max', x, 'pool1', { kernel: 3, stride: 2 });
  x = g.lrn(g.relu(g.conv(x, 'conv2', 12, { kernel: 5, pad: 2, group: 2 })));
  x = g.pool('Max', x, 'pool2', { kernel: 3, stride: 2, pad: [0, 1] });
  x = g.relu(g.conv(x, 'conv3', 16, { kernel: 3, pad: 1, group: 2 }));
  x = g.reshape(x, 'OC2_DUMMY_0', [1, -1]);
  x = g.dropout(g.relu(g.gemm(x, 'fc6', 24)));
  x = g.dropout(g.relu(g.gemm(x, 'fc7', 20)));
  return g.build(g.softmax(g.gemm(x, 'fc8', 10)));
}

/** https://arxiv.org/abs/1608.06993: pre-activation, batch norm with a scale and a shift of their own, a convolution as classifier. */
function denseNet(opset: number): Model {
  const g = new OldGraph(opset, image);
  const normed = (x: string, name: string): string => g.relu(g.scaleAndShift(g.batchNorm(x, `${name}/bn`), `${name}/scale`));
  let x = g.conv(image.name, 'conv1', 8, { kernel: 7, stride: 2, pad: 3, bias: false });
  x = g.pool('Max', normed(x, 'conv1'), 'pool1', { kernel: 3, stride: 2, pad: 1 });
  for (const layer of ['conv2_1', 'conv2_2']) {
    const inner = g.conv(normed(x, `${layer}/x1`), `${layer}/x1`, 16, { kernel: 1, bias: false });
    const grown = g.conv(normed(inner, `${layer}/x2`), `${layer}/x2`, 4, { kernel: 3, pad: 1, bias: false });
    x = g.concat([x, grown], `concat_${layer}`);
  }
  x = g.conv(normed(x, 'conv2_blk'), 'conv2_blk', 8, { kernel: 1, bias: false });
  x = g.pool('Average', x, 'pool2', { kernel: 2, stride: 2 });
  x = g.globalPool(normed(x, 'conv5_blk'), 'pool5');
  return g.build(g.conv(x, 'fc6', 10, { kernel: 1 }));
}

/** Four branches: 1x1, 1x1-3x3, 1x1-5x5 (or twice 3x3), pool-1x1. */
function inception(g: OldGraph, x: string, name: string, conv: (x: string, name: string, kernel: number) => string): string {
  const branches = [
    conv(x, `${name}/1x1`, 1),
    conv(conv(x, `${name}/3x3_reduce`, 1), `${name}/3x3`, 3),
    conv(conv(x, `${name}/5x5_reduce`, 1), `${name}/5x5`, 5),
    conv(g.pool('Max', x, `${name}/pool`, { kernel: 3, pad: 1 }), `${name}/pool_proj`, 1),
  ];
  return g.concat(branches, `${name}/output`);
}

/** https://arxiv.org/abs/1409.4842: windows rounded up by a padding behind, local response norm, branches. */
function inceptionV1(opset: number): Model {
  const g = new OldGraph(opset, image);
  const conv = (x: string, name: string, kernel: number): string => g.relu(g.conv(x, name, 6, { kernel, pad: (kernel - 1) / 2 }));
  let x = g.relu(g.conv(image.name, 'conv1/7x7_s2', 8, { kernel: 7, stride: 2, pad: 3 }));
  x = g.lrn(g.pool('Max', x, 'pool1/3x3_s2', { kernel: 3, stride: 2, pad: [0, 1] }));
  x = inception(g, x, 'inception_3a', conv);
  x = g.pool('Max', x, 'pool3/3x3_s2', { kernel: 3, stride: 2, pad: [0, 1] });
  x = inception(g, x, 'inception_4a', conv);
  x = g.dropout(g.pool('Average', x, 'pool5/7x7_s1', { kernel: 8 }));
  return g.build(g.softmax(g.gemm(g.reshape(x, 'OC2_DUMMY_0', [1, 24]), 'loss3/classifier', 10)));
}

/** https://arxiv.org/abs/1502.03167: the same with batch norms, and averages over padded windows. */
function inceptionV2(opset: number): Model {
  const g = new OldGraph(opset, image);
  const normed = (x: string, name: string): string =>
    g.relu(g.scaleAndShift(g.batchNorm(x, `${name}/bn`, true), `${name}/bn_scale`));
  const conv = (x: string, name: string, kernel: number): string =>
    normed(g.conv(x, name, 6, { kernel, pad: (kernel - 1) / 2 }), name);
  let x = normed(g.conv(image.name, 'conv1/7x7_s2', 8, { kernel: 7, stride: 2, pad: 3 }), 'conv1/7x7_s2');
  x = g.pool('Max', x, 'pool1/3x3_s2', { kernel: 3, stride: 2, pad: [0, 1] });
  x = inception(g, x, 'inception_3a', conv);
  x = g.pool('Average', x, 'pool3', { kernel: 3, stride: 2, pad: 1 });
  x = g.pool('Average', inception(g, x, 'inception_5b', conv), 'global_pool', { kernel: 8 });
  return g.build(g.softmax(g.gemm(g.reshape(x, 'OC2_DUMMY_0', [1, -1]), 'fc1', 10)));
}

/** https://arxiv.org/abs/1512.03385: bottlenecks with batch norm and sums. */
function resNet(opset: number): Model {
  const input = { ...image, name: 'gpu_0/data_0' };
  const g = new OldGraph(opset, input);
  const conv = (x: string, name: string, channels: number, kernel: number, stride: number): string =>
    g.batchNorm(g.conv(x, name, channels, { kernel, stride, pad: (kernel - 1) / 2, bias: false }), `${name}_bn`, true);
  let x = g.relu(conv(input.name, 'gpu_0/conv1', 8, 7, 2));
  x = g.pool('Max', x, 'gpu_0/pool1', { kernel: 3, stride: 2, pad: 1 });
  for (const [block, stride] of [1, 2].entries()) {
    const name = `gpu_0/res${block + 2}_0_branch`;
    let y = g.relu(conv(x, `${name}2a`, 6, 1, 1));
    y = g.relu(conv(y, `${name}2b`, 6, 3, stride));
    x = g.relu(g.sum(conv(y, `${name}2c`, 24, 1, 1), conv(x, `${name}1`, 24, 1, stride), `${name}_sum`));
  }
  x = g.pool('Average', x, 'gpu_0/pool5', { kernel: 8 });
  return g.build(g.softmax(g.gemm(g.reshape(x, 'OC2_DUMMY_0', [1, 24]), 'gpu_0/pred', 10)));
}

/** https://arxiv.org/abs/1707.01083: convolutions in groups, channels shuffled between, depthwise convolutions. */
function shuffleNet(opset: number): Model {
  const input = { ...image, name: 'gpu_0/data_0' };
  const g = new OldGraph(opset, input);
  const groups = 3;
  const conv = (x: string, name: string, channels: number, kernel: number, stride: number, group: number): string =>
    g.batchNorm(g.conv(x, name, channels, { kernel, stride, group, pad: (kernel - 1) / 2, bias: false }), `${name}_bn`);
  const shuffled = (x: string, name: string): string => {
    const [, channels = 1, height = 1, width = 1] = g.dims(x);
    const split = g.reshape(x, `${name}/split`, [1, groups, channels / groups, height, width]);
    return g.reshape(g.transpose(split, `${name}/swap`, [0, 2, 1, 3, 4]), `${name}/merged`, [1, channels, height, width]);
  };
  const unit = (x: string, name: string, channels: number, stride: number): string => {
    const inner = shuffled(g.relu(conv(x, `${name}_a`, 12, 1, 1, groups)), name);
    return conv(conv(inner, `${name}_dw`, 12, 3, stride, 12), `${name}_b`, channels, 1, 1, groups);
  };
  let x = g.relu(conv(input.name, 'gpu_0/conv3', 12, 3, 2, 1));
  x = g.pool('Max', x, 'gpu_0/pool1', { kernel: 3, stride: 2, pad: 1 });
  const shortcut = g.pool('Average', x, 'gpu_0/shortcut', { kernel: 3, stride: 2, pad: 1 });
  x = g.relu(g.concat([shortcut, unit(x, 'gpu_0/s2_0', 12, 2)], 'gpu_0/s2_0'));
  x = g.relu(g.sum(x, unit(x, 'gpu_0/s2_1', 24, 1), 'gpu_0/s2_1'));
  x = g.pool('Average', x, 'gpu_0/final_avg', { kernel: 8 });
  return g.build(g.softmax(g.gemm(g.reshape(x, 'OC2_DUMMY_0', [1, 24]), 'gpu_0/last_out', 10)));
}

/** https://arxiv.org/abs/1602.07360: fire modules, a convolution as classifier, softmax over maps of one pixel. */
function squeezeNet(opset: number): Model {
  const g = new OldGraph(opset, image);
  let x = g.relu(g.conv(image.name, 'conv1', 8, { kernel: 3, stride: 2 }));
  x = g.pool('Max', x, 'pool1', { kernel: 3, stride: 2, pad: [0, 1] });
  for (const fire of ['fire2', 'fire3']) {
    const squeezed = g.relu(g.conv(x, `${fire}/squeeze1x1`, 4, { kernel: 1 }));
    const wide = g.relu(g.conv(squeezed, `${fire}/expand1x1`, 8, { kernel: 1 }));
    x = g.concat([wide, g.relu(g.conv(squeezed, `${fire}/expand3x3`, 8, { kernel: 3, pad: 1 }))], `${fire}/concat`);
  }
  x = g.relu(g.conv(g.dropout(x), 'conv10', 10, { kernel: 1 }));
  return g.build(g.softmax(g.globalPool(x, 'pool10')));
}

/** https://arxiv.org/abs/1409.1556: 3x3 convolutions, three dense layers. */
function vgg(opset: number): Model {
  const g = new OldGraph(opset, image);
  let x = image.name;
  for (const [block, channels] of [6, 8, 10].entries()) {
    for (const layer of [1, 2]) x = g.relu(g.conv(x, `conv${block + 1}_${layer}`, channels, { kernel: 3, pad: 1 }));
    x = g.pool('Max', x, `pool${block + 1}`, { kernel: 2, stride: 2 });
  }
  x = g.reshape(x, 'OC2_DUMMY_0', [1, 640]);
  x = g.dropout(g.relu(g.gemm(x, 'fc6', 24)));
  x = g.dropout(g.relu(g.gemm(x, 'fc7', 20)));
  return g.build(g.softmax(g.gemm(x, 'fc8', 10)));
}

/** https://arxiv.org/abs/1311.2901: AlexNet with smaller windows and no groups. */
function zfNet(opset: number): Model {
  const g = new OldGraph(opset, { ...image, name: 'gpu_0/data_0' });
  let x = g.lrn(g.relu(g.conv('gpu_0/data_0', 'gpu_0/conv1', 8, { kernel: 7, stride: 2, pad: 1 })));
  x = g.pool('Max', x, 'gpu_0/pool1', { kernel: 3, stride: 2, pad: [0, 1] });
  x = g.lrn(g.relu(g.conv(x, 'gpu_0/conv2', 12, { kernel: 5, stride: 2 })));
  x = g.pool('Max', x, 'gpu_0/pool2', { kernel: 3, stride: 2 });
  x = g.reshape(g.relu(g.conv(x, 'gpu_0/conv3', 12, { kernel: 3, pad: 1 })), 'OC2_DUMMY_0', [1, -1]);
  x = g.dropout(g.relu(g.gemm(x, 'gpu_0/fc6', 20)));
  return g.build(g.softmax(g.gemm(x, 'gpu_0/fc8', 10)));
}

export const oldModels: readonly OldModel[] = [
  { name: 'bvlc_alexnet', middle: 'pool2', features: 'fc7_relu_dropout', build: alexNet },
  { name: 'densenet121', middle: 'concat_conv2_2', features: 'pool5', build: denseNet },
  { name: 'inception_v1', middle: 'inception_3a/output', features: 'OC2_DUMMY_0', build: inceptionV1 },
  { name: 'inception_v2', middle: 'inception_3a/output', features: 'OC2_DUMMY_0', build: inceptionV2 },
  { name: 'resnet50', middle: 'gpu_0/res2_0_branch_sum', features: 'OC2_DUMMY_0', build: resNet },
  { name: 'shufflenet', middle: 'gpu_0/s2_0/merged', features: 'OC2_DUMMY_0', build: shuffleNet },
  { name: 'squeezenet', middle: 'fire2/concat', features: 'fire3/concat_dropout', build: squeezeNet },
  { name: 'vgg19', middle: 'pool2', features: 'fc7_relu_dropout', build: vgg },
  { name: 'zfnet512', middle: 'gpu_0/pool1', features: 'gpu_0/fc6_relu_dropout', build: zfNet },
];
