import type { Value } from '../onnx/assembler.js';
import { GraphBuilder } from '../onnx/builder.js';

/** What is repeated for each step of a sequence. */
export interface ScanOptions {
  /** Values that each step takes over from the step before it, to begin with. */
  readonly states: readonly Value[];
  /** Sequences (L, ...), of which each step gets one entry. */
  readonly sequences: readonly Value[];
  /** Values that every step reads whole. */
  readonly shared?: readonly Value[];
  /** From the last entry to the first. */
  readonly backwards?: boolean;
  /** Emits one step into a graph of its own, from states, entries and shared values, in that order. */
  readonly step: (
    g: GraphBuilder,
    values: readonly Value[],
  ) => { readonly states: readonly Value[]; readonly entries: readonly Value[] };
}

/**
 * The operator Scan: runs a graph for each entry of some sequences. Returns the states after the last step, then the entries that the
 * steps gave as sequences (L, ...), in the order of the sequences read.
 */
export function scan(
  g: GraphBuilder,
  { states, sequences, shared = [], backwards = false, step }: ScanOptions,
): readonly Value[] {
  const inner = new GraphBuilder({ opset: g.opset });
  const outer = g.build().graph;
  inner.reserve(outer);
  for (const name of outer.initializers.keys()) inner.unique(name);
  const own = [
    ...states.map(({ type, shape = [] }) => inner.input(g.unique('state'), type, shape)),
    ...sequences.map(({ type, shape = [] }) => inner.input(g.unique('entry'), type, shape.slice(1))),
  ];
  const whole = shared.map((value) => {
    const { name, type, shape = [] } = value;
    const constant = g.constantOf(value);
    return constant ? inner.parameter(name, constant) : inner.input(name, type, shape);
  });
  const next = step(inner, [...own, ...whole]);
  for (const value of [...next.states, ...next.entries]) inner.output(inner.isComputed(value) ? value : inner.identity(value));
  const { graph } = inner.build({ name: 'step' });
  g.reserve(graph);
  for (const name of graph.initializers.keys()) g.unique(name);
  const isShared = new Set(shared.map(({ name }) => name));
  const body = {
    ...graph,
    inputs: graph.inputs.filter(({ name }) => !isShared.has(name)),
    initializers: new Map([...graph.initializers].filter(([name]) => !isShared.has(name))),
  };
  const direction = (list: readonly Value[]): readonly number[] => list.map(() => (backwards ? 1 : 0));
  return g.node(
    'Scan',
    [...states, ...sequences],
    {
      body: { kind: 'graph', value: body },
      num_scan_inputs: sequences.length,
      scan_input_directions: direction(sequences),
      scan_output_directions: direction(next.entries),
    },
    { outputs: next.states.length + next.entries.length },
  );
}
