import { isTensorInfo, type Dim, type Graph, type Node } from '../types.js';
import type { InferenceContext, Known, ShapeRule, ShapeRules } from './context.js';
import { elements, fresh, int, ints, required } from './support.js';

function graphOf(node: Node, name: string): Graph | undefined {
  const attribute = node.attributes[name];
  return attribute?.kind === 'graph' ? attribute.value : undefined;
}

function declaredOutputs(graph: Graph): readonly Known[] {
  return graph.outputs.map((output) => (isTensorInfo(output) ? { type: output.type, shape: output.shape } : { type: 'float32' }));
}

function outputsOf(context: InferenceContext, graph: Graph | undefined): readonly Known[] {
  if (!graph) return [];
  return context.inferSubgraph?.(graph) ?? declaredOutputs(graph);
}

/** The branch taken where the condition is constant; otherwise what both branches agree on. */
const either: ShapeRule = (context) => {
  const [yes, no] = [graphOf(context.node, 'then_branch'), graphOf(context.node, 'else_branch')];
  const condition = elements(context.inputs[0])?.[0];
  if (condition !== undefined) return outputsOf(context, condition === 0 ? no : yes);
  const whenFalse = outputsOf(context, no);
  return outputsOf(context, yes).map(({ type, shape }, index) => {
    const other = whenFalse[index]?.shape;
    if (!shape || shape.length !== other?.length) return { type };
    return { type, shape: shape.map((dim, axis): Dim => (dim === other[axis] ? dim : fresh(context, axis, index))) };
  });
};

/** Values carried from turn to turn keep their type; scanned ones gain an axis with an entry a turn. */
const loop: ShapeRule = (context) => {
  const body = graphOf(context.node, 'body');
  const carried = context.inputs.length - 2;
  const declared = body ? declaredOutputs(body).slice(1) : [];
  return declared.map(({ type, shape }, index): Known => {
    if (index < carried) return { type: required(context, index + 2).type };
    return { type, shape: shape && [fresh(context, 0, index), ...shape] };
  });
};

/** States keep the shapes that the body declares for them; scanned values gain an axis with an entry a step. */
const scan: ShapeRule = (context) => {
  const { node, inputs } = context;
  const body = graphOf(node, 'body');
  const states = inputs.length - int(node, 'num_scan_inputs', inputs.length);
  const first = required(context, states).shape;
  const axis = ints(node, 'scan_input_axes')?.[0] ?? 0;
  const steps = first?.[axis < 0 ? axis + first.length : axis];
  const axes = ints(node, 'scan_output_axes') ?? [];
  return (body ? declaredOutputs(body) : []).map(({ type, shape }, index): Known => {
    if (index < states) return { type, shape: inputs[index]?.shape ?? shape };
    const place = axes[index - states] ?? 0;
    const at = shape && place < 0 ? place + shape.length + 1 : place;
    return { type, shape: shape && [...shape.slice(0, at), steps ?? fresh(context, at, index), ...shape.slice(at)] };
  });
};

/** Operators that run graphs of their own, and questions to sequences and optionals. */
export const controlRules: ShapeRules = {
  If: either,
  Loop: loop,
  Scan: scan,
  SequenceLength: () => [{ type: 'int64', shape: [] }],
  OptionalHasElement: () => [{ type: 'bool', shape: [] }],
};
