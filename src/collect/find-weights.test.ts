import { mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { findWeights } from './find-weights.js';

let root = '';
const inside = (...parts: string[]) => join(root, ...parts);

beforeAll(async () => {
  root = await mkdtemp(join(tmpdir(), 'messier-'));
  for (const folder of ['home', 'empty', 'shared/weights']) await mkdir(inside(folder), { recursive: true });
  await mkdir(inside('home', 'a.onnx'));
  for (const file of ['home/notes.txt', 'home/unknown.safetensors', 'home/resnet18.a1_in1k.safetensors', 'home/z.onnx']) {
    await writeFile(inside(file), '');
  }
  await writeFile(inside('shared/weights/B.ONNX'), '');
});
afterAll(() => rm(root, { recursive: true }));

const find = (asked: string | undefined, folder: string, environment: Record<string, string> = {}) =>
  findWeights(asked, { folder: inside(folder), environment });

describe('weights that are here', () => {
  test('are those of the environment, else of the folder, else shared ones', async () => {
    const environment = { MESSIER_SHARED_DATA: inside('shared'), MESSIER_WEIGHTS: inside('home', 'z.onnx') };
    expect(await find(undefined, 'home', environment)).toEqual({ path: inside('home', 'z.onnx') });
    const others = { ...environment, MESSIER_WEIGHTS: '' };
    expect(await find(undefined, 'home', others)).toEqual({
      path: inside('home', 'resnet18.a1_in1k.safetensors'),
      architecture: 'resnet18',
    });
    expect(await find(undefined, 'empty', others)).toEqual({ path: inside('shared', 'weights', 'B.ONNX') });
    expect(await find(undefined, 'absent', others)).toEqual({ path: inside('shared', 'weights', 'B.ONNX') });
    expect(await find(undefined, 'empty')).toBeUndefined();
  });

  test('asked for by name are those that were fetched', async () => {
    expect(await find('resnet18', 'home')).toEqual({
      path: inside('home', 'resnet18.a1_in1k.safetensors'),
      architecture: 'resnet18',
    });
    expect(await find(inside('home', 'z.onnx'), 'empty')).toEqual({ path: inside('home', 'z.onnx') });
  });

  test('are refused where they can not be opened', async () => {
    await expect(find(inside('home', 'notes.txt'), 'home')).rejects.toMatchObject({ code: 'weights/kind' });
    await expect(find(inside('home', 'unknown.safetensors'), 'home')).rejects.toThrow('named after its architecture');
    await expect(find(inside('home', 'none.onnx'), 'home')).rejects.toMatchObject({ code: 'file/absent' });
    await expect(find('four-galaxies', 'home')).rejects.toMatchObject({ code: 'weights/unpublished' });
    await expect(find(undefined, 'home', { MESSIER_WEIGHTS: 'none' })).rejects.toMatchObject({ code: 'file/absent' });
  });
});
