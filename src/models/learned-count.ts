import { parameterCount } from '../nn/parameters.js';
import { cutModel } from '../onnx/rewrite/index.js';
import type { Model } from '../onnx/types.js';

/** What `deploy` calls the network's answer; in an ensemble behind the prefix of a member. */
const answer = /(^|\/)network\.logits$/;
/** The layer that combines the members of an ensemble. */
const stack = /^messier\.stack\./;

/**
 * How many numbers of a finished model were learned: those of its network (of all the members' in an ensemble), and of the layer that stacks them.
 * Offsets, temperatures and what makes shares of a tree out of logits are not among them.
 *
 * @param model What `deploy` or `ensemble` made.
 *
 * @example
 * learnedCount(loadModel('runs/a/model.onnx')); // 152164
 */
export function learnedCount(model: Model): number {
  const { nodes, initializers } = model.graph;
  const ends = nodes.flatMap(({ outputs }) => outputs.filter((name) => answer.test(name)));
  const stacked = [...initializers].filter(([name]) => stack.test(name)).reduce((sum, [, { data }]) => sum + data.length, 0);
  return stacked + parameterCount(ends.length > 0 ? cutModel(model, { outputs: ends }) : model);
}
