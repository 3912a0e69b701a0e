import { evaluateNode } from '../evaluate/index.js';
import type { Tensor } from '../types.js';
import type { InferenceContext, Known } from './context.js';
import { applyShapeRule } from './registry.js';
import { longestValue } from './support.js';

/**
 * Types and shapes of a node's outputs, with the elements of small integer results as far as they are known, and the whole tensor where
 * every input is a small constant. An operator without a rule gives `float32` outputs of unknown shape: the graph stays usable, and only
 * what needs the shape complains.
 *
 * @throws MessierError `onnx/shape` where the inputs contradict the operator's rules
 */
export function inferNode(context: InferenceContext): readonly Known[] {
  const inferred = applyShapeRule(context);
  const [first, ...others] = inferred;
  if (!first || first.constant || context.inputs.length === 0) return inferred;
  const constants: (Tensor | undefined)[] = [];
  for (const input of context.inputs) {
    if (input && (!input.constant || input.constant.data.length > longestValue)) return inferred;
    constants.push(input?.constant);
  }
  const [constant] = evaluateNode(context.node, constants, { opset: context.opset, maxElements: longestValue }) ?? [];
  return constant ? [{ type: constant.type, shape: constant.dims, constant }, ...others] : inferred;
}
