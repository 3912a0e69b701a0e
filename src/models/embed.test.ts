import { expect, test } from 'vitest';
import { runModel } from '../../test/support/onnx-cases.js';
import { GraphBuilder } from '../onnx/builder.js';
import type { Graph, Model, Tensor } from '../onnx/types.js';
import { writeModel } from '../onnx/write.js';
import { embed } from './embed.js';

const floats = (...data: number[]): Tensor => ({ type: 'float32', dims: [data.length], data: Float32Array.from(data) });

/** y = 2 x where x sums up to more than 0, else -x, in branches that read x, a parameter, and a value of the graph around them. */
function branching(): Model {
  const g = new GraphBuilder();
  const x = g.input('x', 'float32', [2]);
  const factor = g.parameter('factor', floats(2));
  const negative = g.identity(g.neg(x), 'negative');
  const condition = g.greater(g.reduceSum(x, [0], false), g.scalar(0));
  const branch = (name: string, opType: string, inputs: readonly string[]): Graph => ({
    name,
    nodes: [{ name: 'inner', opType, domain: '', inputs, outputs: ['answer'], attributes: {} }],
    inputs: [],
    outputs: [{ name: 'answer', type: 'float32', shape: [2] }],
    initializers: new Map(),
    values: new Map(),
  });
  const y = g.op('If', [condition], {
    then_branch: { kind: 'graph', value: branch('then', 'Mul', [x.name, factor.name]) },
    else_branch: { kind: 'graph', value: branch('else', 'Identity', [negative.name]) },
  });
  g.output({ ...y, shape: [2] }, 'y');
  return g.build();
}

test('models stand side by side, with their branches, and are fed by values of the graph', async () => {
  const g = new GraphBuilder();
  const x = g.input('x', 'float32', [2]);
  const first = embed(g, branching(), 'first/', { x });
  const second = embed(g, branching(), 'second/', { x: g.neg(first('y')) });
  g.output(first('y'), 'a');
  g.output(second('y'), 'b');
  const model = g.build();
  expect([...model.graph.initializers.keys()]).toEqual(expect.arrayContaining(['first/factor', 'second/factor']));
  for (const [given, a, b] of [
    [
      [1, 2],
      [2, 4],
      [2, 4],
    ],
    [
      [-1, -2],
      [1, 2],
      [1, 2],
    ],
    [
      [3, -1],
      [6, -2],
      [6, -2],
    ],
  ] as const) {
    const answer = await runModel(writeModel(model), [floats(...given)]);
    expect(answer.map(({ data }) => [...(data as Float32Array)])).toEqual([a, b]);
  }
});

test('an input without a feed, and a prefix used twice, are refused', () => {
  const g = new GraphBuilder();
  const x = g.input('x', 'float32', [2]);
  expect(() => embed(g, branching(), 'a/', {})).toThrow(expect.objectContaining({ code: 'onnx/absent-value' }));
  embed(g, branching(), 'b/', { x });
  expect(() => embed(g, branching(), 'b/', { x })).toThrow(expect.objectContaining({ code: 'onnx/duplicate-name' }));
});
