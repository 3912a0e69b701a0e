import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { saveModel } from '../../src/formats/model-file.js';
import type { ModelCard } from '../../src/models/card.js';
import { deploy } from '../../src/models/deploy.js';
import { createModel } from '../../src/models/registry.js';

/** A card of three classes for pictures of 24 pixels. */
export const smallCard: ModelCard = {
  format: 'messier-model/1',
  inputs: 'image',
  name: 'small',
  classes: ['elliptical', 'spiral', 'merger'],
  labels: { spiral_cw: 'spiral', dont_know: null },
  preprocess: { size: 24, crop: 0.8, channels: 3, mean: [0.5, 0.5, 0.5], deviation: [0.5, 0.5, 0.5] },
  stretch: { kind: 'asinh', softening: 0.1, low: 0.25, high: 99.75 },
  views: 'one',
  offsets: [0, 0.5, -0.25],
  temperature: 1.5,
  training: { architecture: 'galaxy-cnn', recipeHash: 'a', dataHash: 'b', splitHash: 'c', pictures: 10, version: '0.1.0' },
  metrics: {},
};

/** A finished model with first weights. */
export function smallModel(card: ModelCard, seed = 1): ReturnType<typeof deploy> {
  const { size, channels } = card.preprocess;
  return deploy(createModel('galaxy-cnn', { classes: card.classes.length, channels, height: size, width: size, seed }), card);
}

/** A folder for model files. */
export interface ModelFolder {
  readonly path: string;
  /** Writes {@link smallModel} with another card; gives its path. */
  readonly save: (changes?: Partial<ModelCard>, seed?: number) => Promise<string>;
  readonly remove: () => void;
}

export function modelFolder(): ModelFolder {
  const path = mkdtempSync(join(tmpdir(), 'messier-models-'));
  let count = 0;
  return {
    path,
    async save(changes = {}, seed = 1) {
      const file = join(path, `${count++}.onnx`);
      await saveModel(smallModel({ ...smallCard, ...changes }, seed), file);
      return file;
    },
    remove: () => rmSync(path, { recursive: true, force: true }),
  };
}
