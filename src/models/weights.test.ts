import { readFileSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import { runModel } from '../../test/support/onnx-cases.js';
import { pattern } from '../../test/support/pattern.js';
import { decodeSafetensors, encodeSafetensors } from '../formats/safetensors.js';
import { floatBits16 } from '../onnx/half.js';
import type { Model, Tensor } from '../onnx/types.js';
import { writeModel } from '../onnx/write.js';
import { createModel, outlineModel } from './registry.js';
import { timmNames } from './weights-timm.js';
import { loadWeights, pretrainedModel, stateNames } from './weights.js';

type Tensors = Map<string, Tensor>;

const golden = (file: string): string => readFileSync(new URL(`../../test/golden/${file}`, import.meta.url), 'utf8');
const tensor = (dims: readonly number[], data: Float32Array): Tensor => ({ type: 'float32', dims, data });
const valuesOf = (model: Model, name: string): Float32Array => model.graph.initializers.get(name)?.data as Float32Array;
/** Quicker than toEqual for millions of numbers. */
const same = (a: Float32Array, b: Float32Array): boolean => Buffer.compare(bytesOf(a), bytesOf(b)) === 0;
const bytesOf = (values: Float32Array): Buffer => Buffer.from(values.buffer, values.byteOffset, values.byteLength);
const sizeOf = (dims: readonly number[]): number => dims.reduce((product, dim) => product * dim, 1);

/** A state dict of those shapes, each tensor with numbers of its own. */
function stateDict(shapes: ReadonlyMap<string, readonly number[]>): Tensors {
  return new Map([...shapes].map(([name, dims], index) => [name, tensor(dims, new Float32Array(sizeOf(dims)).fill(index + 1))]));
}

/** The state dict of a model of ours. */
function ownShapes(model: Model): Map<string, readonly number[]> {
  return new Map(stateNames(model).map((name) => [name, model.graph.initializers.get(name)?.dims ?? []]));
}

/** Names and shapes of test/golden/timm_names.txt. */
function publishedNames(architecture: string): Map<string, readonly number[]> {
  const shapes = new Map<string, readonly number[]>();
  const part = golden('timm_names.txt').split(`[${architecture}]\n`)[1]?.split('\n\n')[0] ?? '';
  for (const line of part.trim().split('\n')) {
    const [scope = '', ...words] = line.split(' ');
    for (let index = 0; index < words.length; index += 2) {
      const [, mark = '', layer = '', kind = ''] = /^(=?)(.*?)([+~*]?)$/.exec(words[index] ?? '') ?? [];
      const dims = (words[index + 1] ?? '').split('x').map(Number);
      const name = scope === '-' ? layer : `${scope}.${layer}`;
      const vectors =
        kind === '*' || /(^|\.)bn\d$/.test(layer) ? ['bias', 'running_mean', 'running_var'] : kind === '' ? [] : ['bias'];
      if (mark === '=') shapes.set(name, dims);
      else shapes.set(`${name}.weight`, dims);
      if (mark === '') for (const vector of vectors) shapes.set(`${name}.${vector}`, dims.slice(0, 1));
    }
  }
  return shapes;
}

const families = [
  'mobilenet-v3-large',
  'mobilenet-v3-small',
  'efficientnet-b0',
  'mobilenet-v2',
  'convnext-atto',
  'vgg16',
  'xception',
];

describe("timm's names", () => {
  it.each(families)('of %s are those of its state dict', (architecture) => {
    const own = stateNames(outlineModel(architecture));
    expect([...(timmNames(architecture, own)?.values() ?? own)].sort()).toEqual([...publishedNames(architecture).keys()].sort());
  });

  it.each(families)('of %s lead to tensors of the right shape', (architecture) => {
    const shapes = publishedNames(architecture);
    const outline = outlineModel(architecture);
    const tensors = new Map([...shapes].map(([name, dims]) => [name, tensor(dims, new Float32Array(sizeOf(dims)))]));
    const { loaded, head, ignored } = loadWeights(outline, tensors);
    expect(loaded).toHaveLength(shapes.size);
    expect([head, ignored]).toEqual(['loaded', []]);
  });

  it.each(['resnet18', 'resnet34', 'resnet50', 'inception-v3', 'xception'])('of %s are its own', (architecture) => {
    expect(timmNames(architecture, ['conv1.weight'])).toBeUndefined();
  });

  it.each(['convnext-nano', 'convnext-tiny'])('of %s are all different', (architecture) => {
    const own = stateNames(outlineModel(architecture));
    expect(new Set(timmNames(architecture, own)?.values()).size).toBe(own.length);
  });
});

interface Resnets {
  readonly models: readonly {
    readonly name: string;
    readonly logits: readonly (readonly number[])[];
    readonly tensors: readonly (readonly [string, ...number[]])[];
  }[];
}

describe('loadWeights', () => {
  it("gives torchvision's logits from a safetensors file with its names", async () => {
    const { name, logits, tensors } = (JSON.parse(golden('resnets.json')) as Resnets).models[0]!;
    const recipe = (key: string, dims: readonly number[]): readonly [number, number] => {
      if (key.endsWith('running_var')) return [0.2, 1];
      if (dims.length === 1) return key.endsWith('weight') ? [0.2, 0.8] : [0.1, 0];
      return [Math.round(Math.sqrt(3 / sizeOf(dims.slice(1))) * 1e6) / 1e6, 0];
    };
    const state = new Map(
      tensors.map(([key, ...dims]) => [key, tensor(dims, pattern(`${name}/${key}`, dims, ...recipe(key, dims)))]),
    );
    state.set('bn1.num_batches_tracked', { type: 'int64', dims: [], data: BigInt64Array.of(7n) });
    const file = decodeSafetensors(Buffer.concat(encodeSafetensors(state)));
    const { model, ignored, head } = pretrainedModel(name, file.tensors, { classes: 10, height: 64, width: 64 });
    expect([ignored, head]).toEqual([['bn1.num_batches_tracked'], 'loaded']);
    const [found] = await runModel(writeModel(model), [
      tensor([2, 3, 64, 64], pattern(`${name}/image`, [2, 3, 64, 64], 0.5, 0.5)),
    ]);
    const expected = logits.flat();
    for (const [index, value] of expected.entries()) expect(Math.abs(Number(found?.data[index]) - value)).toBeLessThan(1e-5);
  });

  it.each(['mobilenet-v3-small', 'convnext-atto'])(
    'puts the same tensors in the same places of %s under both kinds of names',
    (architecture) => {
      const outline = outlineModel(architecture);
      const ours = stateDict(ownShapes(outline));
      const names = timmNames(architecture, [...ours.keys()])!;
      const theirs = new Map([...ours].map(([name, value]) => [names.get(name)!, value]));
      const [a, b] = [loadWeights(outline, ours), loadWeights(outline, theirs)];
      for (const [name, { data }] of ours) {
        for (const { model } of [a, b]) expect(same(valuesOf(model, name), data as Float32Array), name).toBe(true);
      }
    },
  );

  it("takes timm's epsilon with timm's weights", () => {
    const epsilons = (tensors: Tensors): unknown[] => {
      const { nodes } = loadWeights(outlineModel('mobilenet-v3-small'), tensors).model.graph;
      return [...new Set(nodes.flatMap(({ attributes: { epsilon } }) => (epsilon?.kind === 'float' ? [epsilon.value] : [])))];
    };
    expect(epsilons(stateDict(ownShapes(outlineModel('mobilenet-v3-small'))))).toEqual([0.001]);
    expect(epsilons(stateDict(publishedNames('mobilenet-v3-small')))).toEqual([1e-5]);
  });

  it('leaves a head of other classes, or none, as it is made', () => {
    const tensors = stateDict(ownShapes(outlineModel('mobilenet-v3-small')));
    const own = createModel('mobilenet-v3-small', { classes: 6, seed: 2 });
    const { model, head, ignored, loaded } = loadWeights(own, tensors);
    expect([head, ignored]).toEqual(['new', ['classifier.3.weight', 'classifier.3.bias']]);
    expect(loaded).toHaveLength(tensors.size - 2);
    expect(valuesOf(model, 'classifier.3.weight')).toBe(valuesOf(own, 'classifier.3.weight'));
    const quick = pretrainedModel('mobilenet-v3-small', tensors, { classes: 6, seed: 2 });
    for (const name of tensors.keys()) expect(same(valuesOf(quick.model, name), valuesOf(model, name)), name).toBe(true);
    tensors.delete('classifier.3.weight');
    tensors.delete('classifier.3.bias');
    const without = loadWeights(createModel('mobilenet-v3-small'), tensors);
    expect([without.head, without.ignored]).toEqual(['new', []]);
  });

  it('adapts the first convolution from colours to gray and back', () => {
    const colours = stateDict(ownShapes(outlineModel('convnext-atto')));
    const dims = [40, 3, 4, 4];
    const before = pattern('first', dims, 1, 0);
    colours.set('features.0.0.weight', tensor(dims, before));
    const gray = valuesOf(loadWeights(outlineModel('convnext-atto', { channels: 1 }), colours).model, 'features.0.0.weight');
    expect(gray).toHaveLength(640);
    for (const [at, value] of gray.entries()) {
      const from = Math.floor(at / 16) * 48 + (at % 16);
      expect(value).toBeCloseTo(before[from]! + before[from + 16]! + before[from + 32]!, 6);
    }
    colours.set('features.0.0.weight', tensor([40, 1, 4, 4], gray));
    const back = valuesOf(loadWeights(outlineModel('convnext-atto'), colours).model, 'features.0.0.weight');
    for (const [at, value] of back.entries()) expect(value).toBeCloseTo(gray[Math.floor(at / 48) * 16 + (at % 16)]! / 3, 6);
  });

  it.each(['float16', 'bfloat16'] as const)('reads %s', (type) => {
    const tensors = stateDict(ownShapes(outlineModel('convnext-atto')));
    for (const [name, { dims, data }] of tensors)
      tensors.set(name, { type, dims, data: new Uint16Array(data.length).fill(floatBits16(-0.375, type)) });
    const { model } = loadWeights(outlineModel('convnext-atto'), tensors);
    expect(same(valuesOf(model, 'classifier.2.bias'), new Float32Array(1000).fill(-0.375))).toBe(true);
  });

  it('ignores the auxiliary output of Inception', () => {
    const tensors = stateDict(ownShapes(outlineModel('inception-v3')));
    tensors.set('AuxLogits.fc.weight', tensor([1000, 768], new Float32Array(768_000)));
    expect(loadWeights(outlineModel('inception-v3'), tensors).ignored).toEqual(['AuxLogits.fc.weight']);
  });

  it.each<[string, (tensors: Tensors) => unknown, string]>([
    ['a missing tensor', (tensors) => tensors.delete('layer1.0.conv1.weight'), '"layer1.0.conv1.weight" is missing'],
    ['a missing statistic', (tensors) => tensors.delete('bn1.running_var'), '"bn1.running_var" is missing'],
    ['one too many', (tensors) => tensors.set('layer9.weight', tensor([1], new Float32Array(1))), '"layer9.weight" has no place'],
    [
      'another shape',
      (tensors) => tensors.set('conv1.weight', tensor([64, 3, 3, 3], new Float32Array(1728))),
      '(64, 3, 3, 3), not (64, 3, 7, 7)',
    ],
    ['integers', (tensors) => tensors.set('bn1.weight', { type: 'int32', dims: [64], data: new Int32Array(64) }), '"bn1.weight"'],
    ['another head', (tensors) => tensors.set('fc.weight', tensor([10, 99], new Float32Array(990))), '(10, 99), not (1000, 512)'],
    ['nothing', (tensors) => tensors.clear(), 'and 97 more'],
  ])('refuses %s', (_, change, message) => {
    const tensors = stateDict(ownShapes(outlineModel('resnet18')));
    change(tensors);
    const load = (): unknown => loadWeights(outlineModel('resnet18'), tensors, { source: 'weights.safetensors' });
    expect(load).toThrow(expect.objectContaining({ code: 'weights/mismatch' }));
    expect(load).toThrow(message);
    expect(load).toThrow(/^weights.safetensors: .*messier models/);
  });

  it('refuses four channels and the weights of another network', () => {
    const tensors = stateDict(ownShapes(outlineModel('resnet18')));
    expect(() => loadWeights(outlineModel('resnet18', { channels: 4 }), tensors)).toThrow('(64, 3, 7, 7), not (64, 4, 7, 7)');
    expect(() => loadWeights(outlineModel('resnet34'), tensors)).toThrow(expect.objectContaining({ code: 'weights/mismatch' }));
  });
});
