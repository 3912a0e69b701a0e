import { expect, test } from 'vitest';
import { adam, parameterNames, softmaxCrossEntropy, trainedModel, trainingStep } from '../../src/autodiff/index.js';
import { randomStream } from '../../src/core/random.js';
import { classifier, embedding, gru, lstm, Network, paddingMask } from '../../src/nn/index.js';
import { readModel } from '../../src/onnx/read.js';
import type { Model, Tensor } from '../../src/onnx/types.js';
import { writeModel } from '../../src/onnx/write.js';
import { createSession, Trainer } from '../../src/runtime/index.js';

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
