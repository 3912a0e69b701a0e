import { InferenceSession, Tensor } from 'onnxruntime-node';
import { expect, test } from 'vitest';
import { gradients } from '../../src/autodiff/index.js';
import type { Value } from '../../src/onnx/assembler.js';
import { GraphBuilder } from '../../src/onnx/builder.js';
import { writeModel } from '../../src/onnx/write.js';

const [size, width, count] = [20, 32, 8000];

/** Each of `size` rows is asked for equally often. */
const ways: readonly (readonly [
  opType: string,
  dims: readonly number[],
  gather: (g: GraphBuilder, table: Value, indices: Value) => Value,
])[] = [
  ['Gather', [count], (g, table, indices) => g.gather(table, indices, 0)],
  ['GatherND', [count, 1], (g, table, indices) => g.op('GatherND', [table, indices])],
  ['GatherElements', [count, width], (g, table, indices) => g.op('GatherElements', [table, indices], { axis: 0 })],
];

test.each(ways)('%s loses no part of a sum to another thread', async (_, dims, gather) => {
  const g = new GraphBuilder();
  const table = g.input('table', 'float32', [size, width]);
  const loss = g.reduceSum(gather(g, table, g.input('indices', 'int64', dims)), [0, 1], false);
  g.output(gradients(g, { loss, wrt: ['table'] }).get('table')!, 'gradient');
  const session = await InferenceSession.create(writeModel(g.build()), { intraOpNumThreads: 4 });
  try {
    const repeated = dims.length === 2 && dims[1] === width ? width : 1;
    const indices = BigInt64Array.from({ length: count * repeated }, (_value, index) =>
      BigInt(Math.floor(index / repeated) % size),
    );
    const feeds = {
      table: new Tensor('float32', new Float32Array(size * width), [size, width]),
      indices: new Tensor('int64', indices, dims),
    };
    for (let run = 0; run < 10; run++) {
      const { gradient } = await session.run(feeds);
      expect(new Set(gradient!.data as Float32Array)).toEqual(new Set([count / size]));
    }
  } finally {
    await session.release();
  }
});
