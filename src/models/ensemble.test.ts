import { spawnSync } from 'node:child_process';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { InferenceSession, Tensor as RuntimeTensor } from 'onnxruntime-node';
import { afterAll, describe, expect, test } from 'vitest';
import { smallCard } from '../../test/support/deployed.js';
import { pattern } from '../../test/support/pattern.js';
import type { MessierError } from '../core/errors.js';
import type { Picture } from '../core/picture.js';
import { openPredictor, type Asked, type Prediction } from '../evaluate/predictor.js';
import { featureMaps } from '../explain/feature-maps.js';
import { loadModel, saveModel } from '../formats/model-file.js';
import type { Model, Tensor } from '../onnx/types.js';
import type { TextPipeline } from '../text/index.js';
import { parseVoteTree, treeLayout } from '../votes/index.js';
import { readCard, updateCard, type ModelCard } from './card.js';
import { deploy } from './deploy.js';
import { ensemble, leastStacked, type EnsembleOptions } from './ensemble.js';
import { createModel } from './registry.js';
import { createTextNetwork } from './text-network.js';

const folder = mkdtempSync(join(tmpdir(), 'messier-ensemble-'));
afterAll(() => {
  rmSync(folder, { recursive: true });
});

/** A finished model with first weights; a low temperature makes its answers differ. */
function member(architecture: string, size: number, seed: number, changes: Partial<ModelCard> = {}, channels: 1 | 3 = 3): Model {
  const three = [0.5, 0.4, 0.3].slice(0, channels);
  const card: ModelCard = {
    ...smallCard,
    temperature: 0.05,
    preprocess: { size, crop: 0.8, channels, mean: three, deviation: three },
    training: { ...smallCard.training, architecture },
    ...changes,
  };
  const classes = card.classes.length;
  return deploy(createModel(architecture, { classes, channels, height: size, width: size, seed }), card);
}

function picture(name: string, width: number, height: number, channels: 1 | 3 = 3): Picture {
  return { width, height, channels, data: Uint8Array.from(pattern(name, [height, width, channels], 128, 128)) };
}

const pictures = [picture('a', 40, 40), picture('b', 33, 51), picture('c', 40, 40, 1), picture('d', 40, 40)];

let files = 0;
async function answers(model: Model, asked: readonly Asked[] = pictures.map((one) => ({ picture: one }))): Promise<Prediction[]> {
  const path = join(folder, `${files++}.onnx`);
  await saveModel(model, path);
  const predictor = await openPredictor(path, { threads: 1, inThread: true });
  try {
    return await predictor.predictMany(asked);
  } finally {
    await predictor.close();
  }
}

const difference = (a: readonly Prediction[], b: readonly (readonly number[])[]): number =>
  Math.max(...a.flatMap(({ probabilities }, row) => [...probabilities].map((p, at) => Math.abs(p - (b[row]?.[at] ?? NaN)))));

/** Means of the members' rows, columns found by their class. */
function means(parts: readonly Prediction[][], weights: readonly number[], columns: readonly (readonly number[])[]): number[][] {
  return (parts[0] ?? []).map((_, row) =>
    (columns[0] ?? []).map((_, at) =>
      parts.reduce((sum, part, m) => sum + (weights[m] ?? 0) * (part[row]?.probabilities[columns[m]?.[at] ?? 0] ?? NaN), 0),
    ),
  );
}

const same = [0, 1, 2];
const first = member('galaxy-cnn-light', 24, 1, { views: 'flips' });
const second = member('four-galaxies', 32, 2, { classes: ['merger', 'elliptical', 'spiral'], labels: { odd: 'merger' } });

