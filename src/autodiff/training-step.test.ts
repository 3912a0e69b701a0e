import { describe, expect, test } from 'vitest';
import { runModel } from '../../test/support/onnx-cases.js';
import { relativeError, runSteps } from '../../test/support/run-steps.js';
import { filled, smallBatch, smallNetwork } from '../../test/support/small-network.js';
import { float } from '../onnx/assembler.js';
import { GraphBuilder } from '../onnx/builder.js';
import { float32, int64 } from '../onnx/tensors.js';
import type { Graph, Model, Tensor } from '../onnx/types.js';
import { writeModel } from '../onnx/write.js';
import { softmaxCrossEntropy } from './losses.js';
import { adam, sgd } from './optimizers.js';
import { trainedModel } from './trained-model.js';
import { trainingStep, type TrainingOptions, type TrainingStep } from './training-step.js';

const plain = { loss: softmaxCrossEntropy(), optimizer: sgd() } as const;
const names = (step: TrainingStep, role: string): string[] =>
  step.state.filter((item) => item.role === role).map((item) => item.name);
const count = (model: Model, opType?: string): number =>
  model.graph.nodes.filter((node) => opType === undefined || node.opType === opType).length;
const run = async (model: Model, options: Partial<TrainingOptions> = {}, rates = [0.1]) =>
  runSteps(trainingStep(model, { ...plain, ...options }), rates, smallBatch(4));

describe('what a step says of itself', () => {
  test('inputs of a batch, state with its next values, scalars', () => {
    const step = trainingStep(smallNetwork(), { ...plain, optimizer: adam(), dims: { N: 4 }, clipNorm: 1 });
    expect(step.batch).toEqual([
      { name: 'image', type: 'float32', shape: [4, 2, 6, 6] },
      { name: 'labels', type: 'int64', shape: [4] },
    ]);
    expect(names(step, 'parameter')).toEqual(['conv0.weight', 'head.weight', 'head.bias']);
    expect(names(step, 'optimizer')).toContain('head.bias/second');
    expect(step.scalars).toEqual(['loss', 'correct', 'gradientNorm']);
    expect(step.prediction).toBe('logits');
    expect(step.model.graph.outputs.map((output) => output.name)).toEqual(
      expect.arrayContaining(step.state.map((item) => item.next)),
    );
  });

  test('training lowers the loss', async () => {
    const results = await run(smallNetwork({ blocks: 2, batchNorm: true }), {}, new Array<number>(20).fill(0.1));
    expect(results.at(-1)!.scalars['loss']).toBeLessThan(0.5 * results[0]!.scalars['loss']!);
  });
});

describe('frozen parameters', () => {
  const head = { ...plain, trainable: (name: string) => name.startsWith('head') };

  test('leave nothing to compute below the lowest trainable one', () => {
    const [shallow, deep] = [smallNetwork({ blocks: 1 }), smallNetwork({ blocks: 6 })];
    const added = (model: Model): number => count(trainingStep(model, head).model) - count(model);
    expect(added(deep)).toBe(added(shallow));
    expect(count(trainingStep(deep, head).model, 'Conv')).toBe(6);
  });

  test('between two trainable ones still pass the gradient on', async () => {
    const trainable = (name: string): boolean => name !== 'conv1.weight';
    const model = smallNetwork({ blocks: 3 });
    const [part] = await run(model, { trainable });
    const [whole] = await run(model);
    expect(part!.state.has('conv1.weight')).toBe(false);
    expect(relativeError(part!.state.get('conv0.weight')!, whole!.state.get('conv0.weight')!)).toBeLessThan(1e-6);
  });

  test('with a batch norm keep its running statistics as they are', () => {
    const step = trainingStep(smallNetwork({ batchNorm: true }), head);
    expect(names(step, 'statistic')).toEqual([]);
    expect(step.model.graph.nodes.some((node) => node.attributes['training_mode'])).toBe(false);
  });
});

