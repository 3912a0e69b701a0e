import { execFileSync } from 'node:child_process';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { adam, sgd, softmaxCrossEntropy, trainingStep, type TrainingStep } from '../src/autodiff/index.js';
import { randomStream } from '../src/core/random.js';
import { loadModel } from '../src/formats/model-file.js';
import { createModel, replaceHead } from '../src/models/index.js';
import { classifier, conv2d, dense, embedding, flatten, lstm, maxPool, Network, paddingMask } from '../src/nn/index.js';
import { foldBatchNorm } from '../src/onnx/rewrite/index.js';
import { isTensorInfo, type Model, type Tensor } from '../src/onnx/types.js';
import { createSession, Trainer, type TensorRecord } from '../src/runtime/index.js';
import { sharedData } from '../test/support/shared-data.js';

/** One step; resolves to a number that must be finite. */
export interface Runner {
  readonly step: () => Promise<number>;
  readonly release: () => Promise<void>;
}

/** What is measured, and the scripts it is measured against: PyTorch's in every format it can choose from. */
export interface Row {
  readonly name: string;
  /** Images a step. */
  readonly batch: number;
  /** Steps a turn. */
  readonly steps: number;
  readonly peers: readonly { readonly script: string; readonly formats: readonly string[] }[];
  /** The model of a row that runs it from a file. */
  readonly model?: () => Model;
  /** The step of a row that trains. */
  readonly course?: () => Course;
  open(threads: number): Promise<Runner>;
}

const torch = (name: string, ...formats: readonly string[]): Row['peers'][number] => ({
  script: `bench/peers/torch_${name}.py`,
  formats,
});

/** Random pixels in [0, 1) in shared memory, which the session's thread reads in place. */
function pixels(dims: readonly number[]): Tensor {
  const data = new Float32Array(new SharedArrayBuffer(4 * dims.reduce((product, dim) => product * dim, 1)));
  return { type: 'float32', dims, data: randomStream(0, 'bench').fillUniform(data) };
}

/** A step, the batch it is fed again and again, and its learning rate. */
export interface Course {
  readonly step: TrainingStep;
  readonly feeds: TensorRecord;
  readonly rate: number;
}

function course(step: TrainingStep, input: Tensor, rate: number): Course {
  const [batch = 0] = input.dims;
  const name = step.batch[0]?.name ?? 'image';
  const labels: Tensor = {
    type: 'int64',
    dims: [batch],
    data: BigInt64Array.from({ length: batch }, (_, index) => BigInt(index % 10)),
  };
  return { step, feeds: { [name]: input, labels }, rate };
}

/** A row that trains. */
function training(row: Omit<Row, 'open'> & { readonly course: () => Course }): Row {
  return {
    ...row,
    async open(threads) {
      const { step, feeds, rate } = row.course();
      const trainer = await Trainer.open(step, { device: 'cpu', threads });
      return { step: async () => (await trainer.step(feeds, rate)).loss, release: () => trainer.release() };
    },
  };
}

/** Inference as a program does it that did not train: from a file, which another process wrote. */
async function inference(row: string, batch: number, image: readonly number[], threads: number): Promise<Runner> {
  const folder = await mkdtemp(join(tmpdir(), 'messier-bench-'));
  const file = join(folder, 'model.onnx');
  execFileSync(process.execPath, ['--import', 'tsx', 'bench/ours.ts', row, '--save', file]);
  const session = await createSession(file, { device: 'cpu', threads });
  await rm(folder, { recursive: true });
  const input = session.inputs[0]?.name ?? 'image';
  const feeds = { [input]: pixels([batch, ...image]) };
  return { step: async () => Number((await session.run(feeds))['logits']?.data[0]), release: () => session.release() };
}

function convnet(): Model {
  const net = new Network({ seed: 1 });
  let x = net.image({ height: 128, width: 128 });
  for (const filters of [32, 64, 128]) {
    x = maxPool(net, conv2d(net, x, { filters, kernel: 3, padding: 'same', activation: 'relu' }), { size: 2 });
  }
  classifier(net, dense(net, flatten(net, x), { units: 128, activation: 'relu' }), { classes: 10 });
  return net.build();
}

/** An LSTM of 64 units over 200 steps of 128 numbers, and a dense layer on its last state. */
function recurrent(): Model {
  const net = new Network({ seed: 1 });
  const x = net.graph.input('sequence', 'float32', ['N', 200, 128]);
  classifier(net, lstm(net, x, { name: 'lstm', units: 64 }), { classes: 10 });
  return net.build();
}

/** The same over an embedding of 10,000 words, with texts of different lengths. */
function textual(): Model {
  const net = new Network({ seed: 1 });
  const tokens = net.tokens({ length: 200 });
  const words = embedding(net, tokens, { name: 'words', vocabulary: 10_000, size: 128 });
  classifier(net, lstm(net, words, { name: 'lstm', units: 64, mask: paddingMask(net, tokens) }), { classes: 10 });
  return net.build();
}

