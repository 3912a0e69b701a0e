/** The nine architectures of the ONNX project's own model tests, as its exporters of 2017 and 2018 wrote them: run, cut, fine-tuned, exported. */
import { spawnSync } from 'node:child_process';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import {
  adam,
  parameterNames,
  softmaxCrossEntropy,
  trainedModel,
  trainingStep,
  type TrainingOptions,
  type TrainingStep,
} from '../../src/autodiff/index.js';
import { loadModel, saveModel } from '../../src/formats/model-file.js';
import { replaceHead } from '../../src/models/index.js';
import { cutModel, symbolicBatch } from '../../src/onnx/rewrite/index.js';
import { filled, float32 } from '../../src/onnx/tensors.js';
import { isTensorInfo, type Model, type Tensor } from '../../src/onnx/types.js';
import { writeModel } from '../../src/onnx/write.js';
import { keepGradients } from '../support/golden-model.js';
import { light } from '../support/old-graph.js';
import { oldModels } from '../support/old-models.js';
import { difference, runModel } from '../support/onnx-cases.js';
import { pattern } from '../support/pattern.js';
import { relativeError, runSteps, type StepResult } from '../support/run-steps.js';

const pictures = (count: number): Tensor => float32([count, 3, 64, 64], pattern('pictures', [count, 3, 64, 64]));
const labels: Tensor = { type: 'int64', dims: [4], data: BigInt64Array.of(0n, 1n, 2n, 4n) };
const inputOf = (model: Model): string => model.graph.inputs[0]!.name;
const shapeOf = (model: Model): readonly unknown[] => {
  const [output] = model.graph.outputs;
  return output && isTensorInfo(output) ? (output.shape ?? []) : [];
};

const folder = mkdtempSync(join(tmpdir(), 'messier-old-'));
afterAll(() => rmSync(folder, { recursive: true }));

const python = '/usr/bin/python3';
const hasOnnx = spawnSync(python, ['-c', 'import onnx']).status === 0;
const written: string[] = [];

/** Through a file, as a user has it. */
function loaded(name: string, model: Model): Model {
  const path = join(folder, `${name.replaceAll('/', '-')}.onnx`);
  writeFileSync(path, writeModel(model));
  return loadModel(path);
}

async function saved(model: Model, name: string): Promise<string> {
  const path = join(folder, `${name.replaceAll(/[^\w]/g, '-')}.onnx`);
  await saveModel(model, path);
  written.push(path);
  return path;
}

async function logitsOf(model: Model, input: Tensor): Promise<Float32Array> {
  const [output] = await runModel(writeModel(model), [input]);
  return output!.data as Float32Array;
}

