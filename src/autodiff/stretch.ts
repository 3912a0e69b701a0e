import { MessierError } from '../core/errors.js';
import type { Value } from '../onnx/assembler.js';
import type { GraphBuilder } from '../onnx/builder.js';
import { fixedDim, rankOf, shapeOf, targetShape } from './shapes.js';

/** Zeros between the elements of one axis: element i moves to i * step. */
export function stretch(g: GraphBuilder, x: Value, axis: number, step: number): Value {
  if (step === 1) return x;
  const count = fixedDim(x, axis);
  const rank = rankOf(x);
  const pads = new Array<number>(2 * (rank + 1)).fill(0);
  pads[rank + 1 + axis + 1] = step - 1;
  const wide = g.pad(g.unsqueeze(x, [axis + 1]), pads);
  const shape = targetShape(shapeOf(x).map((dim, index) => (index === axis ? count * step : dim)));
  if (!shape)
    throw new MessierError(
      'autodiff/shape',
      `The gradient of a strided slice of "${x.name}" needs all sizes but one; give the inputs fixed shapes.`,
    );
  const merged = g.reshape(wide, shape);
  return g.slice(merged, { starts: [0], ends: [(count - 1) * step + 1], axes: [axis] });
}