/** Texts of 101 to 200 words that are not the padding, 0. */
function words(texts: number, length: number): Tensor {
  const random = randomStream(0, 'bench/words');
  const counts = Array.from({ length: texts }, (_, text) => length - ((text * 37) % 100));
  const data = BigInt64Array.from({ length: texts * length }, (_, place) =>
    place % length < (counts[Math.floor(place / length)] ?? 0) ? BigInt(1 + random.integer(9999)) : 0n,
  );
  return { type: 'int64', dims: [texts, length], data };
}

/** The batch's symbolic size, fixed. */
function fixed(model: Model, batch: number): Record<string, number> {
  const first = model.graph.inputs.filter(isTensorInfo)[0]?.shape?.[0];
  return typeof first === 'string' ? { [first]: batch } : {};
}

const crossEntropy = softmaxCrossEntropy();

function resnet50(name: string, ...formats: readonly string[]): Row {
  return {
    name,
    batch: 8,
    steps: 4,
    peers: [torch('infer_resnet50', ...formats)],
    model: () => foldBatchNorm(createModel('resnet50', { classes: 1000, height: 224, width: 224, seed: 1 })),
    open: (threads) => inference(name, 8, [3, 224, 224], threads),
  };
}

/** Training of a network from scratch, batch 16 at 224. */
function trainingAt224(model: string, script: string): Row {
  return training({
    name: `train-${model}`,
    batch: 16,
    steps: 2,
    peers: [torch(`train_${script}`, 'nchw', 'channels_last')],
    course() {
      const network = createModel(model, { classes: 10, dropout: 0, seed: 1 });
      const step = trainingStep(network, { loss: crossEntropy, optimizer: sgd({ momentum: 0.9 }), dims: { N: 16 } });
      return course(step, pixels([16, 3, 224, 224]), 0.01);
    },
  });
}

function inferenceAt224(model: string, script: string): Row {
  return {
    name: `infer-${model}`,
    batch: 16,
    steps: 4,
    peers: [torch(`infer_${script}`, 'nchw', 'channels_last', 'jit')],
    model: () => foldBatchNorm(createModel(model, { seed: 1 })),
    open: (threads) => inference(`infer-${model}`, 16, [3, 224, 224], threads),
  };
}

export const rows: readonly Row[] = [
  training({
    name: 'train-convnet',
    batch: 32,
    steps: 4,
    peers: [torch('train_convnet', 'nchw', 'channels_last')],
    course() {
      const step = trainingStep(convnet(), { loss: crossEntropy, optimizer: adam(), dims: { N: 32 } });
      return course(step, pixels([32, 3, 128, 128]), 1e-3);
    },
  }),
  training({
    name: 'train-resnet18',
    batch: 16,
    steps: 3,
    peers: [torch('train_resnet18', 'nchw', 'channels_last')],
    course() {
      const model = createModel('resnet18', { classes: 10, height: 128, width: 128, seed: 1 });
      const step = trainingStep(model, { loss: crossEntropy, optimizer: sgd({ momentum: 0.9 }), dims: { N: 16 } });
      return course(step, pixels([16, 3, 128, 128]), 0.01);
    },
  }),
  training({
    name: 'finetune-mobilenetv2',
    batch: 16,
    steps: 2,
    peers: [torch('finetune_mobilenetv2', 'nchw', 'channels_last')],
    course() {
      const file = join(sharedData, 'weights', 'mobilenet_v2_imagenet.onnx');
      const model = replaceHead(loadModel(file), { classes: 10, at: 'features' });
      const step = trainingStep(model, { loss: crossEntropy, optimizer: sgd({ momentum: 0.9 }), dims: fixed(model, 16) });
      return course(step, pixels([16, 3, 224, 224]), 0.001);
    },
  }),
  training({
    name: 'train-lstm',
    batch: 32,
    steps: 6,
    peers: [torch('train_lstm', 'batch_first')],
    course() {
      const step = trainingStep(recurrent(), { loss: crossEntropy, optimizer: adam(), dims: { N: 32 } });
      return course(step, pixels([32, 200, 128]), 1e-3);
    },
  }),
  training({
    name: 'train-text-lstm',
    batch: 32,
    steps: 6,
    peers: [torch('train_text_lstm', 'batch_first')],
    course() {
      const step = trainingStep(textual(), { loss: crossEntropy, optimizer: adam(), dims: { N: 32 } });
      return course(step, words(32, 200), 1e-3);
    },
  }),
  trainingAt224('mobilenet-v2', 'mobilenet_v2'),
  trainingAt224('convnext-atto', 'convnext_atto'),
  resnet50('infer-resnet50', 'nchw', 'channels_last'),
  // PyTorch's frozen and optimized trace, which folds batch norm as we do: the stricter comparison.
  resnet50('infer-resnet50-jit', 'jit'),
  {
    name: 'infer-convnet',
    batch: 32,
    steps: 4,
    peers: [torch('infer_convnet', 'nchw', 'channels_last', 'jit')],
    model: convnet,
    open: (threads) => inference('infer-convnet', 32, [3, 128, 128], threads),
  },
  inferenceAt224('mobilenet-v2', 'mobilenet_v2'),
  inferenceAt224('convnext-atto', 'convnext_atto'),
];
