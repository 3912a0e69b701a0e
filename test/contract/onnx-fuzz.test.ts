import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { MessierError } from '../../src/core/errors.js';
import { readModel } from '../../src/onnx/read.js';
import type { Model } from '../../src/onnx/types.js';
import { upgradeModel } from '../../src/onnx/upgrade/index.js';
import { validateModel } from '../../src/onnx/validate.js';
import { writeModel } from '../../src/onnx/write.js';
import { damaged, fuzzSettings, lyingModel } from '../support/fuzz.js';
import { onnxCases } from '../support/onnx-cases.js';
import { findShared } from '../support/shared-data.js';

/** What `work` returns; `undefined` where it refuses with a coded error. Anything else that it throws fails the test. */
function orRefused<T>(work: () => T): T | undefined {
  try {
    return work();
  } catch (error) {
    if (error instanceof MessierError && error.code.startsWith('onnx/')) return undefined;
    throw error;
  }
}

/** Reads bytes of any kind. What can be read is a valid model: it survives being written, and is upgraded to one or refused. */
function readAnything(file: Uint8Array): Model | undefined {
  const model = orRefused(() => readModel(file));
  if (!model) return undefined;
  expect(orRefused(() => readModel(file.slice(), { owned: true }))).toEqual(model);
  expect(readModel(writeModel(model))).toEqual(model);
  const upgraded = orRefused(() => upgradeModel(model));
  if (upgraded) validateModel(upgraded);
  return model;
}

/** Share of the files that were still models, so that a fuzzer which only ever meets the first check is noticed. */
async function shareRead(files: fc.Arbitrary<Uint8Array>, runs: number): Promise<number> {
  let count = 0;
  let read = 0;
  const settings = fuzzSettings(runs);
  await fc.assert(
    fc.asyncProperty(files, async (file) => {
      count += 1;
      if (readAnything(file)) read += 1;
      // Lets the test runner see that this process lives.
      if (count % 256 === 0) await new Promise((resolve) => setImmediate(resolve));
    }),
    settings,
  );
  return read / count;
}

describe('reading what is no model', () => {
  test('random bytes', async () => {
    await shareRead(fc.uint8Array({ maxLength: 300, size: 'max' }), 1_000);
  });

  test('models that lie', async () => {
    expect(await shareRead(lyingModel, 2_000)).toBeGreaterThan(0);
  });

  const folder = findShared('onnx_cases');

  test.skipIf(!folder)('damaged models', async () => {
    const files = onnxCases(folder ?? '')
      .map((one) => one.model)
      .filter((file) => file.length < 20_000);
    expect(await shareRead(damaged(files), 4_000)).toBeGreaterThan(0.05);
  });
});
