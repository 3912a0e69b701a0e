import { GraphBuilder } from '../../src/onnx/builder.js';
import type { Dim, Model, Tensor } from '../../src/onnx/types.js';

/** A float32 tensor. */
export const floats = (dims: readonly number[], values: ArrayLike<number>): Tensor => ({
  type: 'float32',
  dims,
  data: Float32Array.from(values),
});

/** How {@link decayStep} carries its state. */
export const decayCarry = { 'w.next': 'w', 'count.next': 'count' };

/** A step as training has them: w' = w * decay + sum(x over rows), count' = count + 1, loss = mean(w'); w has `size` elements, x is N x 1, or N x `columns`. */
export function decayStep(size: number, columns: Dim = 1): Model {
  const graph = new GraphBuilder();
  const w = graph.input('w', 'float32', [size]);
  const count = graph.input('count', 'int64', []);
  const decay = graph.input('decay', 'float32', []);
  const x = graph.input('x', 'float32', ['N', columns]);
  const total = graph.op('ReduceSum', [x, graph.ints([0])], { keepdims: 0 });
  const next = graph.add(graph.mul(w, decay), total);
  graph.output(graph.op('ReduceMean', [next], { keepdims: 0 }), 'loss');
  graph.output(next, 'w.next');
  graph.output(graph.add(count, graph.int(1)), 'count.next');
  return graph.build();
}

/** The same step in JavaScript, in float32. */
export function decayInJavaScript(w: number, decay: number, total: number): number {
  return Math.fround(Math.fround(Math.fround(w) * Math.fround(decay)) + Math.fround(total));
}

/** `layers` products of square matrices one after the other: work that takes a while. */
export function heavyModel(size: number, layers: number): Model {
  const graph = new GraphBuilder();
  const a = graph.input('a', 'float32', [size, size]);
  let value = a;
  for (let layer = 0; layer < layers; layer++) value = graph.op('MatMul', [value, a]);
  graph.output(graph.op('ReduceMean', [value], { keepdims: 0 }), 'mean');
  return graph.build();
}
