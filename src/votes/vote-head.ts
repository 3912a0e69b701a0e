import type { Value } from '../onnx/assembler.js';
import { GraphBuilder } from '../onnx/builder.js';
import type { Model } from '../onnx/types.js';
import { dirichletConcentrations, shareActivations, treeShares } from './heads.js';
import type { VoteTree } from './tree.js';

/** How a network's numbers become shares: an activation, or concentrations of Dirichlet distributions. */
export const voteHeads = [...shareActivations, 'dirichlet'] as const;
export type VoteHead = (typeof voteHeads)[number];

/**
 * The model with the output `answers` (N, K) in place of its `logits` (N, K): shares that respect the tree, or with `dirichlet` the
 * concentrations.
 *
 * @throws MessierError `votes/shape` where the logits are not (N, K).
 *
 * @example
 * const model = withVoteHead(createModel('galaxy-cnn', { classes: treeLayout(tree).columns.length }), tree, 'softmax');
 */
export function withVoteHead(model: Model, tree: VoteTree, head: VoteHead): Model {
  const g = new GraphBuilder({ opset: model.opsets[''] ?? 17 }).adopt(model);
  const logits = g.value('logits');
  g.output(answersOf(g, logits, tree, head), 'answers');
  const built = g.build({ name: model.graph.name });
  const outputs = built.graph.outputs.filter(({ name }) => name === 'answers');
  return { ...built, metadata: model.metadata, graph: { ...built.graph, outputs } };
}

const answersOf = (g: GraphBuilder, logits: Value, tree: VoteTree, head: VoteHead): Value =>
  head === 'dirichlet' ? dirichletConcentrations(g, logits) : treeShares(g, logits, tree, head);
