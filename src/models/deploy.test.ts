import { spawnSync } from 'node:child_process';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { describe, expect, test } from 'vitest';
import { pattern } from '../../test/support/pattern.js';
import type { MessierError } from '../core/errors.js';
import { GraphBuilder } from '../onnx/builder.js';
import { readModel } from '../onnx/read.js';
import { isTensorInfo, type Model, type Tensor } from '../onnx/types.js';
import { writeModel } from '../onnx/write.js';
import { createSession } from '../runtime/index.js';
import { readCard, updateCard, type ModelCard } from './card.js';
import { deploy } from './deploy.js';
import { createModel } from './registry.js';

const python = '/usr/bin/python3';
const hasOnnx = process.env['CI'] === 'true' || spawnSync(python, ['-c', 'import onnx']).status === 0;

const size = 24;

const card: ModelCard = {
  format: 'messier-model/1',
  inputs: 'image',
  name: 'test',
  classes: ['elliptical', 'spiral', 'edge, on'],
  labels: { spiral_cw: 'spiral', dont_know: null },
  preprocess: { size, crop: 1, channels: 3, mean: [0.1, 0.2, 0.3], deviation: [0.5, 0.6, 0.7] },
  stretch: { kind: 'asinh', softening: 0.1, low: 0.25, high: 99.75 },
  views: 'one',
  offsets: [0.5, -0.25, 1],
  temperature: 1.7,
  training: { architecture: 'galaxy-cnn', recipeHash: 'a', dataHash: 'b', splitHash: 'c', pictures: 10, version: '0.1.0' },
  metrics: { accuracy: 0.9 },
};

/** A network whose batch norms do something, as after training. */
function trained(classes = 3): Model {
  const model = createModel('galaxy-cnn', { classes, height: size, width: size, seed: 3 });
  const initializers = new Map(
    [...model.graph.initializers].map(([name, tensor]): [string, Tensor] => {
      if (!/bn\d/.test(name)) return [name, tensor];
      return [name, { ...tensor, data: pattern(name, tensor.dims, 0.25, /bias|mean/.test(name) ? 0 : 1) }];
    }),
  );
  return { ...model, graph: { ...model.graph, initializers } };
}

const pictures = (count: number): Tensor => ({
  type: 'uint8',
  dims: [count, 3, size, size],
  data: Uint8Array.from(pattern('pictures', [count, 3, size, size], 128, 128)),
});

async function run(model: Model, image: Tensor): Promise<Record<string, Float32Array>> {
  const session = await createSession(model, { device: 'cpu', inThread: true, threads: 1 });
  try {
    return Object.fromEntries(
      Object.entries(await session.run({ image })).map(([name, { data }]) => [name, data as Float32Array]),
    );
  } finally {
    await session.release();
  }
}

type Place = (row: number, column: number) => readonly [number, number];
const last = size - 1;
const places: readonly Place[] = [
  (y, x) => [y, x],
  (y, x) => [y, last - x],
  (y, x) => [last - y, x],
  (y, x) => [last - y, last - x],
  (y, x) => [x, y],
  (y, x) => [x, last - y],
  (y, x) => [last - x, y],
  (y, x) => [last - x, last - y],
];

/** Logits of the network as it was trained, on views made here. */
async function plainLogits(model: Model, image: Tensor, views: number): Promise<number[]> {
  const count = image.dims[0]!;
  const sum = new Array<number>(count * 3).fill(0);
  for (const place of places.slice(0, views)) {
    const data = new Float32Array(image.data.length);
    for (let at = 0; at < data.length; at++) {
      const [plane, y, x] = [Math.floor(at / size ** 2), Math.floor(at / size) % size, at % size];
      const [row, column] = place(y, x);
      const value = Number(image.data[plane * size ** 2 + row * size + column]) / 255;
      data[at] = (value - card.preprocess.mean[plane % 3]!) / card.preprocess.deviation[plane % 3]!;
    }
    const { logits } = await run(model, { type: 'float32', dims: image.dims, data });
    for (const [at, value] of logits!.entries()) sum[at]! += value / views;
  }
  return sum;
}

function softmax(logits: readonly number[], offsets: readonly number[], temperature: number): number[] {
  const classes = offsets.length;
  const powers = logits.map((value, at) => Math.exp((value + offsets[at % classes]!) / temperature));
  return powers.map((power, at) => {
    const row = Math.floor(at / classes) * classes;
    return power / powers.slice(row, row + classes).reduce((a, b) => a + b, 0);
  });
}

const difference = (a: ArrayLike<number>, b: ArrayLike<number>): number =>
  Math.max(...Array.from(a, (value, at) => Math.abs(value - (b[at] ?? NaN))));

