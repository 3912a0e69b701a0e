import type { Value } from '../onnx/assembler.js';
import { GraphBuilder } from '../onnx/builder.js';
import type { Model } from '../onnx/types.js';
import { dirichletConcentrations, expectedShares, shareActivations, treeShares } from './heads.js';
import type { VoteTree } from './tree.js';

/** How a network's logits become shares: an activation, or concentrations of Dirichlet distributions. */
export const voteHeads = [...shareActivations, 'dirichlet'] as const;
export type VoteHead = (typeof voteHeads)[number];

/** Shares of all volunteers, and the concentrations that say how sure they are; (N, K) each. */
export interface HeadValues {
  readonly shares: Value;
  /** Of a Dirichlet head. */
  readonly concentrations?: Value;
}

/**
 * What a head makes of logits (N, K).
 *
 * @throws MessierError `votes/shape`.
 */
export function applyHead(g: GraphBuilder, logits: Value, tree: VoteTree, head: VoteHead): HeadValues {
  if (head !== 'dirichlet') return { shares: treeShares(g, logits, tree, head) };
  const concentrations = dirichletConcentrations(g, logits);
  return { shares: expectedShares(g, concentrations, tree), concentrations };
}

/**
 * The model with the output `shares` (N, K) in place of its `logits` (N, K).
 *
 * @throws MessierError `votes/shape`.
 */
export function withShares(model: Model, tree: VoteTree, head: VoteHead): Model {
  const g = new GraphBuilder({ opset: model.opsets[''] ?? 17 }).adopt(model);
  const { shares } = applyHead(g, g.value('logits'), tree, head);
  g.output(shares, 'shares');
  const built = g.build({ name: model.graph.name });
  return { ...built, graph: { ...built.graph, outputs: built.graph.outputs.filter(({ name }) => name === 'shares') } };
}
