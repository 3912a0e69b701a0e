import { afterAll, describe, expect, test } from 'vitest';
import { modelFolder, smallCard } from '../../test/support/deployed.js';
import { pattern } from '../../test/support/pattern.js';
import { MessierError } from '../core/errors.js';
import type { Picture } from '../core/picture.js';
import type { Progress } from '../core/progress.js';
import type { Dataset, Item } from '../dataset/types.js';
import { compareModels } from './compare-models.js';
import { evaluateModel } from './evaluate-model.js';
import { evaluatePredictions } from './evaluate.js';
import { openPredictor, predictDataset } from './predictor.js';
import { calibrated } from './temperature.js';

const models = modelFolder();
afterAll(models.remove);

/** Without the start of threads. */
const here = { inThread: true };
const few = { ...here, samples: 50 };

const labels = ['elliptical', 'spiral', 'spiral_cw', 'merger', 'dont_know'];
const size = (index: number): number => (index % 2 ? 24 : 31);
const pictureOf = (index: number): Picture => ({
  width: size(index),
  height: 24,
  channels: 3,
  data: Uint8Array.from(pattern(`dataset ${index}`, [24, size(index), 3], 128, 128)),
});

/** Pictures in memory; every seventh is broken, item 3 has no label. */
function dataset(count: number): Dataset & { most: number } {
  let open = 0;
  const made = {
    name: 'memory',
    location: 'memory',
    items: Array.from({ length: count }, (_, index): Item => ({
      id: `picture ${index}`,
      label: index === 3 ? undefined : labels[index % labels.length],
    })),
    skipped: [{ id: 'notes.txt', code: 'picture/format', reason: 'It is no picture.' }],
    most: 0,
    async load({ id }: Item) {
      made.most = Math.max(made.most, ++open);
      const index = Number(id.slice('picture '.length));
      // Later ones are ready earlier.
      await new Promise((resolve) => setTimeout(resolve, index % 3 === 0 ? 3 : 0));
      open--;
      if (index % 7 === 6) throw new MessierError('picture/truncated', 'It ends early.');
      return { picture: pictureOf(index), hash: id };
    },
    close: () => Promise.resolve(),
  };
  return made;
}

describe('predictDataset', () => {
  test('answers in the order of the items, whatever is ready first, and skips broken pictures', async () => {
    const predictor = await openPredictor(await models.save({ views: 'dihedral' }), here);
    const source = dataset(30);
    const items = source.items.map((item, index) => ({ ...item, classIndex: index % 3 }));
    const told: Progress[] = [];
    const { predictions, skipped } = await predictDataset(predictor, source, items, {
      progress: (one) => told.push(one),
      concurrency: 3,
    });
    const whole = items.filter((_, index) => index % 7 !== 6);
    expect(predictions.ids).toEqual(whole.map(({ id }) => id));
    expect([...predictions.labels]).toEqual(whole.map(({ classIndex }) => classIndex));
    expect(skipped.map(({ id, code }) => [id, code])).toEqual(
      [6, 13, 20, 27].map((index) => [`picture ${index}`, 'picture/truncated']),
    );
    for (const [row, { id }] of whole.entries()) {
      const { probabilities, logits } = await predictor.predict(pictureOf(Number(id.slice(8))));
      const uncalibrated = calibrated(logits, 3, 1, smallCard.offsets);
      for (const [one, probability] of probabilities.entries()) {
        expect(Math.abs((predictions.probabilities[row * 3 + one] ?? NaN) - probability)).toBeLessThan(1e-6);
        expect(Math.abs((predictions.uncalibrated[row * 3 + one] ?? NaN) - (uncalibrated[one] ?? NaN))).toBeLessThan(1e-6);
      }
    }
    expect(source.most).toBe(3);
    expect(told.at(-1)).toEqual({ stage: 'predict', done: 30, total: 30, unit: 'pictures' });
    await predictor.close();
  });

  test('the temperature of the graph is that of the calibration here', async () => {
    const predictor = await openPredictor(await models.save(), here);
    const { probabilities, logits } = await predictor.predict(pictureOf(0));
    calibrated(logits, 3, smallCard.temperature, smallCard.offsets).forEach((expected, one) => {
      expect(probabilities[one]).toBeCloseTo(expected, 6);
    });
    await predictor.close();
  });

  test('an error that is not the picture’s ends it, and nothing is under way after that', async () => {
    const predictor = await openPredictor(await models.save(), here);
    const source = dataset(20);
    const items = source.items.map((item) => ({ ...item, classIndex: 0 }));
    let open = 0;
    const load: Dataset['load'] = async (item) => {
      open++;
      try {
        if (item.id === 'picture 2') throw new TypeError('A bug.');
        return await source.load({ ...item, id: 'picture 0' });
      } finally {
        open--;
      }
    };
    await expect(predictDataset(predictor, { load }, items)).rejects.toThrow(new TypeError('A bug.'));
    expect(open).toBe(0);
    const stop = new AbortController();
    stop.abort(new Error('enough'));
    await expect(predictDataset(predictor, source, items, { signal: stop.signal })).rejects.toThrow('enough');
    await predictor.close();
  });
});

describe('evaluateModel', () => {
  test('applies the labels of the card and counts what is left out', async () => {
    const path = await models.save();
    const { evaluation, predictions } = await evaluateModel(path, dataset(40), few);
    // Of 40: 8 dont_know dropped, 1 without label; broken are 6, 13, 20, 27 (34 is dont_know).
    expect(evaluation.items).toMatchObject({
      counted: 27,
      dropped: 8,
      skipped: 6,
      reasons: { 'picture/format': 1, 'label/missing': 1, 'picture/truncated': 4 },
    });
    expect(evaluation.perClass.map(({ label, support }) => [label, support])).toEqual([
      ['elliptical', 7],
      ['spiral', 14],
      ['merger', 6],
    ]);
    expect(evaluation.calibration.temperature).toBe(smallCard.temperature);
    expect(evaluation.bootstrap.samples).toBe(50);
    const { calibration: _, items: __, ...figures } = evaluatePredictions(predictions, { samples: 50 });
    expect(evaluation).toMatchObject(figures);
  });

  test('refuses labels that the card does not know, and datasets without anything to judge', async () => {
    const path = await models.save({ labels: {} });
    await expect(evaluateModel(path, dataset(10), few)).rejects.toMatchObject({ code: 'label/unknown' });
    const source = dataset(7);
    const broken = { ...source, items: source.items.slice(6) };
    await expect(evaluateModel(await models.save(), broken, few)).rejects.toMatchObject({ code: 'evaluate/empty' });
  });
});

describe('compareModels', () => {
  test('several files on the same pictures', async () => {
    const named = [
      { name: 'first', path: await models.save({}, 1) },
      { name: 'second', path: await models.save({}, 2) },
    ];
    const source = dataset(30);
    const { comparison } = await compareModels(named, { dataset: source }, few);
    expect(comparison.models.map(({ name }) => name)).toEqual(['first', 'second']);
    for (const [index, { path }] of named.entries()) {
      const { evaluation } = await evaluateModel(path, source, few);
      expect(comparison.models[index]?.figures['accuracy']).toEqual(evaluation.accuracy);
    }
  });

  test('other classes are refused', async () => {
    const named = [
      { name: 'first', path: await models.save() },
      { name: 'second', path: await models.save({ classes: ['spiral', 'elliptical', 'merger'] }) },
    ];
    await expect(compareModels(named, { dataset: dataset(10) }, few)).rejects.toMatchObject({ code: 'evaluate/compare' });
  });
});
