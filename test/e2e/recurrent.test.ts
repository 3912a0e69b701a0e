import { describe, expect, test } from 'vitest';
import { adam, parameterNames, softmaxCrossEntropy, trainedModel, trainingStep } from '../../src/autodiff/index.js';
import { randomStream } from '../../src/core/random.js';
import { classifier, embedding, gru, lstm, Network, paddingMask } from '../../src/nn/index.js';
import { readModel } from '../../src/onnx/read.js';
import type { Model, Tensor } from '../../src/onnx/types.js';
import { writeModel } from '../../src/onnx/write.js';
import { createSession, Trainer } from '../../src/runtime/index.js';
import { projectFile, runModule } from '../support/child.js';
import { relativeError } from '../support/run-steps.js';
import { softwareWebGpu } from '../support/webgpu.js';

const [vocabulary, length] = [12, 14];
const [first, second] = [2, 7];

/** Texts of 4 to 14 words in which two words stand; which of them comes first is the class. Behind the text stands padding, 0. */
function texts(count: number, name: string): { readonly tokens: Tensor; readonly labels: Tensor } {
  const random = randomStream(0, 'texts', name);
  const tokens = new BigInt64Array(count * length);
  const labels = new BigInt64Array(count);
  for (let text = 0; text < count; text++) {
    const words = 4 + random.integer(length - 3);
    for (let place = 0; place < words; place++) {
      const word = 1 + random.integer(vocabulary - 1);
      tokens[text * length + place] = BigInt(word === first || word === second ? 1 : word);
    }
    const early = random.integer(words - 1);
    const late = early + 1 + random.integer(words - 1 - early);
    const label = random.integer(2);
    tokens[text * length + early] = BigInt(label === 0 ? first : second);
    tokens[text * length + late] = BigInt(label === 0 ? second : first);
    labels[text] = BigInt(label);
  }
  return {
    tokens: { type: 'int64', dims: [count, length], data: tokens },
    labels: { type: 'int64', dims: [count], data: labels },
  };
}

function reader(layer: typeof lstm): Model {
  const net = new Network({ seed: 3 });
  const tokens = net.tokens({ length });
  const words = embedding(net, tokens, { name: 'words', vocabulary, size: 8 });
  classifier(net, layer(net, words, { name: 'reader', units: 16, mask: paddingMask(net, tokens) }), { classes: 2 });
  return net.build();
}

/** The logits of a file, or of a training step with a state. */
async function logits(model: Model | Uint8Array, feeds: Readonly<Record<string, Tensor>>, output: string): Promise<Float32Array> {
  const session = await createSession(model, { device: 'cpu', threads: 1 });
  try {
    return (await session.run(feeds, [output]))[output]!.data as Float32Array;
  } finally {
    await session.release();
  }
}

test.each([
  { opType: 'LSTM', layer: lstm, dims: { N: 64 } },
  { opType: 'GRU', layer: gru, dims: {} },
])('$opType learns which of two words comes first, and its file says the same', async ({ opType, layer, dims }) => {
  const model = reader(layer);
  expect(parameterNames(model)).toEqual(['words.weight', 'reader.W', 'reader.R', 'reader.B', 'fc.weight', 'fc.bias']);
  const step = trainingStep(model, { loss: softmaxCrossEntropy(), optimizer: adam(), dims });
  const trainer = await Trainer.open(step, { threads: 1 });
  for (let done = 0; done < 150; done++) await trainer.step(texts(64, `train/${done}`), 0.02);
  const { tensors } = await trainer.snapshot();
  await trainer.release();

  const file = writeModel(trainedModel(model, tensors));
  expect(readModel(file).graph.nodes.filter((node) => node.opType === opType && node.domain === '')).toHaveLength(1);
  const { tokens, labels } = texts(64, 'test');
  const found = await logits(file, { tokens }, 'logits');
  const right = Array.from(labels.data, Number).filter((label, text) => found[2 * text + label]! > found[2 * text + 1 - label]!);
  expect(right.length).toBeGreaterThan(60);

  const rate: Tensor = { type: 'float32', dims: [], data: Float32Array.of(0) };
  const inTraining = await logits(
    step.model,
    { tokens, labels, [step.rate]: rate, ...Object.fromEntries(tensors) },
    step.prediction,
  );
  expect(Math.max(...inTraining.map((value, index) => Math.abs(value - found[index]!)))).toBeLessThan(1e-5);
});

const gpu = softwareWebGpu();
const reason = 'reason' in gpu ? gpu.reason : undefined;
const source = (file: string): string => JSON.stringify(projectFile(`src/${file}`));
const program = `
  import { adam, softmaxCrossEntropy, trainingStep } from ${source('autodiff/index.ts')};
  import { classifier, embedding, lstm, Network, paddingMask } from ${source('nn/index.ts')};
  import { Trainer } from ${source('runtime/index.ts')};
  const data = BigInt64Array.from({ length: 36 }, (_, i) => BigInt(i % 9 < 5 + (i % 4) ? 1 + ((i * 7) % 11) : 0));
  const batch = { tokens: { type: 'int64', dims: [4, 9], data }, labels: { type: 'int64', dims: [4], data: BigInt64Array.of(0n, 1n, 1n, 0n) } };
  const answer = {};
  for (const target of ['cpu', 'webgpu']) {
    const net = new Network({ seed: 3 });
    const tokens = net.tokens({ length: 9 });
    const words = embedding(net, tokens, { name: 'words', vocabulary: 12, size: 8 });
    classifier(net, lstm(net, words, { name: 'lstm', units: 6, mask: paddingMask(net, tokens) }), { classes: 2 });
    const step = trainingStep(net.build(), { loss: softmaxCrossEntropy(), optimizer: adam(), dims: { N: 4 }, target });
    const trainer = await Trainer.open(step, { device: target });
    answer[target] = [];
    for (let count = 0; count < 3; count++) answer[target].push((await trainer.step(batch, 0.03)).loss);
    await trainer.release();
  }
  console.log(JSON.stringify(answer));`;

describe.skipIf(reason !== undefined)(`on WebGPU in Node${reason === undefined ? '' : ` (skipped: ${reason})`}`, () => {
  test('an LSTM trains as on the processor', async () => {
    const child = await runModule(program, 'env' in gpu ? { env: gpu.env } : {});
    expect(child).toMatchObject({ code: 0 });
    const { cpu, webgpu } = JSON.parse(child.stdout) as Readonly<Record<'cpu' | 'webgpu', readonly number[]>>;
    expect(cpu.at(-1)).toBeLessThan(0.95 * cpu[0]!);
    expect(relativeError(webgpu, cpu)).toBeLessThan(1e-3);
  });
});
