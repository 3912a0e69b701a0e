/** Pretrained weights through the command line: every mode, weights from both kinds of file, wrong files, and a run that is killed. */
import { readFile, stat, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { beforeAll, describe, expect, it } from 'vitest';
import { saveModel } from '../../src/formats/model-file.js';
import { encodeSafetensors } from '../../src/formats/safetensors.js';
import { createModel } from '../../src/models/registry.js';
import { failureOf, filesOf, jsonOf, killedAt, writeGalaxies } from '../support/command-runs.js';
import { workFolder } from '../support/messier.js';
import { findShared } from '../support/shared-data.js';

const { path, messier } = workFolder();
const inside = (...parts: string[]) => join(path(), ...parts);

interface Run {
  readonly model: string;
  readonly epochs: number;
  readonly evaluation: { readonly accuracy: { readonly value: number } };
}

/** Weights are left to the command line. */
async function recipe(file: string, { transfer, name = 'resnet18', size = 32, epochs = 1 }: RecipeOptions): Promise<string> {
  const text = `name: tiny
split: { train: 0.6, validation: 0.2, test: 0.2 }
pixels: { size: ${size} }
model: { name: ${name} }
transfer: { ${transfer} }
training: { epochs: ${epochs}, batch: 8, optimizer: { rate: 0.001 } }
evaluation: { bootstrap: 100 }
`;
  await writeFile(inside(file), text);
  return inside(file);
}
interface RecipeOptions {
  readonly transfer: string;
  readonly name?: string;
  readonly size?: number;
  readonly epochs?: number;
}

const network = createModel('resnet18', { classes: 10, channels: 3, height: 32, width: 32, seed: 42 });
beforeAll(async () => {
  await writeGalaxies(inside('sky'), { count: 30, side: 32 });
  const bytes = Buffer.concat(encodeSafetensors(network.graph.initializers));
  await writeFile(inside('resnet18.safetensors'), bytes);
  await writeFile(inside('cut.safetensors'), bytes.subarray(0, bytes.length / 2));
  await saveModel(network, inside('resnet18.onnx'));
});

describe('weights', () => {
  it('of both kinds of file make the same model, and a head that is fitted is not fitted again', async () => {
    const file = await recipe('features.yaml', { transfer: 'mode: features' });
    const train = (weights: string, ...rest: string[]) => [
      'train',
      file,
      '--data',
      inside('sky'),
      '--weights',
      inside(weights),
      '--out',
      inside(weights.split('.')[1] ?? ''),
      ...rest,
    ];
    const picture = inside('sky', (await filesOf(inside('sky')))[0] ?? '');
    const answers = [];
    for (const weights of ['resnet18.safetensors', 'resnet18.onnx']) {
      const { model } = await jsonOf<Run>(messier, ...train(weights));
      const { predictions } = await jsonOf<{ predictions: { probabilities: Record<string, number> }[] }>(
        messier,
        'predict',
        model,
        picture,
      );
      answers.push(predictions.flatMap(({ probabilities }) => Object.values(probabilities)));
    }
    const [tensors = [], graph = []] = answers;
    expect(tensors.length).toBeGreaterThan(20);
    for (const [at, value] of tensors.entries()) expect(Math.abs(value - (graph[at] ?? NaN))).toBeLessThan(1e-4);

    expect(await failureOf(messier, ...train('resnet18.onnx'))).toMatchObject({ code: 'train/folder' });
    const before = await readFile(inside('onnx', 'model.onnx'));
    const { mtimeMs } = await stat(inside('onnx', 'head.safetensors'));
    await jsonOf<Run>(messier, ...train('resnet18.onnx', '--resume'));
    expect(Buffer.compare(await readFile(inside('onnx', 'model.onnx')), before)).toBe(0);
    expect((await stat(inside('onnx', 'head.safetensors'))).mtimeMs).toBe(mtimeMs);
    expect(await failureOf(messier, ...train('resnet18.onnx', '--resume', '--seed', '7'))).toMatchObject({
      code: 'train/fingerprint',
    });
  });

  it('that are none are told before pictures are read', async () => {
    const file = await recipe('none.yaml', { transfer: 'mode: features' });
    const other = await recipe('other.yaml', { transfer: 'mode: features', name: 'mobilenet-v2' });
    const deep = await recipe('deep.yaml', { transfer: 'mode: features, depths: 60' });
    const cases = [
      [file, 'absent.onnx', 'onnx/file'],
      [file, 'cut.safetensors', 'tensors/truncated'],
      [other, 'resnet18.safetensors', 'weights/mismatch'],
      [deep, 'resnet18.safetensors', 'model/option'],
    ] as const;
    for (const [one, weights, code] of cases) {
      const args = ['train', one, '--data', inside('nowhere'), '--weights', inside(weights), '--out', inside('never')];
      expect(await failureOf(messier, ...args), weights).toMatchObject({ code });
    }
    expect(await failureOf(messier, 'train', file, '--data', inside('sky'))).toMatchObject({ code: 'recipe/invalid' });
    expect(await filesOf(path())).not.toContain('never');
  });
});

describe('a network that thaws block by block', () => {
  it('ends in the same bytes when it is killed and resumed', async () => {
    const transfer = 'mode: blocks, blocks: 2, unfreezeEvery: 1, headStart: true, rateDecay: 0.7, batchNorm: train';
    const file = await recipe('thaw.yaml', { transfer, name: 'mobilenet-v2', epochs: 3 });
    await saveModel(
      createModel('mobilenet-v2', { classes: 10, channels: 3, height: 32, width: 32, seed: 42 }),
      inside('mobile.onnx'),
    );
    const args = (out: string) => [
      file,
      '--data',
      inside('sky'),
      '--weights',
      inside('mobile.onnx'),
      '--out',
      inside(out),
      '--threads',
      '1',
    ];
    const { model, epochs } = await jsonOf<Run>(messier, 'train', ...args('whole'));
    expect(epochs).toBe(3);
    await killedAt(args('killed'), inside('home'), /epoch 2 of 3: loss/);
    const again = await jsonOf<Run>(messier, 'train', ...args('killed'), '--resume');
    expect(Buffer.compare(await readFile(again.model), await readFile(model))).toBe(0);
  });
});

const weights = findShared('weights', 'mobilenet_v2_imagenet.onnx');
describe.skipIf(!weights)('MobileNetV2 of ImageNet', () => {
  it.each([
    ['features', 0.8],
    ['all, batchNorm: train', 0.4],
  ])('tells simulated galaxies apart with mode %s', async (mode, least) => {
    const file = await recipe(`${mode.slice(0, 3)}.yaml`, { transfer: `mode: ${mode}`, name: 'mobilenet-v2', size: 64 });
    const args = ['--data', inside('sky'), '--weights', weights!, '--out', inside(mode.slice(0, 3))];
    const { evaluation } = await jsonOf<Run>(messier, 'train', file, ...args);
    expect(evaluation.accuracy.value).toBeGreaterThanOrEqual(least);
  });
});
