import { describe, expect, test } from 'vitest';
import { GraphBuilder } from '../onnx/builder.js';
import type { Graph } from '../onnx/types.js';
import { gradients } from './reverse.js';

function graph() {
  const g = new GraphBuilder();
  return { g, x: g.input('x', 'float32', [2, 3]), y: g.input('y', 'float32', [2, 3]) };
}
const total = (g: GraphBuilder, value: ReturnType<GraphBuilder['value']>) => g.reduceSum(value, [0, 1], false);

describe('gradients', () => {
  test('of values that the loss does not depend on are absent', () => {
    const { g, x } = graph();
    const found = gradients(g, { loss: total(g, x), wrt: ['x', 'y'] });
    expect([...found.keys()]).toEqual(['x']);
  });

  test('of values computed on the way are there beside those of inputs', () => {
    const { g, x, y } = graph();
    const product = g.mul(x, y);
    const found = gradients(g, { loss: total(g, g.tanh(product)), wrt: ['x', product.name] });
    expect([...found.keys()].sort()).toEqual([product.name, 'x'].sort());
    expect(found.get('x')).toMatchObject({ type: 'float32', shape: [2, 3] });
  });

  test('are computed no further down than wanted', () => {
    const { g, x, y } = graph();
    const below = g.exp(g.exp(g.exp(x)));
    const before = g.nodes.length;
    gradients(g, { loss: total(g, g.mul(below, y)), wrt: ['y'] });
    // One product forward and one backward, for y alone.
    expect(g.nodes.slice(before).filter((node) => node.opType === 'Mul')).toHaveLength(2);
    expect(g.nodes.filter((node) => node.inputs.includes(below.name))).toHaveLength(2);
  });

  test('add up where a value is used more than once', () => {
    const { g, x } = graph();
    const before = g.nodes.length;
    gradients(g, { loss: total(g, g.add(x, g.mul(x, x))), wrt: ['x'] });
    expect(g.nodes.slice(before).filter((node) => node.opType === 'Sum')).toHaveLength(1);
  });
});

describe('what stops with a coded error', () => {
  test('a loss that is not a scalar', () => {
    const { g, x } = graph();
    expect(() => gradients(g, { loss: x, wrt: ['x'] })).toThrow(
      expect.objectContaining({ code: 'autodiff/loss', message: expect.stringContaining('[2, 3]') as string }),
    );
  });

  test.each(['float64', 'float16', 'int64'] as const)('values and losses of type %s', (type) => {
    const { g, x } = graph();
    const other = g.input('other', type, [2, 3]);
    const error = expect.objectContaining({ code: 'autodiff/type', message: expect.stringContaining(type) as string }) as Error;
    expect(() => gradients(g, { loss: total(g, other), wrt: ['x'] })).toThrow(error);
    expect(() => gradients(g, { loss: total(g, x), wrt: ['other'] })).toThrow(error);
  });

  test('an operator without a rule: node, operator and three ways out are named', () => {
    const { g, x } = graph();
    const det = g.op('Det', [g.matmul(x, g.transpose(x, [1, 0]))], {}, { name: 'volume' });
    expect(() => gradients(g, { loss: det, wrt: ['x'] })).toThrow(/Det "volume".*Freeze.*cut.*registerGradient/s);
  });

  test('a branch that reads a trained value from around it', () => {
    const { g, x } = graph();
    const branch = (opType: string): Graph => ({
      name: opType,
      nodes: [{ name: opType, opType, domain: '', inputs: ['x'], outputs: [`${opType}:out`], attributes: {} }],
      inputs: [],
      outputs: [{ name: `${opType}:out`, type: 'float32', shape: [2, 3] }],
      initializers: new Map(),
      values: new Map(),
    });
    const condition = g.input('condition', 'bool', []);
    const chosen = g.op('If', [condition], {
      then_branch: { kind: 'graph', value: branch('Exp') },
      else_branch: { kind: 'graph', value: branch('Neg') },
    });
    const loss = g.reduceSum(g.reshape(chosen, [-1]), [0], false);
    expect(() => gradients(g, { loss, wrt: ['x'] })).toThrow(expect.objectContaining({ code: 'autodiff/no-rule' }));
    expect(x.shape).toEqual([2, 3]);
  });

  test('a loss that uses the mean which a layer norm gives beside its result', () => {
    const { g, x } = graph();
    const scale = g.floats([3], [1, 1, 1]);
    const [, mean] = g.node('LayerNormalization', [x, scale], {}, { outputs: 2, name: 'norm' });
    expect(() => gradients(g, { loss: total(g, mean ?? x), wrt: ['x'] })).toThrow(/LayerNormalization "norm".*output 1/s);
  });
});