describe('batch norm', () => {
  const model = smallNetwork({ batchNorm: true });

  test('in training follows the batch with its momentum and the unbiased variance', async () => {
    const [result] = await run(model);
    const convolved = await runModel(writeModel(outputOf(model, 'conv0:out')), [smallBatch(4).image]);
    for (const channel of [0, 1]) {
      const values = Array.from(convolved[0]!.data as Float32Array).filter((_, index) => Math.floor(index / 36) % 2 === channel);
      const mean = values.reduce((sum, value) => sum + value, 0) / values.length;
      const variance = values.reduce((sum, value) => sum + (value - mean) ** 2, 0) / (values.length - 1);
      const [oldMean, oldVariance] = [filled('bn0.mean', [2], 0.25), filled('bn0.variance', [2], 0.25, 1)].map(
        (old) => old.data[channel] as number,
      );
      expect(result!.state.get('bn0.mean')![channel]).toBeCloseTo(0.75 * oldMean! + 0.25 * mean, 5);
      expect(result!.state.get('bn0.variance')![channel]).toBeCloseTo(0.75 * oldVariance! + 0.25 * variance, 5);
    }
  });

  test('in inference mode predicts what the model predicts, and trains scale and bias', async () => {
    const [result] = await run(model, { batchNorm: 'inference' });
    const [logits] = await runModel(writeModel(model), [smallBatch(4).image]);
    expect(relativeError(result!.prediction, logits!.data as Float32Array)).toBeLessThan(1e-5);
    expect([...result!.state.keys()]).toEqual(expect.arrayContaining(['bn0.scale', 'bn0.bias']));
    expect([...result!.state.keys()]).not.toContain('bn0.mean');
  });
});

describe('a batch norm that is used twice', () => {
  test.each(['cpu', 'webgpu'] as const)('follows both of its batches, one after the other, %s', async (target) => {
    const g = new GraphBuilder();
    const initial = [1, 0, 0, 1].map((value, index) =>
      g.parameter(`bn${String(index)}`, { type: 'float32', dims: [3], data: new Float32Array(3).fill(value) }),
    );
    const norm = (x: ReturnType<typeof g.value>) => g.op('BatchNormalization', [x, ...initial], { momentum: float(0.5) });
    const x = g.input('x', 'float32', ['N', 3]);
    g.output(norm(g.mul(norm(x), g.scalar(2))), 'logits');
    const step = trainingStep(g.build(), { ...plain, dims: { N: 4 }, target });
    expect(names(step, 'statistic')).toEqual(['bn2', 'bn3']);
    const values = filled('x', [4, 3]);
    const [result] = await runSteps(step, [0.1], { x: values, labels: smallBatch(4).labels });
    const [first] = [0, 3, 6, 9]
      .map((index) => values.data[index] as number)
      .map((value, _, all) => {
        const mean = all.reduce((sum, each) => sum + each, 0) / 4;
        return { mean, variance: all.reduce((sum, each) => sum + (each - mean) ** 2, 0) / 3 };
      });
    // The second batch is twice a standardized one: its mean is 0, its unbiased variance 4 * 4/3 but for epsilon.
    const share = (0.75 * first!.variance) / (0.75 * first!.variance + 1e-5);
    expect(result!.state.get('bn2')![0]).toBeCloseTo(0.5 * 0.5 * first!.mean, 5);
    expect(result!.state.get('bn3')![0]).toBeCloseTo(0.5 * (0.5 + 0.5 * first!.variance) + (share * 0.5 * 16) / 3, 4);
  });
});

/** A model with another of its values as its output. */
function outputOf(model: Model, name: string): Model {
  return { ...model, graph: { ...model.graph, outputs: [{ name, type: 'float32' }] } };
}

