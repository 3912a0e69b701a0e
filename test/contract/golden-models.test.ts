import { describe, expect, it } from 'vitest';
import { parameterNames, softmaxCrossEntropy, trainingStep, type TrainingStep } from '../../src/autodiff/index.js';
import { isTensorInfo, type Model, type Tensor } from '../../src/onnx/types.js';
import { Trainer } from '../../src/runtime/index.js';
import {
  goldenBatch,
  goldenOptimizer,
  keepGradients,
  readGolden,
  summaryError,
  withGoldenParameters,
  type GoldenModel,
} from '../support/golden-model.js';
import { goldenNetworks } from '../support/golden-networks.js';

/** Whole networks against PyTorch's float64 results (test/golden/models.py): the same weights, data and optimizer. */
describe.each(Object.keys(goldenNetworks))('%s against PyTorch', (name) => {
  const golden = readGolden(name);
  const model = withGoldenParameters(goldenNetworks[name]?.() ?? ({} as Model), golden);
  const input = model.graph.inputs.filter(isTensorInfo)[0]?.name ?? '';
  const batch = goldenBatch(golden, input);
  const dims = { N: golden.labels.length };

  it('has the same parameters', () => {
    expect([...parameterNames(model)].sort()).toEqual(golden.parameters.map((parameter) => parameter.name).sort());
    const count = parameterNames(model).reduce((sum, key) => sum + (model.graph.initializers.get(key)?.data.length ?? 0), 0);
    expect(count).toBe(golden.parameterCount);
  });

  it.each(['fixed', 'symbolic'])('gives every gradient to 1e-4, with a %s batch', async (kind) => {
    const step = trainingStep(model, {
      output: 'logits',
      loss: softmaxCrossEntropy(),
      optimizer: keepGradients,
      ...(kind === 'fixed' ? { dims } : {}),
    });
    const { tensors } = await run(step, golden, batch, 1);
    const scale = Math.hypot(...Object.values(golden.gradients).map((summary) => ('zero' in summary ? 0 : summary.norm)));
    for (const [parameter, summary] of Object.entries(golden.gradients)) {
      const error = summaryError(parameter, required(tensors, `${parameter}/gradient`), summary, scale);
      expect(error, parameter).toBeLessThan(1e-4);
    }
  });

  it('loses the same over five steps and ends at the same parameters and statistics', async () => {
    const step = trainingStep(model, { output: 'logits', loss: softmaxCrossEntropy(), optimizer: goldenOptimizer(golden), dims });
    const { losses, tensors } = await run(step, golden, batch, golden.losses.length);
    losses.forEach((loss, index) => {
      const reference = golden.losses[index] ?? NaN;
      expect(Math.abs(loss - reference) / Math.max(Math.abs(reference), 1e-3), `loss ${index}`).toBeLessThan(1e-3);
    });
    for (const [key, summary] of Object.entries({ ...golden.after, ...golden.running })) {
      expect(summaryError(key, required(tensors, key), summary, 1), key).toBeLessThan(1e-3);
    }
  });
});

async function run(step: TrainingStep, golden: GoldenModel, batch: Readonly<Record<string, Tensor>>, steps: number) {
  const trainer = await Trainer.open(step, { device: 'cpu', threads: 2 });
  try {
    const losses: number[] = [];
    for (let count = 0; count < steps; count++) losses.push((await trainer.step(batch, golden.optimizer.learningRate)).loss);
    return { losses, tensors: (await trainer.snapshot()).tensors };
  } finally {
    await trainer.release();
  }
}

function required(tensors: ReadonlyMap<string, Tensor>, name: string): Tensor {
  const tensor = tensors.get(name);
  if (!tensor) throw new Error(`No state "${name}".`);
  return tensor;
}
