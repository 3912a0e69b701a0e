import { spawnSync } from 'node:child_process';
import { describe, expect, test } from 'vitest';
import { readModel } from '../../src/onnx/read.js';
import type { Model } from '../../src/onnx/types.js';
import { upgradeModel } from '../../src/onnx/upgrade/index.js';
import { validateModel } from '../../src/onnx/validate.js';
import { writeModel } from '../../src/onnx/write.js';
import { difference, onnxCases, runModel, type OnnxCase } from '../support/onnx-cases.js';
import { findShared } from '../support/shared-data.js';

/** StringNormalizer asks the C library for this locale; a machine without it can't run the operator. */
const hasLocale = /^en_US\.utf-?8$/im.test(String(spawnSync('locale', ['-a']).stdout));

const noGradient = {
  says: /Gradient.* is not a registered function/,
  // The operator asks the runtime to differentiate. No released ONNX Runtime for Node does; `autodiff/` does it here.
  cases: ['simple/test_gradient_of_add', 'simple/test_gradient_of_add_and_mul'],
};

const noLocale = {
  says: /Failed to construct locale/,
  cases: hasLocale
    ? []
    : [
        'simple/test_strnorm_model_monday_casesensintive_lower',
        'simple/test_strnorm_model_monday_casesensintive_upper',
        'simple/test_strnorm_model_monday_empty_output',
        'simple/test_strnorm_model_monday_insensintive_upper_twodim',
      ],
};

/** Cases that ONNX Runtime can't run even in opset 17, with what it says. One that does run fails the test. */
const neverRun = [noGradient, noLocale];

const converted = (...names: readonly string[]): string[] => names.map((name) => `pytorch-converted/test_${name}`);
const operator = (...names: readonly string[]): string[] => names.map((name) => `pytorch-operator/test_operator_${name}`);

/** Cases of opset 6 for which ONNX Runtime has no kernel, because its kernels of these operators begin at opset 7. All run once upgraded. */
const onlyUpgraded = [
  {
    says: /implementation for AveragePool\(1\)/,
    cases: converted(
      'AvgPool1d',
      'AvgPool1d_stride',
      'AvgPool2d',
      'AvgPool2d_stride',
      'AvgPool3d',
      'AvgPool3d_stride',
      'AvgPool3d_stride1_pad0_gpu_input',
    ),
  },
  {
    says: /implementation for BatchNormalization\(6\)/,
    cases: converted(
      'BatchNorm1d_3d_input_eval',
      'BatchNorm2d_eval',
      'BatchNorm2d_momentum_eval',
      'BatchNorm3d_eval',
      'BatchNorm3d_momentum_eval',
    ),
  },
  { says: /implementation for Mul\(6\)/, cases: converted('GLU', 'GLU_dim', 'PoissonNLLLLoss_no_reduce') },
  { says: /implementation for Gemm\(6\)/, cases: [...converted('Linear'), ...operator('addmm', 'mm')] },
  {
    says: /implementation for PRelu\(6\)/,
    cases: converted('PReLU_1d', 'PReLU_1d_multiparam', 'PReLU_2d', 'PReLU_2d_multiparam', 'PReLU_3d', 'PReLU_3d_multiparam'),
  },
  {
    says: /implementation for Add\(6\)/,
    cases: [
      ...converted('Softsign'),
      ...operator('add_broadcast', 'add_size1_broadcast', 'add_size1_right_broadcast', 'add_size1_singleton_broadcast'),
      ...operator('addconstant', 'basic', 'non_float_params', 'params'),
    ],
  },
  { says: /implementation for Pow\(1\)/, cases: operator('pow') },
];

const folder = findShared('onnx_cases');

describe.skipIf(!folder)("the ONNX project's own cases", () => {
  const cases = folder ? onnxCases(folder) : [];

  test('all of them are here', () => {
    expect(cases).toHaveLength(140);
    const names = new Set(cases.map((one) => one.name));
    const listed = [...neverRun, ...onlyUpgraded].flatMap((reason) => reason.cases);
    expect(listed.filter((name) => !names.has(name))).toEqual([]);
  });

  test.each(cases)('$name is read, written back and read again as the same model', ({ model }) => {
    const read = readModel(model);
    expect(readModel(writeModel(read))).toEqual(read);
  });

  test.each(cases)('$name runs as it was written back', async (one) => {
    await expectOutputs(one, readModel(one.model), [...neverRun, ...onlyUpgraded]);
  });

  test.each(cases)('$name runs in opset 17', async (one) => {
    const model = upgradeModel(readModel(one.model));
    validateModel(model);
    expect(model).toMatchObject({ irVersion: 8, opsets: { '': 17 } });
    await expectOutputs(one, model, neverRun);
  });
});

async function expectOutputs(one: OnnxCase, model: Model, reasons: typeof neverRun): Promise<void> {
  const run = runModel(writeModel(model), one.inputs);
  const reason = reasons.find((entry) => entry.cases.includes(one.name));
  if (reason) {
    await expect(run).rejects.toThrow(reason.says);
    return;
  }
  const outputs = await run;
  expect(one.outputs.map((expected, index) => difference(outputs[index], expected))).toEqual(one.outputs.map(() => undefined));
}
