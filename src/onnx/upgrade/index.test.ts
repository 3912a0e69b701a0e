import { describe, expect, test } from 'vitest';
import { float32, int64 } from '../tensors.js';
import type { Attribute, Graph, Model, Node, Tensor } from '../types.js';
import { validateModel } from '../validate.js';
import { upgradeModel } from './index.js';

const int = (value: number): Attribute => ({ kind: 'int', value });
const ints = (...value: number[]): Attribute => ({ kind: 'ints', value });
const node = (opType: string, inputs: string[], outputs: string[], attributes: Node['attributes'] = {}): Node => ({
  name: '',
  opType,
  domain: '',
  inputs,
  outputs,
  attributes,
});

function graphOf(nodes: readonly Node[], initializers: Record<string, Tensor> = {}, input: 'x' | 'none' = 'x'): Graph {
  const last = nodes.at(-1)?.outputs[0] ?? '';
  return {
    name: 'g',
    nodes,
    inputs: input === 'x' ? [{ name: 'x', type: 'float32', shape: ['N', 3, 8, 8] }] : [],
    outputs: [{ name: last, type: 'float32' }],
    initializers: new Map(Object.entries(initializers)),
    values: new Map(),
  };
}

function upgraded(opset: number, graph: Graph): Graph {
  const model: Model = { irVersion: 3, opsets: { '': opset }, producer: '', graph, metadata: {}, functions: [] };
  const result = upgradeModel(model);
  validateModel(result);
  return result.graph;
}

const operators = (graph: Graph): string[] => graph.nodes.map((each) => each.opType);
const refusal = expect.objectContaining({ code: 'onnx/upgrade' }) as Error;

describe('versions', () => {
  test.each([
    [1, 17, 8],
    [16, 17, 8],
    [17, 17, 8],
    [18, 18, 8],
    [19, 19, 9],
    [21, 21, 10],
  ])('opset %i becomes %i of IR %i', (from, to, irVersion) => {
    const graph = graphOf([node('Relu', ['x'], ['y'])]);
    const model: Model = {
      irVersion: 3,
      opsets: { '': from, other: 1 },
      producer: 'p',
      graph,
      metadata: { a: 'b' },
      functions: [],
    };
    expect(upgradeModel(model)).toEqual({ ...model, irVersion, opsets: { '': to, other: 1 } });
  });

  test('a model without the standard opset keeps what it has', () => {
    const graph = graphOf([{ ...node('Relu', ['x'], ['y']), domain: 'other' }]);
    const model: Model = { irVersion: 9, opsets: { other: 1 }, producer: '', graph, metadata: {}, functions: [] };
    expect(upgradeModel(model)).toEqual(model);
  });
});

