import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, test } from 'vitest';
import { inferShapes } from '../../src/onnx/infer/index.js';
import { readModel } from '../../src/onnx/read.js';
import { cutModel, foldBatchNorm, foldConstants, pruneDeadNodes } from '../../src/onnx/rewrite/index.js';
import { isTensorInfo, type Model, type Tensor } from '../../src/onnx/types.js';
import { upgradeModel } from '../../src/onnx/upgrade/index.js';
import { validateModel } from '../../src/onnx/validate.js';
import { writeModel } from '../../src/onnx/write.js';
import { difference, onnxCases, runModel } from '../support/onnx-cases.js';
import { pattern } from '../support/pattern.js';
import { findShared } from '../support/shared-data.js';

const folder = findShared('onnx_cases');
const weights = findShared('weights');

async function run(model: Model, inputs: readonly Tensor[]): Promise<Tensor[]> {
  validateModel(model);
  return runModel(writeModel(model), inputs);
}

function differences(found: readonly Tensor[], expected: readonly Tensor[]): (string | undefined)[] {
  return expected.map((value, index) => difference(found[index], value)).filter((text) => text !== undefined);
}

describe.skipIf(!folder)("the ONNX project's own cases", () => {
  const cases = folder ? onnxCases(folder) : [];

  test.each(cases)('$name, rewritten', async ({ model, inputs }) => {
    const before = upgradeModel(readModel(model));
    // Two operators run nowhere and one wants a locale; test/contract/onnx-cases.test.ts lists them.
    const expected = await run(before, inputs).catch(() => undefined);
    if (!expected) return;
    const after = pruneDeadNodes(foldBatchNorm(foldConstants(before)));
    expect(after.graph.nodes.length).toBeLessThanOrEqual(before.graph.nodes.length);
    expect(differences(await run(after, inputs), expected)).toEqual([]);
  });

  test.each(cases)('$name, cut at each tensor', async ({ model, inputs }) => {
    const whole = upgradeModel(readModel(model));
    const { values } = inferShapes(whole).graph;
    for (const [name, info] of values) {
      if (info.type !== 'float32' || !info.shape) continue;
      const part = cutModel(whole, { outputs: [name] });
      const kept = part.graph.inputs.map((input) => inputs[whole.graph.inputs.findIndex((one) => one.name === input.name)]!);
      const [result] = await run(part, kept);
      const isSame = info.shape.every((dim, axis) => typeof dim === 'string' || dim === result!.dims[axis]);
      expect(
        isSame && result!.dims.length === info.shape.length,
        `${name} (${info.shape.join()}) is (${result!.dims.join()})`,
      ).toBe(true);
    }
  });
});

test.skipIf(!weights)('MobileNetV2: folded, and cut into two halves that make the whole', async () => {
  const whole = upgradeModel(readModel(readFileSync(join(weights ?? '', 'mobilenet_v2_imagenet.onnx'))));
  const image: Tensor = { type: 'float32', dims: [1, 3, 224, 224], data: pattern('image', [1, 3, 224, 224]) };
  const expected = await run(whole, [image]);
  expect(differences(await run(foldBatchNorm(foldConstants(whole)), [image]), expected)).toEqual([]);
  const lower = cutModel(whole, { outputs: ['features'] });
  const upper = cutModel(whole, { outputs: ['probabilities'], inputs: ['features'] });
  expect(lower.graph.outputs.filter(isTensorInfo).map((output) => output.shape)).toEqual([['n', 1280]]);
  expect(upper.graph.nodes.length + lower.graph.nodes.length).toBe(whole.graph.nodes.length);
  const features = await run(lower, [image]);
  expect(differences(await run(upper, features), expected.slice(0, 1))).toEqual([]);
});
