import { describe, expect, test } from 'vitest';
import type { Value } from '../assembler.js';
import { GraphBuilder } from '../builder.js';
import type { Attribute, Graph, Model, Node, Shape } from '../types.js';
import { inferNode, inferShapes, registerShapeRule, type Known } from './index.js';

function node(
  opType: string,
  attributes: Readonly<Record<string, number | string | readonly number[]>> = {},
  more: Partial<Node> = {},
): Node {
  const encoded = Object.entries(attributes).map(([key, value]): [string, Attribute] => {
    if (typeof value === 'number') return [key, { kind: 'int', value }];
    return [key, typeof value === 'string' ? { kind: 'string', value } : { kind: 'ints', value }];
  });
  return { name: 'stem', opType, domain: '', inputs: [], outputs: ['y'], attributes: Object.fromEntries(encoded), ...more };
}

const shaped = (...shape: Shape): Known => ({ type: 'float32', shape });
const holding = (...value: (number | string)[]): Known => ({ type: 'int64', shape: [value.length], value });

function shapeOf(which: Node, inputs: readonly (Known | undefined)[], opset = 17): Shape | undefined {
  return inferNode({ node: which, inputs, opset })[0]?.shape;
}

describe('names of sizes pass through', () => {
  test.each<readonly [string, Node, readonly Known[], Shape]>([
    [
      'a strided convolution',
      node('Conv', { strides: [2, 2], pads: [1, 1, 1, 1] }),
      [shaped('N', 3, 'H', 9), shaped(8, 3, 3, 3)],
      ['N', 8, 'floor((H+1)/2)', 5],
    ],
    ['a transposed one', node('ConvTranspose', { strides: [2] }), [shaped('N', 3, 'L'), shaped(3, 4, 2)], ['N', 4, 'L*2']],
    ['flattening known axes', node('Flatten'), [shaped('N', 8, 7, 7)], ['N', 392]],
    ['flattening a name', node('Flatten'), [shaped('N', 'H', 3)], ['N', 'H*3']],
    ['broadcasting 1', node('Add'), [shaped('N', 1, 4), shaped(3, 1)], ['N', 3, 4]],
    ['a name that meets a number', node('Add'), [shaped('N', 4), shaped(8, 4)], [8, 4]],
    ['reshape with 0 and -1', node('Reshape'), [shaped('N', 8, 7, 7), holding(0, -1)], ['N', 392]],
    ['reshape with -1 first', node('Reshape'), [shaped('N', 8, 7, 7), holding(-1, 392)], ['N', 392]],
    ['reshape to a name', node('Reshape'), [shaped('N', 'T', 64), holding('N', 'T', 8, 8)], ['N', 'T', 8, 8]],
    ['reshape that splits heads', node('Reshape'), [shaped('N', 'T', 64), holding('N', -1, 8, 8)], ['N', 'T', 8, 8]],
    ['concatenation', node('Concat', { axis: 1 }), [shaped('N', 'T'), shaped('N', 1)], ['N', 'T+1']],
    ['a slice to the end', node('Slice'), [shaped('N', 'T'), holding(1), holding(2 ** 62), holding(1)], ['N', 'T-1']],
    ['tiling', node('Tile'), [shaped('N', 2), holding(1, 'k')], ['N', 'k*2']],
    ['expanding', node('Expand'), [shaped(1, 2), holding('N', 1)], ['N', 2]],
    ['a matrix product', node('MatMul'), [shaped('N', 'T', 4), shaped(4, 5)], ['N', 'T', 5]],
    ['an image of blocks', node('DepthToSpace', { blocksize: 2 }), [shaped('N', 8, 'H', 3)], ['N', 2, 'H*2', 6]],
    ['what nothing describes', node('NonZero'), [shaped('N', 3)], [2, '?y.1']],
  ])('%s', (_, which, inputs, expected) => {
    expect(shapeOf(which, inputs)).toEqual(expected);
  });

  test('size arithmetic of exporters', () => {
    const g = new GraphBuilder();
    const x = g.input('x', 'float32', ['N', 'T', 64]);
    const size = (axis: number): Value => g.op('Unsqueeze', [g.op('Gather', [g.op('Shape', [x]), g.int(axis)]), g.ints([0])]);
    const rows = g.op('Mul', [size(0), size(1)]);
    const joined = g.op('Concat', [rows, g.ints([-1])], { axis: 0 });
    const flat = g.op('Reshape', [x, joined]);
    expect(flat.shape).toEqual(['N*T', 64]);
    const back = g.op('Reshape', [
      flat,
      g.op('Concat', [size(0), size(1), g.op('Div', [g.ints([64]), g.ints([8])]), g.ints([8])], { axis: 0 }),
    ]);
    expect(back.shape).toEqual(['N', 'T', 8, 8]);
    const target = g.op('Slice', [g.op('Shape', [x]), g.ints([0]), g.ints([2])]);
    expect(g.op('Expand', [g.scalar(1), g.op('Cast', [target], { to: 7 })]).shape).toEqual(['N', 'T']);
    const wished = g.op('Concat', [g.ints([-1]), size(1), g.ints([64])], { axis: 0 });
    const ones = g.op('ConstantOfShape', [g.ints([3])], {
      value: { kind: 'tensor', value: { type: 'int64', dims: [1], data: BigInt64Array.of(1n) } },
    });
    const asked = g.op('Where', [g.op('Equal', [wished, g.ints([-1])]), ones, wished]);
    expect(g.op('Expand', [x, asked]).shape).toEqual(['N', 'T', 64]);
  });
});