describe('upgradeModel', () => {
  test('takes initializers out of the inputs', () => {
    const graph = graphOf([node('Add', ['x', 'w'], ['y'])], { w: float32([1], [1]) });
    const inputs: Graph['inputs'] = [...graph.inputs, { name: 'w', type: 'float32', shape: [1] }];
    expect(upgraded(8, { ...graph, inputs }).inputs).toEqual(graph.inputs);
  });

  test('leaves nodes of other domains alone', () => {
    const other = { ...node('Clip', ['x'], ['y'], { min: { kind: 'float', value: 1 } }), domain: 'other' };
    expect(upgraded(6, graphOf([other])).nodes).toEqual([other]);
  });

  // The light models of the ONNX project: weights made by ConstantOfShape, opset 9 declared for it, nodes as opset 3 wrote them.
  test('knows ranks through layers whose weights are computed', () => {
    const graph = graphOf(
      [
        node('ConstantOfShape', ['wShape'], ['w']),
        node('ConstantOfShape', ['bShape'], ['b']),
        node('Conv', ['x', 'w'], ['c'], { consumed_inputs: ints(0, 0) }),
        node('BatchNormalization', ['c', 'b', 'b', 'b', 'b'], ['n', 'm', 'v', 'sm', 'sv'], { is_test: int(1), spatial: int(1) }),
        node('Dropout', ['n'], ['d', 'mask'], { is_test: int(1) }),
        node('Mul', ['d', 'b'], ['y'], { broadcast: int(1), axis: int(1) }),
      ],
      { wShape: int64([4, 3, 1, 1]), bShape: int64([4]) },
    );
    const result = upgraded(9, graph);
    expect(operators(result).slice(2)).toEqual(['Conv', 'BatchNormalization', 'Dropout', 'Unsqueeze', 'Mul']);
    expect(result.nodes.slice(2, 5)).toMatchObject([{ attributes: {} }, { outputs: ['n'], attributes: {} }, { outputs: ['d'] }]);
    expect(result.initializers.get(result.nodes[5]!.inputs[1]!)).toEqual(int64([1, 2]));
  });

  test('upgrades subgraphs, which know the values around them', () => {
    const branch = graphOf([node('Add', ['x', 'w'], ['z'], { broadcast: int(1), axis: int(1) })], {}, 'none');
    const graph = graphOf(
      [
        node('If', ['c'], ['y'], {
          then_branch: { kind: 'graph', value: branch },
          else_branch: { kind: 'graph', value: branch },
        }),
      ],
      {
        w: float32([3], [1, 2, 3]),
        c: { type: 'bool', dims: [], data: Uint8Array.of(1) },
      },
    );
    const { then_branch, else_branch } = upgraded(6, graph).nodes[0]!.attributes;
    for (const each of [then_branch, else_branch]) {
      const inner = (each as Extract<Attribute, { kind: 'graph' }>).value;
      const [unsqueeze, add] = inner.nodes;
      expect(unsqueeze).toMatchObject({ opType: 'Unsqueeze', inputs: ['w', expect.any(String)] });
      expect(inner.initializers.get(unsqueeze!.inputs[1]!)).toEqual(int64([1, 2]));
      expect(add!.inputs).toEqual(['x', unsqueeze!.outputs[0]]);
    }
  });

  test('makes bounds of the type of the data', () => {
    const graph = graphOf([
      node('Cast', ['x'], ['h'], { to: int(10) }),
      node('Clip', ['h'], ['y'], { max: { kind: 'float', value: 1 } }),
    ]);
    const result = upgraded(10, graph);
    expect(result.nodes[1]!.inputs).toEqual(['h', '', 'y:max:1']);
    expect(result.initializers.get('y:max:1')).toEqual({ type: 'float16', dims: [], data: Uint16Array.of(0x3c00) });
  });

  test('takes no name that is taken', () => {
    const graph = graphOf([
      node('Relu', ['x'], ['y:max:1']),
      node('Clip', ['y:max:1'], ['y'], { max: { kind: 'float', value: 1 } }),
    ]);
    expect(upgraded(10, graph).nodes[1]!.inputs).toEqual(['y:max:1', '', 'y:max:2']);
  });

  test.each<[string, Node['attributes'], string[], number[]]>([
    ['its attribute', { shape: ints(2, 3) }, [], [2, 3]],
    ['a constant', { input_as_shape: int(1), extra_shape: ints(5) }, ['s'], [4, 5]],
  ])('fills a constant whose shape is in %s', (_, attributes, inputs, shape) => {
    const value: Attribute = { kind: 'float', value: 2 };
    const result = upgraded(6, graphOf([node('ConstantFill', inputs, ['y'], { ...attributes, value })], { s: int64([4]) }));
    expect(result.nodes).toMatchObject([{ opType: 'ConstantOfShape', attributes: { value: { value: float32([1], [2]) } } }]);
    expect(result.initializers.get(result.nodes[0]!.inputs[0]!)).toEqual(int64(shape));
  });

  test('asks for training where batch normalization did', () => {
    const nodes = [node('BatchNormalization', ['x', 's', 's', 's', 's'], ['y', 'm', 'v', 'sm', 'sv'])];
    const graph = graphOf(nodes, { s: float32([3], [1, 1, 1]) });
    expect(upgraded(9, { ...graph, outputs: [...graph.outputs, { name: 'm', type: 'float32' }] }).nodes[0]).toMatchObject({
      outputs: ['y', 'm', 'v'],
      attributes: { training_mode: int(1) },
    });
    expect(() => upgraded(9, { ...graph, outputs: [{ name: 'sm', type: 'float32' }] })).toThrow(refusal);
  });
});

describe('upgradeModel refuses', () => {
  const s = float32([3], [1, 1, 1]);
  const broadcast = { broadcast: int(1), axis: int(1) };

  test.each<[string, number, Node[], RegExp]>([
    [
      'statistics of single activations',
      8,
      [node('BatchNormalization', ['x', 's', 's', 's', 's'], ['y'], { spatial: int(0) })],
      /spatial/,
    ],
    [
      'broadcasting over an unknown rank',
      6,
      [node('Loop', ['x'], ['l']), node('Add', ['l', 's'], ['y'], broadcast)],
      /unknown rank/,
    ],
    ['broadcasting beyond the end', 6, [node('Add', ['x', 's'], ['y'], { ...broadcast, axis: int(4) })], /no room/],
    ['a slope over an unknown rank', 6, [node('Loop', ['x'], ['l']), node('PRelu', ['l', 's'], ['y'])], /unknown/],
    ['a mask of numbers', 9, [node('Dropout', ['x'], ['d', 'm']), node('Add', ['d', 'm'], ['y'])], /mask/],
    ['growing and shrinking at once', 9, [node('Upsample', ['x', 'mixed'], ['y'])], /shrinks/],
    ['a type by an unknown name', 5, [node('Cast', ['x'], ['y'], { to: { kind: 'string', value: 'QUATERNION' } })], /QUATERNION/],
    ['a shape that is computed', 6, [node('ConstantFill', ['x'], ['y'], { input_as_shape: int(1) })], /constant/],
    ['sizes of parts as data', 1, [node('Split', ['x', 's'], ['y'])], /sizes/],
    ['repeats that are computed', 1, [node('Tile', ['x', 'x', 'x'], ['y'])], /constants/],
  ])('%s', (_, opset, nodes, message) => {
    const graph = graphOf(nodes, { s, mixed: float32([4], [1, 1, 2, 0.5]) });
    expect(() => upgraded(opset, graph)).toThrow(refusal);
    expect(() => upgraded(opset, graph)).toThrow(message);
  });
});