describe('what differs in training', () => {
  test('dropout multiplies by a mask made of the numbers fed', async () => {
    const model = smallNetwork({ dropout: 0.25 });
    const step = trainingStep(model, { ...plain, dims: { N: 4 } });
    expect(step.noise).toEqual([{ name: expect.stringContaining('noise/') as string, shape: [4, 2, 6, 6] }]);
    const feed = async (value: number) => {
      const noise: Tensor = { type: 'float32', dims: [4, 2, 6, 6], data: new Float32Array(288).fill(value) };
      const [result] = await runSteps(step, [0.1], smallBatch(4), { [step.noise[0]!.name]: noise });
      return result!.prediction;
    };
    const bias = filled('head.bias', [3], 0.25).data as Float32Array;
    const all = Array.from({ length: 4 }, () => [...bias]).flat();
    expect(relativeError(await feed(0.2), all)).toBeLessThan(1e-6);
    const [logits] = await runModel(writeModel(model), [smallBatch(4).image]);
    const expected = Array.from(logits!.data as Float32Array, (value, index) => (value - all[index]!) / 0.75 + all[index]!);
    expect(relativeError(await feed(0.3), expected)).toBeLessThan(1e-5);
  });

  test('a ReLU moves behind the max-pool that follows it, and the prediction stays', async () => {
    const model = smallNetwork({ maxPool: true });
    const step = trainingStep(model, plain);
    const order = step.model.graph.nodes.map((node) => node.opType).filter((type) => type === 'Relu' || type === 'MaxPool');
    expect(order.slice(0, 2)).toEqual(['MaxPool', 'Relu']);
    const [result] = await runSteps(step, [0.1], smallBatch(4));
    const [logits] = await runModel(writeModel(model), [smallBatch(4).image]);
    expect(relativeError(result!.prediction, logits!.data as Float32Array)).toBeLessThan(1e-5);
  });

  test.each([
    { domain: '', branches: false, order: ['MaxPool', 'Relu'] },
    { domain: '', branches: true, order: ['Relu', 'MaxPool'] },
    { domain: 'other', branches: false, order: ['Relu', 'MaxPool'] },
  ])('a ReLU moves where nothing else reads it, branches included: %o', ({ domain, branches, order }) => {
    const g = new GraphBuilder();
    const relu = g.op('Relu', [g.input('x', 'float32', [4, 1, 6, 6])], {}, { domain, outputs: ['relu'] });
    const pooled = g.op('MaxPool', [{ ...relu, shape: [4, 1, 6, 6] }], { kernel_shape: [2, 2], strides: [2, 2] });
    const info = { name: 'negative', type: 'float32' as const, shape: [4, 1, 6, 6] };
    const nodes = [{ name: 'negative', opType: 'Neg', domain: '', inputs: ['relu'], outputs: ['negative'], attributes: {} }];
    const branch: Graph = { name: 'branch', nodes, inputs: [], outputs: [info], initializers: new Map(), values: new Map() };
    const attribute = { kind: 'graph' as const, value: branch };
    const chosen = branches
      ? [g.op('If', [g.input('condition', 'bool', [])], { then_branch: attribute, else_branch: attribute })]
      : [];
    const rows = [pooled, ...chosen].map((value) => g.reshape(value, [4, -1]));
    g.output(g.matmul(g.reduceMean(g.concat(rows, 1), [1]), g.parameter('weight', filled('weight', [1, 3]))), 'logits');
    const { model } = trainingStep(g.build(), plain);
    const types = model.graph.nodes.map((node) => node.opType).filter((type) => type === 'Relu' || type === 'MaxPool');
    expect(types).toEqual(order);
  });

  test('a convolution of many channels over few pixels is a matrix product, and the prediction stays', async () => {
    const g = new GraphBuilder();
    const x = g.input('x', 'float32', ['N', 160, 5, 4]);
    const weight = g.parameter('weight', filled('weight', [160, 160, 3, 2], 0.1));
    const y = g.conv(x, weight, g.parameter('bias', filled('bias', [160])), { strides: [2, 1], pads: [1, 0, 0, 1] });
    g.output(g.reduceMean(y, [2, 3], false), 'logits');
    const model = g.build();
    const step = trainingStep(model, { ...plain, dims: { N: 3 } });
    expect(count(step.model, 'Conv')).toBe(0);
    const image = filled('x', [3, 160, 5, 4]);
    const [result] = await runSteps(step, [0.1], { x: image, labels: smallBatch(3).labels });
    const [logits] = await runModel(writeModel(model), [image]);
    expect(relativeError(result!.prediction, logits!.data as Float32Array)).toBeLessThan(1e-5);
  });

  test('the norm of all gradients is added up by what the device has', () => {
    const sums = (target: 'cpu' | 'webgpu') =>
      count(trainingStep(smallNetwork(), { ...plain, dims: { N: 4 }, clipNorm: 1, target }).model, 'Sum');
    expect([sums('cpu'), sums('webgpu')]).toEqual([1, 0]);
  });

  test.each(['a batch of any size', 'WebGPU'])('%s gives the same state', async (what) => {
    const model = smallNetwork({ blocks: 2, batchNorm: true, maxPool: true });
    const rates = [0.1, 0.05, 0.2];
    const fixed = await run(model, { dims: { N: 4 } }, rates);
    const other = await run(model, what === 'WebGPU' ? { dims: { N: 4 }, target: 'webgpu' } : {}, rates);
    for (const [name, value] of fixed.at(-1)!.state)
      expect(relativeError(other.at(-1)!.state.get(name)!, value), name).toBeLessThan(1e-4);
  });
});