describe('contradictions say the rule, the values and the way out', () => {
  test.each<readonly [string, Node, readonly (Known | undefined)[], RegExp]>([
    [
      'channels',
      node('Conv'),
      [shaped('N', 1, 8, 8), shaped(8, 3, 3, 3)],
      /^Conv "stem": 3 input channels expected by the weight \(8, 3, 3, 3\), 1 received\. Grayscale input\?/,
    ],
    [
      'a window too large',
      node('MaxPool', { kernel_shape: [3, 3] }),
      [shaped(1, 1, 2, 9)],
      /window of 3 does not fit spatial axis 0 of 2/,
    ],
    ['broadcasting', node('Add'), [shaped(3, 4), shaped(3, 5)], /\(3, 4\) and \(3, 5\) do not broadcast: 4 meets 5/],
    ['types', node('Add'), [shaped(3), { type: 'int64', shape: [3] }], /float32 and int64 received\. Insert a Cast/],
    ['a product', node('MatMul'), [shaped(2, 3), shaped(4, 5)], /3 columns of \(2, 3\) meet 4 rows of \(4, 5\)/],
    ['a reshape', node('Reshape'), [shaped(2, 3), holding(4, -1)], /holds 6 elements, which do not fill \(4, -1\)/],
    ['an axis', node('ReduceMean', { axes: [3] }), [shaped(2, 3)], /axis 3 lies outside a rank of 2/],
    ['an absent input', node('Conv'), [shaped(1, 3, 8, 8)], /input 1 is required and 1 inputs were given/],
    [
      'an attribute of another kind',
      node('Conv', { group: 'two' }),
      [shaped(1, 3, 8, 8), shaped(8, 3, 3, 3)],
      /"group" must be INT, STRING received/,
    ],
    [
      'strides of 0',
      node('Conv', { strides: [0, 1] }),
      [shaped(1, 3, 8, 8), shaped(8, 3, 3, 3)],
      /"strides" needs entries of at least 1, 0 received/,
    ],
  ])('%s', (_, which, inputs, message) => {
    expect(() => inferNode({ node: which, inputs, opset: 13 })).toThrow(
      expect.objectContaining({ code: 'onnx/shape', message: expect.stringMatching(message) as string }),
    );
  });
});

describe('bounds', () => {
  test('lists and ranks that double at each node are forgotten, not followed', () => {
    const g = new GraphBuilder();
    let list = g.op('Shape', [g.input('x', 'float32', ['N', 'M'])]);
    let indices = g.input('i', 'int64', [2, 2]);
    for (let turn = 0; turn < 50; turn++) {
      list = g.op('Concat', [list, list], { axis: 0 });
      indices = g.op('Gather', [indices, indices]);
    }
    expect(list.shape).toEqual([2 ** 51]);
    expect(g.knowledgeOf(list)?.value).toBeUndefined();
    expect(indices.shape).toBeUndefined();
  });
});