describe.each(oldModels)('$name', ({ name, middle, features, build }) => {
  const whole = loaded(name, build(8));
  let expected: Tensor[];

  // Opset 8 is the oldest of these that ONNX Runtime promises to run as it stands.
  beforeAll(async () => void (expected = await runModel(writeModel(build(8)), [pictures(1)])));

  test.each([3, 6, 8, 9])('of opset %i, upgraded, gives what ONNX Runtime makes of opset 8', async (opset) => {
    const upgraded = loaded(`${name}-${opset}`, build(opset));
    expect(upgraded.graph.inputs.map((input) => input.name)).toEqual([inputOf(whole)]);
    expect(parameterNames(upgraded)).toEqual(parameterNames(whole));
    const found = await runModel(writeModel(upgraded), [pictures(1)]);
    expect(difference(found[0], expected[0]!)).toBeUndefined();
  });

  test('is cut halfway', async () => {
    const cut = cutModel(whole, { outputs: [middle] });
    const [found] = await runModel(writeModel(cut), [pictures(1)]);
    expect(found!.dims).toEqual(shapeOf(cut));
    const rest = cutModel(whole, { outputs: [whole.graph.outputs[0]!.name], inputs: [middle] });
    const [output] = await runModel(
      writeModel(rest),
      rest.graph.inputs.map((input) => (input.name === middle ? found! : pictures(1))),
    );
    expect(difference(output, expected[0]!)).toBeUndefined();
  });

  describe.each([
    ['with its weights', whole],
    ['with weights made by nodes', loaded(`${name}-light`, light(build(9)))],
  ])('%s', (kind, source) => {
    const model = replaceHead(source, { classes: 5, seed: 3 });
    const names = parameterNames(model);
    const batch = { [inputOf(model)]: pictures(4), labels };
    const options = { loss: softmaxCrossEntropy(), dims: { N: 4 }, batchNorm: 'inference' as const };

    test('learns as it stands, and keeps its weights in the file', async () => {
      const open = symbolicBatch(source);
      const [all] = await runModel(writeModel(open), [pictures(3)]);
      const [one] = await runModel(writeModel(source), [pictures(1)]);
      expect(relativeError((all!.data as Float32Array).slice(0, 10), one!.data as Float32Array)).toBeLessThan(1e-5);
      const step = trainingStep(open, { ...options, optimizer: adam() });
      const [result] = await runSteps(step, [0.005], batch, noiseOf(step));
      const trained = trainedModel(open, stateOf(step, result!));
      const learned = step.state.filter(({ role }) => role === 'parameter').map((item) => item.name);
      expect(learned).toEqual(parameterNames(whole));
      for (const parameter of learned) {
        expect(trained.graph.initializers.get(parameter)?.data, parameter).toEqual(result!.state.get(parameter));
      }
      await saved(trained, `${name}-${kind}`);
    });

    test('gets a new head on its features, for any batch', async () => {
      expect(shapeOf(model)).toEqual(['N', 5]);
      expect(model.graph.nodes.some((node) => node.outputs.includes(features))).toBe(true);
      expect(names).toEqual([...parameterNames(cutModel(whole, { outputs: [features] })), 'head.weight', 'head.bias']);
      const all = await logitsOf(model, pictures(3));
      const one = await logitsOf(model, pictures(1));
      expect(relativeError(all.slice(0, 5), one)).toBeLessThan(1e-5);
    });

    test('gives every parameter a finite gradient', async () => {
      const step = trainingStep(model, { ...options, optimizer: keepGradients });
      const [result] = await runSteps(step, [0], batch, noiseOf(step));
      for (const parameter of names) {
        const gradient = result!.state.get(`${parameter}/gradient`);
        expect(gradient?.every(Number.isFinite), parameter).toBe(true);
        if (kind === 'with its weights')
          expect(
            gradient?.some((value) => value !== 0),
            parameter,
          ).toBe(true);
      }
    });

    test.each<[string, Partial<TrainingOptions>]>([
      ['whole', {}],
      ['whole, by the statistics of each batch', { batchNorm: 'train' }],
      ['its head alone', { trainable: (parameter) => parameter.startsWith('head.') }],
    ])('learns (%s), and is exported', async (what, how) => {
      const step = trainingStep(model, { ...options, optimizer: adam(), ...how });
      const results = await runSteps(step, Array<number>(8).fill(0.005), batch, noiseOf(step));
      const losses = results.map(({ scalars }) => scalars['loss']!);
      expect(losses.at(-1)).toBeLessThan(losses[0]!);
      const trained = trainedModel(model, stateOf(step, results.at(-1)!));
      const path = await saved(trained, `${name}-${kind}-${what}`);
      const three = await logitsOf(loadModel(path), pictures(3));
      const one = await logitsOf(loadModel(path), pictures(1));
      // One more step without dropout predicts with the same parameters.
      const check = trainingStep(withoutDropout(trained), { ...options, optimizer: keepGradients });
      const [again] = await runSteps(check, [0], batch);
      expect(relativeError(three, again!.prediction.slice(0, 15))).toBeLessThan(1e-4);
      expect(relativeError(one, again!.prediction.slice(0, 5))).toBeLessThan(1e-4);
    });
  });
});

test.skipIf(!hasOnnx)("what they became passes the ONNX project's checker", () => {
  const { stdout, stderr } = spawnSync(python, ['scripts/check-with-onnx.py', ...written], { encoding: 'utf8' });
  expect(stdout + stderr).toMatch(/^onnx [\d.]+ checked 72 files\n$/);
});

const stateOf = (step: TrainingStep, { state }: StepResult): ReadonlyMap<string, Tensor> =>
  new Map(step.state.map(({ name, initial }) => [name, { ...initial, data: state.get(name)! }]));

/** Random numbers with which dropout drops nothing. */
function noiseOf({ noise }: TrainingStep): Readonly<Record<string, Tensor>> {
  return Object.fromEntries(noise.map(({ name, shape }) => [name, filled(shape.map(Number), 0.9, 'float32')]));
}

function withoutDropout(model: Model): Model {
  const nodes = model.graph.nodes.map((node) =>
    node.opType === 'Dropout'
      ? { ...node, opType: 'Identity', inputs: node.inputs.slice(0, 1), outputs: node.outputs.slice(0, 1), attributes: {} }
      : node,
  );
  return { ...model, graph: { ...model.graph, nodes } };
}