describe('moving averages and the trained model', () => {
  test('an average follows its parameter', async () => {
    const results = await run(smallNetwork(), { averageDecay: 0.9 }, [0.1, 0.1]);
    let average = [...(filled('head.bias', [3], 0.25).data as Float32Array)];
    for (const { state } of results) {
      const now = state.get('head.bias')!;
      average = average.map((value, index) => 0.9 * value + 0.1 * now[index]!);
      expect(relativeError(state.get('head.bias/average')!, average)).toBeLessThan(1e-6);
    }
  });

  test('the trained model has the new parameters, or their averages', () => {
    const model = smallNetwork();
    const state = new Map([
      ['head.bias', filled('new', [3])],
      ['head.bias/average', filled('average', [3])],
    ]);
    const bias = (options?: { averages: boolean }) =>
      trainedModel(model, state, options).graph.initializers.get('head.bias')?.data;
    expect(bias()).toEqual(filled('new', [3]).data);
    expect(bias({ averages: true })).toEqual(filled('average', [3]).data);
    expect(trainedModel(model, state).graph.initializers.get('head.weight')).toBe(model.graph.initializers.get('head.weight'));
  });
});

describe('a file whose nodes make the weights and have no names', () => {
  /** The small network, its dense weights made by a Constant node and those of the convolution by ConstantOfShape. */
  function made(): Model {
    const { graph, ...rest } = smallNetwork({ maxPool: true });
    const initializers = new Map(graph.initializers);
    const dense = initializers.get('head.weight')!;
    initializers.delete('head.weight');
    initializers.delete('conv0.weight');
    initializers.set('sizes', int64([2, 2, 3, 3]));
    const value = (tensor: Tensor) => ({ value: { kind: 'tensor' as const, value: tensor } });
    const maker = { name: '', domain: '' };
    const makers = [
      { ...maker, opType: 'Constant', inputs: [], outputs: ['head.weight'], attributes: value(dense) },
      {
        ...maker,
        opType: 'ConstantOfShape',
        inputs: ['sizes'],
        outputs: ['conv0.weight'],
        attributes: value(float32([1], [0.02])),
      },
    ];
    const nodes = [...makers, ...graph.nodes.map((node) => ({ ...node, name: '' }))];
    return { ...rest, graph: { ...graph, nodes, initializers } };
  }

  test('trains them, and the trained model holds them as initializers', async () => {
    const model = made();
    const step = trainingStep(model, { ...plain, dims: { N: 4 } });
    expect(names(step, 'parameter').sort()).toEqual(['conv0.weight', 'head.bias', 'head.weight']);
    const [first] = await runSteps(step, [0.1], smallBatch(4));
    const [logits] = await runModel(writeModel(model), [smallBatch(4).image]);
    expect(relativeError(first!.prediction, logits!.data as Float32Array)).toBeLessThan(1e-5);
    const state = new Map(step.state.map(({ name, initial }) => [name, { ...initial, data: first!.state.get(name)! }]));
    const trained = trainedModel(model, state);
    expect([...trained.graph.initializers.keys()].sort()).toEqual(['conv0.weight', 'head.bias', 'head.weight']);
    expect(trained.graph.nodes.map((node) => node.opType)).not.toContain('ConstantOfShape');
    expect(trained.graph.initializers.get('head.weight')?.data).toEqual(first!.state.get('head.weight'));
    const again = await runSteps(trainingStep(trained, { ...plain, dims: { N: 4 } }), [0], smallBatch(4));
    const [result] = await runModel(writeModel(trained), [smallBatch(4).image]);
    expect(relativeError(again[0]!.prediction, result!.data as Float32Array)).toBeLessThan(1e-5);
  });

  test('one that training does not touch stays as it is', () => {
    const model = made();
    const trained = trainedModel(model, new Map([['head.weight', filled('new', [3, 18])]]));
    expect(trained.graph.nodes.map((node) => node.opType)).toContain('ConstantOfShape');
    expect(trained.graph.nodes.map((node) => node.opType)).not.toContain('Constant');
  });
});

test("logits that a convolution makes, (N, C, 1, 1), are a classifier's too", async () => {
  const g = new GraphBuilder();
  const x = g.globalAveragePool(g.input('image', 'float32', ['N', 2, 6, 6]));
  g.output(g.conv(x, g.parameter('weight', filled('weight', [3, 2, 1, 1]))), 'logits');
  const [map] = await run(g.build(), { dims: { N: 4 } }, [0.1]);
  const h = new GraphBuilder();
  const y = h.flatten(h.globalAveragePool(h.input('image', 'float32', ['N', 2, 6, 6])));
  h.output(h.gemm(y, h.parameter('weight', filled('weight', [3, 2])), undefined, { transB: true }), 'logits');
  const [rows] = await run(h.build(), { dims: { N: 4 } }, [0.1]);
  expect(map!.scalars['loss']).toBeCloseTo(rows!.scalars['loss']!, 6);
  expect(relativeError(map!.state.get('weight')!, rows!.state.get('weight')!)).toBeLessThan(1e-5);
});

