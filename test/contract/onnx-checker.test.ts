import { spawnSync } from 'node:child_process';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, describe, expect, test } from 'vitest';
import { saveModel } from '../../src/formats/model-file.js';
import { readModel } from '../../src/onnx/read.js';
import { float32 } from '../../src/onnx/tensors.js';
import type { Model } from '../../src/onnx/types.js';
import { upgradeModel } from '../../src/onnx/upgrade/index.js';
import { writeModel } from '../../src/onnx/write.js';
import { onnxCases } from '../support/onnx-cases.js';
import { findShared } from '../support/shared-data.js';

const python = '/usr/bin/python3';
const hasOnnx = spawnSync(python, ['-c', 'import onnx']).status === 0;
if (!hasOnnx) {
  const message = `${python} has no onnx: install python3-onnx to hold written files to the ONNX project's checker.`;
  if (process.env['CI'] === 'true') throw new Error(message);
  console.warn(`Skipped. ${message}`);
}

describe.skipIf(!hasOnnx)("the ONNX project's checker", () => {
  const folder = mkdtempSync(join(tmpdir(), 'messier-checker-'));
  afterAll(() => rmSync(folder, { recursive: true }));

  const check = (paths: readonly string[]): string => {
    const { stdout, stderr } = spawnSync(python, ['scripts/check-with-onnx.py', ...paths], { encoding: 'utf8' });
    return stdout.replace(/^onnx [\d.]+ /m, '') + stderr;
  };

  test('accepts a file with metadata and external data', async () => {
    const model: Model = {
      irVersion: 8,
      opsets: { '': 17 },
      producer: 'messier',
      metadata: { classes: '["spiral","elliptical"]' },
      functions: [],
      graph: {
        name: 'sum',
        nodes: [{ name: 'add', opType: 'Add', domain: '', inputs: ['x', 'w'], outputs: ['y'], attributes: {} }],
        inputs: [{ name: 'x', type: 'float32', shape: ['N', 512] }],
        outputs: [{ name: 'y', type: 'float32', shape: ['N', 512] }],
        initializers: new Map([['w', float32([512], new Float32Array(512))]]),
        values: new Map(),
      },
    };
    const path = join(folder, 'external.onnx');
    await saveModel(model, path, { external: { location: 'external.bin', thresholdBytes: 1024 } });
    expect(check([path])).toBe('checked 1 files\n');
  });

  const cases = findShared('onnx_cases');

  test.skipIf(!cases)("accepts the ONNX project's own cases as they are written back, and in opset 17", () => {
    const paths = onnxCases(cases ?? '').flatMap(({ name, model: file }) => {
      const model = readModel(file);
      // The checker knows no operators of the training preview.
      if ('ai.onnx.preview.training' in model.opsets) return [];
      const stem = join(folder, name.replace('/', '-'));
      writeFileSync(`${stem}.onnx`, writeModel(model));
      writeFileSync(`${stem}-17.onnx`, writeModel(upgradeModel(model)));
      return [`${stem}.onnx`, `${stem}-17.onnx`];
    });
    expect(check(paths)).toBe('checked 276 files\n');
  });
});
