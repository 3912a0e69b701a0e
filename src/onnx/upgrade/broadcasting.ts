import type { Node } from '../types.js';
import { intOf, isSingle, type UpgradeContext } from './context.js';
import { helper, without, withInputs, type UpgradeRule } from './rule.js';

/** Operators that broadcast by other rules before opset 7. */
export const broadcasting: readonly UpgradeRule[] = [
  {
    operators: ['Add', 'Sub', 'Mul', 'Div', 'Pow', 'And', 'Or', 'Xor', 'Equal', 'Greater', 'Less'],
    before: 17,
    apply: upgradeBinary,
  },
  { operators: ['Gemm'], before: 17, apply: (node) => [without(node, 'broadcast')] },
  { operators: ['PRelu'], before: 7, apply: upgradePRelu },
];

/** `axis` says at which dimension of A the dimensions of B begin; since opset 7 they end where those of A end. */
function upgradeBinary(node: Node, context: UpgradeContext): readonly Node[] {
  const axis = intOf(node, 'axis');
  const plain = without(node, 'axis', 'broadcast');
  // Without an axis the last dimensions are matched, as today.
  if (axis === undefined || axis < 0 || intOf(node, 'broadcast') === 0) return [plain];
  const [a = '', b = ''] = node.inputs;
  if (isSingle(context.constant(b))) return [plain];
  const [rankA, rankB] = [context.rank(a), context.rank(b)];
  if (rankA === undefined || rankB === undefined)
    context.fail(node, `it broadcasts from axis ${axis} on over a value of unknown rank`);
  const trailing = rankA - axis - rankB;
  if (trailing < 0) context.fail(node, `axis ${axis} leaves no room for the ${rankB} dimensions of "${b}"`);
  return trailBy(plain, 1, trailing, context);
}

/** Before opset 7 a slope of C elements belonged to the channels, dimension 1. */
function upgradePRelu(node: Node, context: UpgradeContext): readonly Node[] {
  const [data = '', slope = ''] = node.inputs;
  if (context.rank(slope) !== 1 || isSingle(context.constant(slope))) return [node];
  const rank = context.rank(data);
  if (rank === undefined) context.fail(node, 'the rank of its data is unknown');
  return trailBy(node, 1, Math.max(0, rank - 2), context);
}

/** The node with `count` dimensions of 1 put behind those of an input; a parameter keeps its name and shape. */
function trailBy(node: Node, input: number, count: number, context: UpgradeContext): readonly Node[] {
  if (count === 0) return [node];
  const name = node.inputs[input] ?? '';
  const replace = (by: string): Node =>
    withInputs(
      node,
      node.inputs.map((old, index) => (index === input ? by : old)),
    );
  const rank = context.rank(name) ?? 0;
  const axes = context.addInts(
    Array.from({ length: count }, (_, index) => rank + index),
    node,
    'axes',
  );
  const unsqueeze = helper(context, node, 'Unsqueeze', [name, axes]);
  return [unsqueeze.node, replace(unsqueeze.output)];
}
