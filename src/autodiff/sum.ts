import type { Value } from '../onnx/assembler.js';
import type { GraphBuilder } from '../onnx/builder.js';
import type { Target } from './rule.js';

/** a + b + ... of one shape. ONNX Runtime has no `Sum` for WebGPU and would bring every part to the processor: there it is a chain of `Add`. */
export function addAll(g: GraphBuilder, target: Target, first: Value, ...rest: readonly Value[]): Value {
  return target === 'webgpu' ? rest.reduce((total, part) => g.add(total, part), first) : g.sum(first, ...rest);
}
