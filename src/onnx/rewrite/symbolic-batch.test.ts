import { describe, expect, test } from 'vitest';
import { filled } from '../../../test/support/small-network.js';
import { GraphBuilder } from '../builder.js';
import { int64 } from '../tensors.js';
import { isTensorInfo, type Model } from '../types.js';
import { symbolicBatch } from './symbolic-batch.js';

/** Pictures through a convolution and a Reshape. */
function reshaped(batch: number | string, target: readonly number[]): Model {
  const g = new GraphBuilder();
  const x = g.conv(g.input('x', 'float32', [batch, 2, 4, 4]), g.parameter('w', filled('w', [3, 2, 1, 1])));
  g.output(g.reshape(x, g.parameter('target', int64(target))), 'y');
  return g.build();
}

const shapes = ({ graph }: Model) => [...graph.inputs, ...graph.outputs].map((info) => isTensorInfo(info) && info.shape);
const targetOf = ({ graph }: Model) => {
  const reshape = graph.nodes.find((node) => node.opType === 'Reshape');
  return Array.from(graph.initializers.get(reshape?.inputs[1] ?? '')?.data ?? [], Number);
};

describe('symbolicBatch', () => {
  test.each([
    { batch: 1, target: [1, -1], after: [0, -1], y: ['N', 48] },
    { batch: 1, target: [1, 48], after: [0, 48], y: ['N', 48] },
    { batch: 5, target: [5, 3, 1, 16], after: [0, 3, 1, 16], y: ['N', 3, 1, 16] },
    { batch: 1, target: [-1, 48], after: [-1, 48], y: ['N', 48] },
    { batch: 1, target: [0, 48], after: [0, 48], y: ['N', 48] },
  ])('opens a batch of $batch reshaped to $target', ({ batch, target, after, y }) => {
    const open = symbolicBatch(reshaped(batch, target));
    expect(shapes(open)).toEqual([['N', 2, 4, 4], y]);
    expect(targetOf(open)).toEqual(after);
  });

  test('leaves a batch that has a name, and one that is called otherwise where N is taken', () => {
    const named = reshaped('batch_size', [-1, 48]);
    expect(symbolicBatch(named)).toBe(named);
    const g = new GraphBuilder();
    g.output(g.relu(g.input('x', 'float32', [1, 'N'])), 'y');
    expect(shapes(symbolicBatch(g.build()))).toEqual([
      ['batch', 'N'],
      ['batch', 'N'],
    ]);
  });

  test('stops where the graph depends on the size', () => {
    const error = expect.objectContaining({ code: 'onnx/batch' }) as Error;
    const g = new GraphBuilder();
    const x = g.input('x', 'float32', [1, 2, 3]);
    g.output(g.reshape(g.transpose(x, [1, 0, 2]), [1, 6]), 'y');
    expect(() => symbolicBatch(g.build())).toThrow(error);
    const h = new GraphBuilder();
    const token = h.parameter('token', filled('token', [1, 1, 3]));
    h.output(h.concat([token, h.input('x', 'float32', [1, 2, 3])], 1), 'y');
    expect(() => symbolicBatch(h.build())).toThrow(error);
  });
});