describe('inferShapes', () => {
  const info = (name: string, shape?: Shape) => ({ name, type: 'float32' as const, shape });
  const graph = (nodes: readonly Node[], more: Partial<Graph> = {}): Graph => ({
    name: 'g',
    nodes,
    inputs: [],
    outputs: [],
    initializers: new Map(),
    values: new Map(),
    ...more,
  });
  const model = (which: Graph): Model => ({
    irVersion: 8,
    opsets: { '': 17 },
    producer: '',
    graph: which,
    metadata: {},
    functions: [],
  });

  test('fills values and outputs, and keeps what the file alone knows', () => {
    const custom = node('Custom', {}, { domain: 'org.example', inputs: ['a'], outputs: ['b'] });
    const relu = node('Relu', {}, { inputs: ['x'], outputs: ['a'] });
    const last = node('Relu', {}, { inputs: ['b'], outputs: ['y'] });
    const inferred = inferShapes(
      model(
        graph([relu, custom, last], {
          inputs: [info('x', ['N', 3])],
          outputs: [info('y')],
          values: new Map([['b', info('b', ['N', 9])]]),
        }),
      ),
    ).graph;
    expect([...inferred.values.values()]).toEqual([info('a', ['N', 3]), info('b', ['N', 9])]);
    expect(inferred.outputs).toEqual([info('y', ['N', 9])]);
  });

  test('declared sizes stand in for invented names only', () => {
    const nodes = [node('NonZero', {}, { inputs: ['x'], outputs: ['a'] }), node('Identity', {}, { inputs: ['a'] })];
    const declared = new Map([['a', { ...info('a', [7, 'count']), type: 'int64' as const }]]);
    const inferred = inferShapes(
      model(graph(nodes, { inputs: [info('x', ['N', 3])], outputs: [info('y')], values: declared })),
    ).graph;
    expect(inferred.outputs).toEqual([{ name: 'y', type: 'int64', shape: [2, 'count'] }]);
  });

  test('branches see the values around them and must agree', () => {
    const branch = (opType: string): Graph =>
      graph([node(opType, {}, { inputs: ['x'], outputs: ['z'] })], { outputs: [info('z')] });
    const either = (other: Graph): Node => ({
      ...node('If', {}, { inputs: ['c'] }),
      attributes: { then_branch: { kind: 'graph', value: branch('Relu') }, else_branch: { kind: 'graph', value: other } },
    });
    const outputOf = (other: Graph): unknown => {
      const inputs = [info('x', ['N', 3]), { ...info('c', []), type: 'bool' as const }];
      return inferShapes(model(graph([either(other)], { inputs, outputs: [info('y')] }))).graph.outputs[0];
    };
    expect(outputOf(branch('Abs'))).toEqual(info('y', ['N', 3]));
    expect(outputOf(branch('Transpose'))).toEqual(info('y', ['?y.0', '?y.1']));
    expect(outputOf(branch('Size'))).toEqual(info('y'));
  });

  test("a rule of one's own is used", () => {
    registerShapeRule('Halve', ({ inputs: [x] }) => [{ type: 'float32', shape: x?.shape?.slice(1) }], 'org.example');
    const g = new GraphBuilder();
    expect(g.op('Halve', [g.input('x', 'float32', ['N', 3])], {}, { domain: 'org.example' }).shape).toEqual([3]);
    expect(g.op('Unheard', [g.value('x')], {}, { domain: 'org.example' })).toMatchObject({ type: 'float32', shape: undefined });
  });

  test('an Einsum of attention keeps batch and length', () => {
    const g = new GraphBuilder();
    const [q, k] = [g.input('q', 'float32', ['N', 'T', 4, 8]), g.input('k', 'float32', ['N', 'S', 4, 8])];
    expect(g.op('Einsum', [q, k], { equation: 'bthd,bshd->bhts' }).shape).toEqual(['N', 4, 'T', 'S']);
  });
});
