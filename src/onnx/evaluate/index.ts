import { applyShapeRule } from '../infer/registry.js';
import { knownTensor } from '../infer/sources.js';
import { isNumeric } from '../tensors.js';
import type { Node, Tensor } from '../types.js';
import { numbersOf, type Kernel, type KernelCall } from './arrays.js';
import { elementwiseKernels } from './elementwise.js';
import { constantOfShape, movementKernels } from './movement.js';
import { reductionKernels } from './reduction.js';

/** Bounds of an evaluation. */
export interface EvaluateOptions {
  /** Opset of the standard's domain. */
  readonly opset: number;
  /** Largest number of elements of an input or an output; a node beyond it is left alone. 2^22 unless told. */
  readonly maxElements?: number | undefined;
}

const kernels = new Map<string, Kernel>(Object.entries({ ...elementwiseKernels, ...movementKernels, ...reductionKernels }));

/**
 * The outputs of a node whose inputs are all constant, in plain TypeScript: shape arithmetic, element-wise operators, casts, movement
 * and simple reductions. `undefined` where the operator, an element type or the size is beyond it; that is never an error.
 *
 * @throws MessierError `onnx/shape` where the inputs contradict the operator's rules
 */
export function evaluateNode(
  node: Node,
  inputs: readonly (Tensor | undefined)[],
  options: EvaluateOptions,
): readonly Tensor[] | undefined {
  const { opset, maxElements = 2 ** 22 } = options;
  const isStandard = node.domain === '' || node.domain === 'ai.onnx';
  if (!isStandard || node.outputs.filter((output) => output !== '').length !== 1 || node.outputs[0] === '') return undefined;
  if (inputs.some((input) => input && (isPacked(input) || !isWithin(input.dims, maxElements)))) return undefined;
  const kernel = kernelOf(node, opset);
  if (!kernel && node.opType !== 'Constant' && node.opType !== 'Shape' && node.opType !== 'Size') return undefined;
  const [inferred] = applyShapeRule({ node, inputs: inputs.map((input) => input && knownTensor(input)), opset });
  if (inferred?.constant) return [inferred.constant];
  const dims = inferred?.shape;
  if (!kernel || !inferred || !dims?.every((dim) => typeof dim === 'number')) return undefined;
  if (!isWithin(dims, maxElements)) return undefined;
  const data = kernel(callOf(node, inputs, inferred.type, dims));
  return data && [{ type: inferred.type, dims, data }];
}

function kernelOf(node: Node, opset: number): Kernel | undefined {
  if (node.opType === 'ConstantOfShape') {
    const { value } = node.attributes;
    const fill = value?.kind === 'tensor' ? value.value : undefined;
    return fill && (fill.data.length !== 1 || !isNumeric(fill.data)) ? undefined : constantOfShape(fill);
  }
  // Until opset 6 operands were stretched along an `axis`; other padding than by a constant mirrors elements.
  if (node.attributes['broadcast'] && opset < 7) return undefined;
  const { mode, value } = node.attributes;
  if (node.opType === 'Pad' && (value ?? (mode && !(mode.kind === 'string' && mode.value === 'constant')))) return undefined;
  return kernels.get(node.opType);
}

function callOf(node: Node, inputs: readonly (Tensor | undefined)[], type: Tensor['type'], dims: readonly number[]): KernelCall {
  return {
    inputs,
    type,
    dims,
    integer: (name, otherwise) => {
      const attribute = node.attributes[name];
      return attribute?.kind === 'int' ? attribute.value : otherwise;
    },
    integers: (name, index) => {
      const attribute = node.attributes[name];
      if (attribute?.kind === 'ints') return attribute.value;
      const values = numbersOf(inputs[index]);
      return values && Array.from(values);
    },
  };
}

/** Are a tensor's element count and, since one of them may be 0, every single dimension within the limit? */
function isWithin(dims: readonly number[], limit: number): boolean {
  return dims.every((dim) => Number.isSafeInteger(dim) && dim >= 0 && dim <= limit) && dims.reduce((a, b) => a * b, 1) <= limit;
}

/** Two elements a byte, or two numbers an element. */
function isPacked(tensor: Tensor): boolean {
  return tensor.type === 'int4' || tensor.type === 'uint4' || tensor.type.startsWith('complex');
}