describe('what stops with a coded error', () => {
  test('a batch that the file fixes, and an opset that was not upgraded', () => {
    const g = new GraphBuilder();
    g.output(g.gemm(g.input('x', 'float32', [1, 4]), g.parameter('w', filled('w', [4, 3]))), 'y');
    const model = g.build();
    const error = (code: string) => expect.objectContaining({ code }) as Error;
    expect(() => trainingStep(model, { ...plain, dims: { N: 4 } })).toThrow(error('autodiff/dims'));
    expect(() => trainingStep(model, { ...plain, dims: { N: 1 } })).not.toThrow();
    expect(() => trainingStep({ ...model, opsets: { '': 9 } }, plain)).toThrow(error('autodiff/opset'));
  });

  test.each([{ batch: 4 }, { N: 0 }, { N: 2.5 }, { N: NaN }])('sizes that are none, or of no dimension: %o', (dims) => {
    const error = expect.objectContaining({ code: 'autodiff/dims' }) as Error;
    expect(() => trainingStep(smallNetwork(), { ...plain, dims: dims })).toThrow(error);
  });

  test.each(['loss', 'correct', 'gradientNorm', 'labels', 'learningRate', 'optimizer/step', 'w/first'])(
    'a model that names a value "%s" as the step names one of its own',
    (name) => {
      const dense = (value: string): Model => {
        const g = new GraphBuilder();
        const [y] = g.node(
          'MatMul',
          [g.input('x', 'float32', [4, 4]), g.parameter('w', filled('w', [4, 3]))],
          {},
          { outputs: [value] },
        );
        g.output(g.relu(y!), 'y');
        return g.build();
      };
      const options = { ...plain, optimizer: adam(), clipNorm: 1 };
      const error = expect.objectContaining({ code: 'autodiff/name', message: expect.stringContaining(name) as string }) as Error;
      expect(() => trainingStep(dense(name), options)).toThrow(error);
      expect(() => trainingStep(dense('other'), options)).not.toThrow();
    },
  );

  test('weights and outputs in another precision', () => {
    const dense = (type: 'float16' | 'float32', to: 'float16' | 'float32'): Model => {
      const g = new GraphBuilder();
      const x = g.input('x', type, [4, 2]);
      const data = type === 'float16' ? new Uint16Array(6) : new Float32Array(6);
      g.output(g.cast(g.matmul(x, g.parameter('w', { type, dims: [2, 3], data })), to), 'y');
      return g.build();
    };
    const error = expect.objectContaining({ code: 'autodiff/type' }) as Error;
    expect(() => trainingStep(dense('float16', 'float32'), plain)).toThrow(error);
    expect(() => trainingStep(dense('float32', 'float16'), plain)).toThrow(error);
  });

  test.each([
    ['another name', 'bias', filled('bias', [3])],
    ['another shape', 'head.bias', filled('head.bias', [4])],
    ['another length', 'head.bias', { ...filled('head.bias', [3]), data: new Float32Array(2) }],
  ])('a state with a tensor of %s', (_, name, tensor) => {
    const error = expect.objectContaining({ code: 'autodiff/state' }) as Error;
    expect(() => trainedModel(smallNetwork(), new Map([[name, tensor]]))).toThrow(error);
  });

  /** A trainable convolution below an operator without a rule, a dense layer above it. */
  function withDet(): Model {
    const g = new GraphBuilder();
    const x = g.conv(g.input('x', 'float32', [4, 1, 3, 3]), g.parameter('below', filled('below', [1, 1, 1, 1])));
    const volumes = g.op('Det', [x], {}, { name: 'volume' });
    g.output(g.gemm(volumes, g.parameter('above', filled('above', [1, 2]))), 'y');
    return g.build();
  }

  test('an operator without a rule, unless everything below it is frozen', () => {
    expect(() => trainingStep(withDet(), plain)).toThrow(/Det "volume" has no gradient rule/);
    expect(names(trainingStep(withDet(), { ...plain, trainable: (name) => name === 'above' }), 'parameter')).toEqual(['above']);
  });

  test.each<[string, Partial<TrainingOptions>, string]>([
    ['nothing to train', { trainable: () => false }, 'autodiff/no-parameters'],
    ['an absent output', { output: 'features' }, 'autodiff/output'],
    ['a norm of 0', { clipNorm: 0 }, 'optimizer/option'],
    ['an average that never moves', { averageDecay: 1 }, 'optimizer/option'],
  ])('%s', (_, options, code) => {
    expect(() => trainingStep(smallNetwork(), { ...plain, ...options })).toThrow(expect.objectContaining({ code }));
  });
});
