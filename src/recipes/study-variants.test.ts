import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { saveModel } from '../formats/model-file.js';
import { createModel } from '../models/registry.js';
import { foldBatchNorm } from '../onnx/rewrite/index.js';
import { editRecipe } from './edit-recipe.js';
import { loadRecipe, type LoadedRecipe } from './library.js';
import { parseRecipe } from './parse.js';
import { modelVariants, originalModels, transferModes, transferVariants } from './study-variants.js';

let folder = '';
const withWeights = (loaded: LoadedRecipe, file: string) =>
  editRecipe(loaded, [{ path: ['model', 'weights'], value: join(folder, file) }]);

beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'messier-study-'));
  const model = createModel('mobilenet-v3-small', { classes: 4 });
  await saveModel(model, join(folder, 'whole.onnx'));
  await saveModel(foldBatchNorm(model), join(folder, 'folded.onnx'));
});
afterAll(() => rm(folder, { recursive: true, force: true }));

const cosmic = loadRecipe('cosmic-morphology');
const zoo = loadRecipe('galaxy-zoo');

describe('editRecipe', () => {
  it('puts values in and takes them out, in the text as well, and keeps comments', () => {
    const { recipe, text } = editRecipe(loadRecipe('galaxy-shapes'), [
      { path: ['augment'], value: undefined },
      { path: ['pixels', 'size'], value: 32 },
      { path: ['data', 'absent'], value: undefined },
    ]);
    expect(recipe).toEqual(parseRecipe(text, 'mine.yaml'));
    expect(recipe).toMatchObject({ augment: { rotate: 0, flip: 'none' }, pixels: { size: 32, crop: 0.6667 } });
    expect(text).toContain('# Pictures are turned and mirrored at will');
  });

  it('leaves a recipe alone where nothing is asked, and tells what no recipe may have', () => {
    expect(editRecipe(cosmic, [])).toEqual(cosmic);
    const alias = { text: 'name: mine\ntext: &a {}\ntraining: *a\n', path: 'mine.yaml' };
    expect(() => editRecipe(alias, [{ path: ['training', 'epochs'], value: undefined }])).toThrow(/"training" stands elsewhere/);
    expect(() => editRecipe(cosmic, [{ path: ['pixels', 'size'], value: 1 }])).toThrow(/pixels\.size: at least 8/);
  });
});

describe('transferVariants', () => {
  it('are all ways, each with what it says and nothing of another', async () => {
    const variants = await transferVariants(withWeights(cosmic, 'whole.onnx'));
    expect(variants.map(({ name }) => name)).toEqual(transferModes);
    const settings = Object.fromEntries(variants.map(({ name, recipe: { recipe } }) => [name, recipe.transfer]));
    const { depths, l2 } = cosmic.recipe.transfer ?? {};
    const plain = { mode: 'all', blocks: 1, l2, depths, rateDecay: 1, batchNorm: 'frozen', headStart: false };
    expect(settings).toEqual({
      features: { ...plain, mode: 'features' },
      'last-1': { ...plain, mode: 'blocks' },
      'last-2': { ...plain, mode: 'blocks', blocks: 2 },
      'last-4': { ...plain, mode: 'blocks', blocks: 4 },
      all: plain,
      'layer-wise': { ...plain, rateDecay: 0.8 },
      gradual: { ...plain, unfreezeEvery: 1 },
      'head-start': { ...plain, headStart: true },
      'batch-norm': { ...plain, batchNorm: 'train' },
      scratch: undefined,
    });
    const scratch = variants.at(-1)?.recipe.recipe;
    expect(scratch?.model).toEqual({ ...cosmic.recipe.model, weights: undefined });
  });

  it('are those asked for in the order of all; of votes those that need no fitted head', async () => {
    const names = async (loaded: LoadedRecipe, only?: readonly string[]) =>
      (await transferVariants(loaded, { only })).map(({ name }) => name);
    expect(await names(withWeights(cosmic, 'whole.onnx'), ['all', 'features'])).toEqual(['features', 'all']);
    const votes = withWeights(zoo, 'whole.onnx');
    expect(await names(votes)).toEqual(transferModes.filter((name) => name !== 'features' && name !== 'head-start'));
    await expect(names(votes, ['features'])).rejects.toMatchObject({ code: 'study/variant' });
    await expect(names(zoo)).rejects.toMatchObject({ code: 'study/weights' });
    await expect(names(withWeights(cosmic, 'absent.onnx'))).rejects.toMatchObject({ code: 'onnx/file' });
  });

  it('leave out the batch norms of weights that have none, unless they are asked for', async () => {
    const told: string[] = [];
    const folded = withWeights(cosmic, 'folded.onnx');
    const variants = await transferVariants(folded, { onNotice: (text) => told.push(text) });
    expect(variants.map(({ name }) => name)).toEqual(transferModes.filter((name) => name !== 'batch-norm'));
    expect(told).toHaveLength(1);
    expect(await transferVariants(folded, { only: ['batch-norm'] })).toHaveLength(1);
  });
});

describe('modelVariants', () => {
  it('keep the size where the network takes it', () => {
    const variants = modelVariants(zoo, { models: originalModels, weights: 'none' });
    expect(
      variants.map(({ name, recipe: { recipe } }) => [name, recipe.model.name, recipe.pixels.size, recipe.model.weights]),
    ).toEqual([
      ['galaxy-cnn', 'galaxy-cnn', 72, undefined],
      ['inception-v3', 'inception-v3', 75, undefined],
      ['vgg16', 'vgg16', 72, undefined],
      ['resnet50', 'resnet50', 72, undefined],
      ['xception', 'xception', 72, undefined],
    ]);
  });

  it('begin with published weights where there are some, and else from nothing', () => {
    const [own, vgg] = modelVariants(cosmic, { models: ['galaxy-cnn', 'vgg16'], weights: 'published' });
    expect(own?.title).toBe('224 pixels, random weights');
    expect(own?.recipe.recipe.transfer).toBeUndefined();
    expect(vgg).toMatchObject({
      title: '224 pixels, ImageNet weights',
      recipe: { recipe: { model: { weights: 'published' }, transfer: { mode: 'features' } } },
    });
  });

  it('show feature maps of the network that the recipe names alone', () => {
    const four = loadRecipe('four-galaxies');
    const [own, other] = modelVariants(four, { models: ['four-galaxies', 'resnet18'], weights: 'none' });
    expect(own?.recipe.recipe.evaluation.featureMaps).toEqual(['conv1', 'conv2']);
    expect(other?.recipe.recipe.evaluation.featureMaps).toEqual([]);
  });
});
