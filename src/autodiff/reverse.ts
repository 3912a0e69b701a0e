import { MessierError } from '../core/errors.js';
import type { Value } from '../onnx/assembler.js';
import type { GraphBuilder } from '../onnx/builder.js';
import { namesReadBy } from '../onnx/subgraphs.js';
import type { Node } from '../onnx/types.js';
import { gradientRule, type Target } from './rule.js';
import './rules/index.js';
import { addAll } from './sum.js';

/** What to differentiate, and for where. */
export interface GradientOptions {
  /** The scalar loss. */
  readonly loss: Value;
  /** Names of the values whose gradients are wanted. */
  readonly wrt: readonly string[];
  /** Where the graph will run; `cpu` unless told. */
  readonly target?: Target;
  /** What to differentiate, in order, where that is not the graph's own nodes: a node may stand for others that compute the same. */
  readonly nodes?: readonly Node[];
}

const floating = new Set(['float32', 'float64', 'float16', 'bfloat16']);

/**
 * Reverse-mode differentiation: appends to `g` the nodes that compute dL/dv for every `v` in `wrt` and returns them by name.
 * A value that the loss does not depend on is absent from the result. Nothing is computed below the lowest wanted value.
 * Throws `autodiff/type` where the loss or a wanted value is not float32, and `autodiff/no-rule` for an operator without a rule between a wanted value and the loss.
 */
export function gradients(
  g: GraphBuilder,
  { loss, wrt, target = 'cpu', nodes = g.nodes }: GradientOptions,
): ReadonlyMap<string, Value> {
  if (loss.shape && loss.shape.length !== 0 && !loss.shape.every((dim) => dim === 1)) {
    throw new MessierError(
      'autodiff/loss',
      `The loss must be a scalar; "${loss.name}" has shape [${loss.shape.join(', ')}]. Reduce it to its mean or sum.`,
    );
  }
  for (const value of [loss, ...wrt.map((name) => g.value(name))]) checkFloat32(value, 'Gradients are formed');
  const forward = [...nodes];
  const active = activeValues(g, forward, wrt);
  const wanted = new Set(wrt);
  const pending = new Map<string, Value[]>();
  pending.set(loss.name, [g.constant({ type: 'float32', dims: [...(loss.shape ?? [])].map(() => 1), data: Float32Array.of(1) })]);

  const collected = new Map<string, Value>();
  const take = (name: string): Value | undefined => {
    const [first, ...rest] = pending.get(name) ?? [];
    return first && addAll(g, target, first, ...rest);
  };
  for (const node of forward.reverse()) {
    if (!node.outputs.some((name) => pending.has(name))) continue;
    if (!readsAny(node, active)) continue;
    const gradientsOfOutputs = node.outputs.map(take);
    node.outputs.forEach((name, index) => {
      const gradient = gradientsOfOutputs[index];
      if (gradient && wanted.has(name)) collected.set(name, gradient);
      pending.delete(name);
    });
    const contributions = gradientRule(node)({
      g,
      node,
      inputs: node.inputs.map((name) => (name === '' ? undefined : g.value(name))),
      outputs: node.outputs.map((name) => (name === '' ? undefined : g.value(name))),
      gradients: gradientsOfOutputs,
      needs: (index) => active.has(node.inputs[index] ?? ''),
      target,
    });
    node.inputs.forEach((name, index) => {
      const contribution = contributions[index];
      if (contribution && active.has(name)) pending.set(name, [...(pending.get(name) ?? []), contribution]);
    });
  }
  for (const name of wrt) {
    const gradient = take(name);
    if (gradient) collected.set(name, gradient);
  }
  return collected;
}

/** Throws `autodiff/type` for a value of another type. */
export function checkFloat32({ name, type }: Value, what: string): void {
  if (type === 'float32') return;
  throw new MessierError(
    'autodiff/type',
    `${what} in float32; "${name}" is ${type}. Cast it to float32 in the graph, or export the model in float32.`,
  );
}

/** Values through which a wanted one can reach anything: forward closure over floating-point values. */
function activeValues(g: GraphBuilder, nodes: readonly Node[], wrt: readonly string[]): ReadonlySet<string> {
  const active = new Set(wrt);
  for (const node of nodes) {
    if (!readsAny(node, active)) continue;
    for (const name of node.outputs) if (name !== '' && floating.has(g.value(name).type)) active.add(name);
  }
  return active;
}

/** Does a node, or a branch or loop body inside it, read one of the values? */
function readsAny(node: Node, values: ReadonlySet<string>): boolean {
  for (const name of namesReadBy(node)) if (values.has(name)) return true;
  return false;
}
