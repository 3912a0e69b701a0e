import type { Dim, Tensor } from '../types.js';
import type { InferenceContext, Known, ShapeRule, ShapeRules } from './context.js';
import { controlRules } from './control.js';
import { convolutionRules, fusedConvolutionRules } from './convolution.js';
import { elementwiseRules } from './elementwise.js';
import { indexingRules } from './indexing.js';
import { fusedMatmulRules, matmulRules } from './matmul.js';
import { movementRules } from './movement.js';
import { fusedNormalizationRules, normalizationRules } from './normalization.js';
import { poolingRules } from './pooling.js';
import { quantizationRules } from './quantization.js';
import { recurrentRules } from './recurrent.js';
import { reductionRules } from './reduction.js';
import { reshapingRules } from './reshaping.js';
import { resizingRules } from './resizing.js';
import { sourceRules } from './sources.js';
import { fail, formatShape, highestRank, likeFirst, longestValue } from './support.js';

const rules = new Map<string, ShapeRule>();

/** Registers the rule of an operator; a later one replaces an earlier one. `domain` `''` is the ONNX standard. */
export function registerShapeRule(opType: string, rule: ShapeRule, domain = ''): void {
  rules.set(keyOf(domain, opType), rule);
}

/** The operators that have a rule, `Conv` or `com.microsoft::Gelu`. */
export function registeredShapeRules(): readonly string[] {
  return [...rules.keys()];
}

/**
 * What the operator's rule says of a node's outputs.
 *
 * @throws MessierError `onnx/shape` where the inputs contradict the operator's rules
 */
export function applyShapeRule(context: InferenceContext): readonly Known[] {
  const { node } = context;
  const rule = rules.get(keyOf(node.domain, node.opType));
  const inferred: readonly Known[] = rule ? rule(context) : node.outputs.map(() => ({ type: 'float32' }));
  for (const { shape } of inferred) {
    const odd = shape?.find((dim) => typeof dim === 'number' && !(Number.isSafeInteger(dim) && dim >= 0));
    if (shape && odd !== undefined)
      fail(node, `an output ${formatShape(shape)} with a size of ${odd}. Check the sizes the node is given.`);
  }
  return inferred.map(complete);
}

/** Spells out integer tensors of rank 0 or 1 whose elements are all known, and forgets what has outgrown the bounds. */
function complete(known: Known): Known {
  const { value, shape, type } = known;
  if (shape && shape.length > highestRank) return { type };
  if (!value || known.constant) return known;
  const fits =
    shape &&
    shape.length <= 1 &&
    value.length <= longestValue &&
    (shape.length === 0 ? value.length === 1 : shape[0] === value.length);
  if (!fits) return { type, shape };
  const constant = value.every((dim) => typeof dim === 'number') ? integerTensor(known, value) : undefined;
  return { type, shape, value, constant };
}

function integerTensor(known: Known, value: readonly Dim[]): Tensor | undefined {
  const dims = known.shape?.length === 0 ? [] : [value.length];
  if (!value.every((dim) => Number.isSafeInteger(dim))) return undefined;
  if (known.type === 'int64') return { type: 'int64', dims, data: BigInt64Array.from(value, BigInt) };
  if (known.type === 'int32') return { type: 'int32', dims, data: Int32Array.from(value, Number) };
  return known.type === 'bool' ? { type: 'bool', dims, data: Uint8Array.from(value, Number) } : undefined;
}

function keyOf(domain: string, opType: string): string {
  return domain === '' || domain === 'ai.onnx' ? opType : `${domain}::${opType}`;
}

function registerAll(table: ShapeRules, domain = ''): void {
  for (const [opType, rule] of Object.entries(table)) registerShapeRule(opType, rule, domain);
}

for (const table of [
  elementwiseRules,
  convolutionRules,
  poolingRules,
  matmulRules,
  reshapingRules,
  movementRules,
  indexingRules,
  reductionRules,
  normalizationRules,
  recurrentRules,
  resizingRules,
  sourceRules,
  quantizationRules,
  controlRules,
]) {
  registerAll(table);
}
for (const table of [fusedConvolutionRules, fusedMatmulRules, fusedNormalizationRules]) registerAll(table, 'com.microsoft');
for (const opType of ['Gelu', 'BiasGelu', 'FastGelu', 'QuickGelu', 'BiasAdd'])
  registerShapeRule(opType, likeFirst, 'com.microsoft');
