import { copyFileSync, readdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, describe, expect, test } from 'vitest';
import { modelFolder, smallCard } from '../../test/support/deployed.js';
import { pattern } from '../../test/support/pattern.js';
import { findShared } from '../../test/support/shared-data.js';
import type { Picture } from '../core/picture.js';
import { saveModel } from '../formats/model-file.js';
import { readPicture } from '../formats/picture.js';
import { createModel } from '../models/registry.js';
import { createSession } from '../runtime/session.js';
import { openPredictor, type Prediction } from './predictor.js';

const models = modelFolder();
afterAll(models.remove);

/** One test opens threads, as a program does; the others save their start. */
const here = { inThread: true };

const picture = (name: string, width: number, height: number, channels: 1 | 3 = 3): Picture => ({
  width,
  height,
  channels,
  data: Uint8Array.from(pattern(name, [height, width, channels], 128, 128)),
});

/** Largest difference of two answers' probabilities. */
const distance = (one: Prediction | undefined, other: Prediction | undefined): number =>
  Math.max(...smallCard.classes.map((_, at) => Math.abs((one?.probabilities[at] ?? NaN) - (other?.probabilities[at] ?? NaN))));

test('answers as the bare model does to planes', async () => {
  const path = await models.save();
  const given = picture('one', 40, 30);
  const planes = Uint8Array.from({ length: 3 * 30 * 40 }, (_, at) => given.data[(at % 1200) * 3 + Math.floor(at / 1200)] ?? 0);
  const session = await createSession(path, { device: 'cpu', ...here });
  const { probabilities, logits } = await session.run({ image: { type: 'uint8', dims: [1, 3, 30, 40], data: planes } });
  await session.release();
  const predictor = await openPredictor(path, here);
  const answer = await predictor.predict(given);
  await predictor.close();
  expect(answer).toEqual({ probabilities: probabilities?.data, logits: logits?.data });
  expect(predictor.card).toEqual(smallCard);
  expect(answer.probabilities.reduce((sum, one) => sum + one)).toBeCloseTo(1, 6);
});

test('leaves the picture as it was and answers the same again', async () => {
  const predictor = await openPredictor(await models.save(), here);
  const given = picture('one', 24, 24);
  const before = given.data.slice();
  const first = await predictor.predict(given);
  expect(given.data).toEqual(before);
  expect(await predictor.predict(given)).toEqual(first);
  await predictor.close();
});

describe('gray and colour', () => {
  test('a gray picture is repeated for a model of colours', async () => {
    const predictor = await openPredictor(await models.save(), here);
    const gray = picture('gray', 30, 30, 1);
    const repeated: Picture = {
      ...gray,
      channels: 3,
      data: Uint8Array.from({ length: 2700 }, (_, at) => gray.data[Math.floor(at / 3)] ?? 0),
    };
    expect(await predictor.predict(gray)).toEqual(await predictor.predict(repeated));
    await predictor.close();
  });

  test("a coloured one becomes Pillow's luma for a model of gray", async () => {
    const preprocess = { ...smallCard.preprocess, channels: 1, mean: [0.5], deviation: [0.5] } as const;
    const predictor = await openPredictor(await models.save({ preprocess }), here);
    // Image.new('RGB', ...).convert('L') of pure red, green, blue and one mixture.
    for (const [colour, luma] of [
      [[255, 0, 0], 76],
      [[0, 255, 0], 150],
      [[0, 0, 255], 29],
      [[10, 200, 90], 131],
    ] as const) {
      const fill = (channels: 1 | 3, values: readonly number[]): Picture => ({
        width: 24,
        height: 24,
        channels,
        data: Uint8Array.from({ length: 576 * channels }, (_, at) => values[at % channels] ?? 0),
      });
      expect(await predictor.predict(fill(3, colour))).toEqual(await predictor.predict(fill(1, [luma])));
    }
    await predictor.close();
  });
});

describe.each(['one', 'flips', 'dihedral'] as const)('many pictures answer as single ones: views %s', (views) => {
  test('several sizes in any order, more than a run takes', async () => {
    const predictor = await openPredictor(await models.save({ views }), here);
    const pictures = Array.from({ length: 40 }, (_, index) => picture(`many ${index}`, 24 + (index % 3), 26, index % 5 ? 3 : 1));
    const many = await predictor.predictMany(pictures);
    expect(many).toHaveLength(40);
    for (const [index, one] of pictures.entries()) expect(distance(await predictor.predict(one), many[index])).toBeLessThan(1e-6);
    expect(new Set(many.map(({ logits }) => logits.join())).size).toBe(40);
    expect(await predictor.predictMany([])).toEqual([]);
    await predictor.close();
  });
});

const folder = findShared('gz1_256', 'images');

test.skipIf(!folder)('real galaxies', async () => {
  const predictor = await openPredictor(await models.save(), here);
  const files = readdirSync(folder ?? '').slice(0, 12);
  const pictures = await Promise.all(files.map((file) => readPicture(join(folder ?? '', file))));
  const many = await predictor.predictMany(pictures);
  for (const [index, one] of pictures.entries()) expect(distance(await predictor.predict(one), many[index])).toBeLessThan(1e-6);
  await predictor.close();
});

describe('refuses', () => {
  test('a file that is absent, no model, or no finished one', async () => {
    await expect(openPredictor(join(models.path, 'absent.onnx'))).rejects.toMatchObject({ code: 'onnx/file' });
    const text = join(models.path, 'text.onnx');
    writeFileSync(text, 'not a model');
    await expect(openPredictor(text)).rejects.toMatchObject({ code: expect.stringMatching(/^onnx\//) as string });
    const plain = join(models.path, 'plain.onnx');
    await saveModel(createModel('galaxy-cnn'), plain);
    await expect(openPredictor(plain)).rejects.toMatchObject({ code: 'model/card' });
  });

  test('a picture whose values do not fill it', async () => {
    const predictor = await openPredictor(await models.save(), here);
    const wrong: Picture = { width: 5, height: 5, channels: 3, data: new Uint8Array(74) };
    await expect(predictor.predict(wrong)).rejects.toMatchObject({ code: 'picture/size' });
    await expect(predictor.predict({ ...wrong, width: 0, data: new Uint8Array() })).rejects.toMatchObject({
      code: 'picture/size',
    });
    await predictor.close();
    await expect(predictor.predict(picture('one', 24, 24))).rejects.toMatchObject({ code: 'runtime/released' });
  });
});

test('the file alone is enough, wherever it lies', async () => {
  const path = await models.save();
  const elsewhere = modelFolder();
  try {
    copyFileSync(path, join(elsewhere.path, 'model.onnx'));
    const [first, second] = [await openPredictor(path), await openPredictor(join(elsewhere.path, 'model.onnx'), { threads: 1 })];
    const given = picture('one', 64, 48);
    expect(distance(await first.predict(given), await second.predict(given))).toBeLessThan(1e-6);
    await Promise.all([first.close(), second.close()]);
  } finally {
    elsewhere.remove();
  }
});