describe('deploy', () => {
  test.each([
    ['one', 1],
    ['flips', 4],
    ['dihedral', 8],
  ] as const)('views "%s" give what the network gives on views made by hand', async (views, count) => {
    const model = trained();
    const image = pictures(5);
    const file = readModel(writeModel(deploy(model, { ...card, views })));
    const { logits, probabilities } = await run(file, image);
    const expected = await plainLogits(model, image, count);
    expect(difference(logits!, expected)).toBeLessThan(1e-4);
    expect(difference(probabilities!, softmax(expected, card.offsets, card.temperature))).toBeLessThan(1e-5);
    const spread = Math.max(...expected) - Math.min(...expected);
    expect(spread).toBeGreaterThan(0.01);
  });

  test('a picture has the same probabilities alone and in a batch', async () => {
    const model = deploy(trained(), { ...card, views: 'flips' });
    const image = pictures(7);
    const together = (await run(model, image))['probabilities']!;
    for (let n = 0; n < 7; n++) {
      const data = image.data.slice(n * 3 * size ** 2, (n + 1) * 3 * size ** 2) as Uint8Array;
      const alone = (await run(model, { type: 'uint8', dims: [1, 3, size, size], data }))['probabilities']!;
      expect(difference(alone, together.slice(n * 3, n * 3 + 3))).toBeLessThan(1e-6);
    }
  });

  test('the same network and card make the same bytes', () => {
    const [first, second] = [writeModel(deploy(trained(), card)), writeModel(deploy(trained(), card))];
    expect(Buffer.compare(first, second)).toBe(0);
  });

  test('is a graph of any batch and picture, without batch norms', () => {
    const { graph, metadata } = deploy(trained(), { ...card, views: 'dihedral' });
    const infos = [...graph.inputs, ...graph.outputs].filter(isTensorInfo);
    expect(infos.map(({ name, type, shape }) => [name, type, shape])).toEqual([
      ['image', 'uint8', ['N', 3, 'H', 'W']],
      ['logits', 'float32', ['N', 3]],
      ['probabilities', 'float32', ['N', 3]],
    ]);
    expect(graph.nodes.filter(({ opType }) => opType === 'BatchNormalization')).toEqual([]);
    expect(JSON.parse(metadata['messier.classes']!)).toEqual(card.classes);
  });

  test.skipIf(!hasOnnx)("passes the ONNX project's checker", () => {
    const folder = mkdtempSync(join(tmpdir(), 'messier-deploy-'));
    try {
      const files = (['one', 'flips', 'dihedral'] as const).map((views) => {
        const path = join(folder, `${views}.onnx`);
        writeFileSync(path, writeModel(deploy(trained(), { ...card, views, preprocess: { ...card.preprocess, crop: 0.7 } })));
        return path;
      });
      const { stdout } = spawnSync(python, ['scripts/check-with-onnx.py', ...files], { encoding: 'utf8' });
      expect(stdout).toMatch(/^onnx [\d.]+ checked 3 files\n$/);
    } finally {
      rmSync(folder, { recursive: true });
    }
  });

  test('takes a network whose tensors have the names of its own outputs, and a fixed batch', async () => {
    const g = new GraphBuilder();
    const image = g.input('image', 'float32', [1, 3, size, size]);
    const weight = g.parameter('probabilities', { type: 'float32', dims: [3, 3], data: pattern('w', [3, 3]) });
    const rows = g.reshape(g.globalAveragePool(image), [1, 3]);
    g.output(g.gemm(rows, weight), 'logits');
    const model = deploy(g.build(), { ...card, views: 'flips' });
    const { probabilities } = await run(model, pictures(4));
    expect(probabilities?.length).toBe(12);
  });

  const refusals: readonly (readonly [string, () => Model, string])[] = [
    ['another number of classes', () => deploy(trained(4), card), 'model/deploy'],
    ['another size', () => deploy(trained(), { ...card, preprocess: { ...card.preprocess, size: 25 } }), 'model/deploy'],
    ['a deployed model', () => deploy(deploy(trained(), card), card), 'model/deploy'],
    ['offsets that do not fit', () => deploy(trained(), { ...card, offsets: [0] }), 'model/card'],
    ['a temperature of 0', () => deploy(trained(), { ...card, temperature: 0 }), 'model/card'],
    ['a class named twice', () => deploy(trained(), { ...card, classes: ['a', 'b', 'a'] }), 'model/card'],
    ['a figure that is no number', () => deploy(trained(), { ...card, metrics: { accuracy: NaN } }), 'model/card'],
  ];
  test.each(refusals)('refuses %s', (_, attempt, code) => {
    expect(attempt).toThrow(expect.objectContaining({ code }) as MessierError);
  });
});

describe('the card', () => {
  const deployed = deploy(trained(), card);
  const withText = (text: string): Model => ({ ...deployed, metadata: { 'messier.model': text } });

  test('comes back from the file', () => {
    expect(readCard(readModel(writeModel(deployed)))).toEqual(card);
  });

  test('and the graph change together', async () => {
    const changes = { temperature: 0.8, offsets: [0, 1, -1], metrics: { accuracy: 0.5 }, name: 'other' };
    const updated = readModel(writeModel(updateCard(deployed, changes)));
    expect(readCard(updated)).toEqual({ ...card, ...changes });
    const image = pictures(3);
    const { logits, probabilities } = await run(updated, image);
    expect(difference(probabilities!, softmax([...logits!], changes.offsets, changes.temperature))).toBeLessThan(1e-6);
    expect(logits).toEqual((await run(deployed, image))['logits']);
    expect((await run(deploy(trained(), { ...card, ...changes }), image))['probabilities']).toEqual(probabilities);
  });

  test.each([
    ['no card', () => readCard(trained()), /not made by messier train/],
    ['a newer one', () => readCard(withText('{"format":"messier-model/2","new":1}')), /newer .* Update/],
    ['another format', () => readCard(withText('{"format":"other/1"}')), /format/],
    ['no JSON', () => readCard(withText('{')), /no JSON/],
    ['a list', () => readCard(withText('[]')), /object/],
    ['a missing entry', () => readCard(withText(JSON.stringify({ ...card, views: undefined }))), /views/],
    [
      'one that its graph contradicts',
      () => readCard(withText(JSON.stringify({ ...card, temperature: 2 }))),
      /messier\.temperature/,
    ],
    ['offsets for other classes', () => updateCard(deployed, { offsets: [1, 2] }), /offsets: one number a class/],
  ])('is refused: %s', (_, attempt, message) => {
    expect(attempt).toThrow(
      expect.objectContaining({ code: 'model/card', message: expect.stringMatching(message) as string }) as Error,
    );
  });
});
