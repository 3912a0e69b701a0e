import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { MessierError } from '../core/errors.js';
import { outerNames } from './subgraphs.js';
import { sortGraph } from './topology.js';
import type { Graph, Node } from './types.js';
import { validateModel } from './validate.js';

const node = (opType: string, inputs: string[], outputs: string[], body?: Graph): Node => ({
  name: opType,
  opType,
  domain: '',
  inputs,
  outputs,
  attributes: body ? { body: { kind: 'graph', value: body } } : {},
});

const graphOf = (nodes: readonly Node[], outputs: readonly string[], inputs: readonly string[] = []): Graph => ({
  name: 'g',
  nodes,
  inputs: inputs.map((name) => ({ name, type: 'float32' as const })),
  outputs: outputs.map((name) => ({ name, type: 'float32' as const })),
  initializers: new Map(),
  values: new Map(),
});

const valid = (graph: Graph): void =>
  validateModel({ irVersion: 8, opsets: { '': 17 }, producer: '', graph, metadata: {}, functions: [] });

describe('sortGraph', () => {
  test('returns a sorted graph as it is', () => {
    const graph = graphOf([node('A', ['x'], ['a']), node('B', ['a'], ['b'])], ['b'], ['x']);
    expect(sortGraph(graph)).toBe(graph);
  });

  test('sees what a subgraph takes from around it', () => {
    const body = graphOf([node('Inner', ['a'], ['i'])], ['i']);
    const graph = graphOf([node('If', ['x'], ['y'], body), node('A', ['x'], ['a'])], ['y'], ['x']);
    expect([...outerNames(body)]).toEqual(['a']);
    expect(sortGraph(graph).nodes.map((each) => each.opType)).toEqual(['A', 'If']);
  });

  test('sorts inside subgraphs', () => {
    const body = graphOf([node('D', ['c'], ['d']), node('C', ['x'], ['c'])], ['d']);
    const sorted = sortGraph(graphOf([node('If', ['x'], ['y'], body)], ['y'], ['x']));
    valid(sorted);
    expect(() => valid(graphOf([node('If', ['x'], ['y'], body)], ['y'], ['x']))).toThrow(/before it is made/);
  });

  test('sorts any acyclic graph, and names a cycle in any other', () => {
    const shuffled = fc.integer({ min: 2, max: 12 }).chain((count) => {
      const links = fc.array(fc.tuple(fc.nat(count - 1), fc.nat(count - 1)), { maxLength: 20 });
      return fc.tuple(links, fc.shuffledSubarray([...Array(count).keys()], { minLength: count }), fc.boolean());
    });
    fc.assert(
      fc.property(shuffled, ([links, order, isCyclic]) => {
        // Links lead from a smaller to a larger number, unless a cycle is wanted.
        const edges = links.filter(([from, to]) => from < to);
        if (isCyclic) edges.push([0, 1], [1, 0]);
        const nodes = order.map((index) => {
          const inputs = edges.filter(([, to]) => to === index).map(([from]) => `v${from}`);
          return node(`Op${index}`, ['x', ...inputs], [`v${index}`]);
        });
        const graph = graphOf(nodes, ['v0'], ['x']);
        if (isCyclic) expect(() => sortGraph(graph)).toThrow(expect.objectContaining({ code: 'onnx/cycle' }) as MessierError);
        else valid(sortGraph(graph));
      }),
    );
  });

  test('sorts a long chain that stands upside down', () => {
    const count = 50_000;
    const nodes = Array.from({ length: count }, (_, index) => node('Op', [index === 0 ? 'x' : `v${index - 1}`], [`v${index}`]));
    const sorted = sortGraph(graphOf(nodes.toReversed(), [`v${count - 1}`], ['x']));
    expect(sorted.nodes).toEqual(nodes);
  });
});
