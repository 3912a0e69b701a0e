import { expect, test } from 'vitest';
import { runModel } from '../../test/support/onnx-cases.js';
import { GraphBuilder } from '../onnx/builder.js';
import { float32 } from '../onnx/tensors.js';
import type { Graph } from '../onnx/types.js';
import { writeModel } from '../onnx/write.js';
import { scan } from './scan.js';

test.each([
  { backwards: false, sums: [1, 1, 3, 4, 8, 13], total: [8, 13] },
  { backwards: true, sums: [8, 13, 7, 12, 5, 9], total: [8, 13] },
])('running sums of rows, backwards: $backwards', async ({ backwards, sums, total }) => {
  const g = new GraphBuilder();
  const rows = g.input('rows', 'float32', ['L', 2]);
  const outputs = scan(g, {
    states: [g.floats([2], [0, 0])],
    sequences: [rows],
    shared: [g.scalar(1), g.mul(rows, rows)],
    backwards,
    step: (inner, [sum, row, one, all]) => {
      const next = inner.mul(inner.add(sum!, row!), one!);
      return { states: [next], entries: [next, inner.reduceSum(all!, [0])] };
    },
  });
  const more = g.add(outputs[1]!, g.reduceSum(outputs[1]!, [0]));
  for (const output of [...outputs, more]) g.output(output);
  const found = await runModel(writeModel(g.build()), [float32([3, 2], [1, 1, 2, 3, 5, 9])]);
  expect(found.map(({ data }) => Array.from(data, Number))).toEqual([
    total,
    sums,
    [30, 91, 30, 91, 30, 91],
    sums.map((value, index) => value + (sums[index % 2]! + sums[(index % 2) + 2]! + sums[(index % 2) + 4]!)),
  ]);

  const { graph } = g.build();
  const names = ({ nodes, initializers }: Graph): string[] => [...nodes.flatMap((node) => node.outputs), ...initializers.keys()];
  const body = graph.nodes.find(({ opType }) => opType === 'Scan')!.attributes['body'];
  const inside = body?.kind === 'graph' ? names(body.value) : [];
  expect(inside.length).toBeGreaterThan(3);
  expect(inside.filter((name) => names(graph).includes(name))).toEqual([]);
  expect(outputs.map(({ shape }) => shape)).toEqual([[2], ['L', 2], ['L', 1, 2]]);
});
