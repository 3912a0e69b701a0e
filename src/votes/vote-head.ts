import type { Value } from '../onnx/assembler.js';
import type { GraphBuilder } from '../onnx/builder.js';
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