describe('ensemble', () => {
  test('answers the mean of its members, whatever their architecture, size, views and order of classes', async () => {
    const parts = await Promise.all([first, second].map((model) => answers(model)));
    const both = ensemble([first, second]);
    const expected = means(parts, [0.5, 0.5], [same, [1, 2, 0]]);
    const made = await answers(both);
    expect(difference(made, expected)).toBeLessThan(1e-6);
    expect(Math.max(...expected.flat()) - Math.min(...expected.flat())).toBeGreaterThan(0.1);
    for (const [row, { logits }] of made.entries()) {
      for (const [at, p] of (expected[row] ?? []).entries()) expect(logits[at]).toBeCloseTo(Math.log(p), 4);
    }
    expect(readCard(both)).toMatchObject({
      classes: smallCard.classes,
      labels: { spiral_cw: 'spiral', dont_know: null, odd: 'merger' },
      views: 'flips',
      offsets: [0, 0, 0],
      temperature: 1,
      preprocess: { size: 32, crop: 0.8, channels: 3 },
      training: { architecture: 'ensemble of galaxy-cnn-light, four-galaxies', splitHash: 'c', pictures: 10 },
    });
  });

  test('weighs them, is calibrated by its card, and may be a member itself', async () => {
    const parts = await Promise.all([first, second].map((model) => answers(model)));
    const weighted = ensemble([first, second], { weights: [3, 1] });
    const expected = means(parts, [0.75, 0.25], [same, [1, 2, 0]]);
    expect(difference(await answers(weighted), expected)).toBeLessThan(1e-6);
    const cooled = expected.map((row) => {
      const powers = row.map((p) => p ** (1 / 1.7));
      return powers.map((power) => power / powers.reduce((a, b) => a + b));
    });
    expect(difference(await answers(updateCard(weighted, { temperature: 1.7 })), cooled)).toBeLessThan(1e-5);
    const nested = ensemble([weighted, first], { weights: [0.8, 0.2] });
    expect(difference(await answers(nested), means(parts, [0.8, 0.2], [same, [1, 2, 0]]))).toBeLessThan(1e-6);
  });

  test('shows a member of gray pictures the luma that it would get alone', async () => {
    const gray = member('galaxy-cnn-light', 24, 5, {}, 1);
    const parts = [await answers(gray), await answers(first)];
    expect(difference(await answers(ensemble([gray, first])), means(parts, [0.5, 0.5], [same, same]))).toBeLessThan(1e-6);
    const other = ensemble([gray, member('four-galaxies', 32, 3, {}, 1)]);
    expect(readCard(other).preprocess.channels).toBe(1);
  });

  test('stacks log probabilities', async () => {
    const parts = await Promise.all([first, second].map((model) => answers(model)));
    const weight = pattern('stack', [3, 6], 0.7);
    const bias = pattern('bias', [3], 0.3);
    const stack = { weight: tensor([3, 6], weight), bias: tensor([3], bias) };
    const expected = pictures.map((_, row) => {
      const features = [
        ...(parts[0]?.[row]?.probabilities ?? []),
        ...[1, 2, 0].map((at) => parts[1]?.[row]?.probabilities[at] ?? NaN),
      ];
      const logs = features.map((p) => Math.log(Math.max(p, leastStacked)));
      const powers = [0, 1, 2].map((one) =>
        Math.exp(logs.reduce((sum, x, at) => sum + x * (weight[6 * one + at] ?? 0), bias[one] ?? 0)),
      );
      return powers.map((power) => power / powers.reduce((a, b) => a + b));
    });
    expect(difference(await answers(ensemble([first, second], { stack })), expected)).toBeLessThan(1e-5);
  });

  test('joins a network of pictures with one of texts', async () => {
    const text: TextPipeline = {
      format: 'messier-text/1',
      length: 5,
      words: ['galaxi', 'star'],
      stems: 'english',
      stopWords: [],
      masked: [],
    };
    const network = createTextNetwork({ classes: 3, branch: 'gru', vocabulary: 4, length: 5, embedding: 6, units: 4, seed: 3 });
    const reader = deploy(network, { ...smallCard, inputs: 'text', text, temperature: 0.02 });
    const asked = pictures.map((one, at) => ({ picture: one, text: ['galaxies', 'stars of a galaxy', 'no', 'star'][at] ?? '' }));
    const parts = [await answers(first, asked), await answers(reader, asked)];
    const both = ensemble([first, reader]);
    expect(readCard(both)).toMatchObject({ inputs: 'both', text });
    expect(difference(await answers(both, asked), means(parts, [0.5, 0.5], [same, same]))).toBeLessThan(1e-6);
    const other = deploy(network, { ...smallCard, inputs: 'text', text: { ...text, words: ['galaxi', 'comet'] } });
    expect(() => ensemble([reader, other])).toThrow(refusal(/vocabulary/));
  });

  test('averages shares of votes, and concentrations where every member has them', async () => {
    const yesNo = ['yes', 'no'].map((key) => ({ key, text: key }));
    const questions = ['ring', 'bar'].map((key) => ({ key, text: key, asked: 'everyone', answers: yesNo }));
    const tree = parseVoteTree({ name: 'small', title: 'Small', source: 'test', questions });
    const classes = treeLayout(tree).columns;
    const card = (head: 'softmax' | 'dirichlet') => ({
      classes,
      labels: {},
      offsets: classes.map(() => 0),
      temperature: 1,
      votes: { tree, head },
    });
    const voters = [member('galaxy-cnn-light', 24, 1, card('dirichlet')), member('four-galaxies', 32, 2, card('dirichlet'))];
    const soft = member('four-galaxies', 32, 4, card('softmax'));
    const parts = await Promise.all(voters.map((model) => answers(model)));
    const columns = [[...classes.keys()], [...classes.keys()]];
    const made = await answers(ensemble(voters));
    expect(difference(made, means(parts, [0.5, 0.5], columns))).toBeLessThan(1e-6);
    const sums = [0, 1].map((m) => parts[m]?.[0]?.logits[0] ?? NaN);
    expect(made[0]?.logits[0]).toBeCloseTo(((sums[0] ?? NaN) + (sums[1] ?? NaN)) / 2, 4);
    const mixed = ensemble([voters[0] as Model, soft]);
    expect(mixed.graph.outputs.map(({ name }) => name)).toEqual(['shares']);
    expect(() => ensemble([soft, first])).toThrow(refusal(/other questions/));
    const stack = { weight: tensor([4, 8], new Float32Array(32)), bias: tensor([4], new Float32Array(4)) };
    expect(() => ensemble(voters, { stack })).toThrow(refusal(/votes are averaged/));
  });

  test('opens in ONNX Runtime alone, and passes the checker of ONNX where that is there', async () => {
    const path = join(folder, 'alone.onnx');
    await saveModel(ensemble([first, second]), path);
    const session = await InferenceSession.create(path);
    const data = Uint8Array.from(pattern('a', [3, 20, 30], 128, 128));
    const output = await session.run({ image: new RuntimeTensor('uint8', data, [1, 3, 20, 30]) });
    expect(session.inputNames).toEqual(['image']);
    expect(Object.keys(output).sort()).toEqual(['logits', 'probabilities']);
    const sum = [...(output['probabilities']?.data as Float32Array)].reduce((a, b) => a + b);
    expect(sum).toBeCloseTo(1, 5);
    if (process.env['CI'] !== 'true' && spawnSync('/usr/bin/python3', ['-c', 'import onnx']).status !== 0) return;
    const { stdout } = spawnSync('/usr/bin/python3', ['scripts/check-with-onnx.py', path], { encoding: 'utf8' });
    expect(stdout).toMatch(/^onnx [\d.]+ checked 1 files\n$/);
  });

  test('shows the feature maps of a member, as that member does', async () => {
    const path = join(folder, 'maps.onnx');
    await saveModel(ensemble([first, second]), path);
    const [mine] = await featureMaps(loadModel(path), picture('a', 40, 40), ['member2/conv1']);
    const [alone] = await featureMaps(second, picture('a', 40, 40), ['conv1']);
    expect(mine?.maps).toEqual(alone?.maps);
  });

  const labelled = (labels: ModelCard['labels']) => member('four-galaxies', 32, 2, { labels });
  const stack = { weight: tensor([3, 5], new Float32Array(15)), bias: tensor([3], new Float32Array(3)) };
  const refusals: readonly (readonly [string, readonly Model[], EnsembleOptions, RegExp])[] = [
    ['one member', [first], {}, /two members .* 1 received/],
    [
      'other classes',
      [first, member('four-galaxies', 32, 2, { classes: ['elliptical', 'spiral', 'ring'], labels: {} })],
      {},
      /has the classes/,
    ],
    ['contradicting labels', [first, labelled({ spiral_cw: 'merger' })], {}, /"spiral_cw" means merger/],
    ['dropped here and kept there', [first, labelled({ dont_know: 'merger' })], {}, /"dont_know" means merger/],
    [
      'another stretch',
      [first, member('four-galaxies', 32, 2, { stretch: { ...smallCard.stretch, softening: 0.2 } })],
      {},
      /stretch/,
    ],
    ['weights for other members', [first, second], { weights: [1] }, /each of 2 members/],
    ['weights that are all 0', [first, second], { weights: [0, 0] }, /not all 0/],
    ['a weight below 0', [first, second], { weights: [2, -1] }, /from 0 up/],
    ['a stack of another size', [first, second], { stack }, /\[3, 6\]/],
    ['weights and a stack', [first, second], { stack, weights: [1, 1] }, /one of weights and stack/],
    ['other operators', [first, { ...second, opsets: { '': 18 } }], {}, /versions 17 and 18/],
    [
      'functions that differ',
      [
        { ...first, functions: [Uint8Array.of(1)] },
        { ...second, functions: [Uint8Array.of(2)] },
      ],
      {},
      /functions/,
    ],
  ];
  test.each(refusals)('refuses %s', (_, members, options, message) => {
    expect(() => ensemble(members, options)).toThrow(refusal(message));
  });

  test('refuses a network that is no finished model', () => {
    const network = createModel('four-galaxies', { classes: 3, height: 32, width: 32 });
    expect(() => ensemble([first, network])).toThrow(expect.objectContaining({ code: 'model/card' }) as MessierError);
  });
});

function tensor(dims: readonly number[], data: Float32Array): Tensor {
  return { type: 'float32', dims, data };
}

function refusal(message: RegExp): MessierError {
  return expect.objectContaining({ code: 'model/ensemble', message: expect.stringMatching(message) as string }) as MessierError;
}
