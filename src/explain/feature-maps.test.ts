import { readFileSync } from 'node:fs';
import { describe, expect, test } from 'vitest';
import { smallCard, smallModel } from '../../test/support/deployed.js';
import { pattern } from '../../test/support/pattern.js';
import type { MessierError } from '../core/errors.js';
import type { Picture } from '../core/picture.js';
import { deploy } from '../models/deploy.js';
import { createModel } from '../models/registry.js';
import { replaceInitializers } from '../onnx/rewrite/index.js';
import type { Tensor } from '../onnx/types.js';
import { featureMaps } from './feature-maps.js';

/** Made with PyTorch; see feature_maps.py. */
const golden = JSON.parse(readFileSync(new URL('../../test/golden/feature_maps.json', import.meta.url), 'utf8')) as {
  readonly layers: readonly {
    readonly name: string;
    readonly height: number;
    readonly width: number;
    readonly maps: readonly (readonly number[])[];
  }[];
};

const side = 29;
const picture: Picture = {
  width: side,
  height: side,
  channels: 3,
  data: Uint8Array.from(pattern('maps/picture', [side, side, 3], 128, 128)),
};
const parameter = (name: string, dims: readonly number[], scale: number): [string, Tensor] => [
  name,
  { type: 'float32', dims, data: pattern(`maps/${name}`, dims, scale) },
];
const network = replaceInitializers(
  createModel('four-galaxies', { height: side, width: side }),
  new Map([
    parameter('conv1.weight', [8, 3, 3, 3], 0.5),
    parameter('conv1.bias', [8], 0.1),
    parameter('conv2.weight', [8, 8, 3, 3], 0.5),
    parameter('conv2.bias', [8], 0.1),
  ]),
);
const card = {
  ...smallCard,
  classes: ['normal', 'ringed', 'merger', 'irregular'],
  labels: {},
  preprocess: { size: side, crop: 1, channels: 3, mean: [0, 0, 0], deviation: [1, 1, 1] },
  offsets: [0, 0, 0, 0],
} as const;

describe.each([
  ['the network itself', network],
  ['the finished model', deploy(network, card)],
  ['the finished model of several views', deploy(network, { ...card, views: 'dihedral' })],
])('maps are those of PyTorch: %s', (_, model) => {
  test('both convolutions, after their ReLU', async () => {
    const layers = await featureMaps(model, picture, ['conv2', 'conv1']);
    expect(layers.map(({ layer }) => layer)).toEqual(['conv2', 'conv1']);
    for (const { layer, maps } of layers) {
      const expected = golden.layers.find(({ name }) => name === layer);
      expect(maps).toHaveLength(8);
      maps.forEach((map, channel) => {
        expect([map.height, map.width, map.channels]).toEqual([expected?.height, expected?.width, 1]);
        const bytes = expected?.maps[channel] ?? [];
        expect(map.data).toHaveLength(bytes.length);
        // Halves may be rounded either way.
        for (const [at, value] of map.data.entries()) expect(Math.abs(value - (bytes[at] ?? NaN))).toBeLessThanOrEqual(1);
      });
    }
  });
});

test('follows batch norm and ReLU, and stops where a branch begins', async () => {
  const model = smallModel(smallCard);
  const large: Picture = { width: 50, height: 40, channels: 1, data: Uint8Array.from({ length: 2000 }, (_, at) => at % 251) };
  const [stem, inner] = await featureMaps(model, large, ['stem.conv1', 'stage2.conv2']);
  expect(stem?.maps[0]).toMatchObject({ width: 12, height: 12, channels: 1 });
  expect([stem?.maps.length, inner?.maps.length]).toEqual([32, 64]);
});

test('nothing is asked for, nothing comes', async () => {
  expect(await featureMaps(network, picture, [])).toEqual([]);
});

test('an unknown layer is refused with the names of all', async () => {
  const refused = featureMaps(network, picture, ['conv3']);
  await expect(refused).rejects.toMatchObject({ code: 'explain/layer' } satisfies Partial<MessierError>);
  await expect(refused).rejects.toThrow('It has "conv1", ');
});

test.each([
  ['another size than the network takes', network, { ...picture, width: 28, data: new Uint8Array(28 * 29 * 3) }],
  ['a model without an image', replaceName(), picture],
])('refuses %s', async (_, model, given) => {
  await expect(featureMaps(model, given, ['conv1'])).rejects.toMatchObject({ code: 'explain/input' });
});

function replaceName(): typeof network {
  const { graph } = network;
  const rename = (name: string): string => (name === 'image' ? 'pixels' : name);
  return {
    ...network,
    graph: {
      ...graph,
      inputs: graph.inputs.map((input) => ({ ...input, name: rename(input.name) })),
      nodes: graph.nodes.map((node) => ({ ...node, inputs: node.inputs.map(rename) })),
    },
  };
}
