import { MessierError } from '../core/errors.js';
import type { Value } from '../onnx/assembler.js';
import type { GraphBuilder } from '../onnx/builder.js';
import type { Node } from '../onnx/types.js';

/** Where a training graph will run; rules may emit different operators for the same mathematics. */
export type Target = 'cpu' | 'webgpu' | 'cuda';

/** One node in the backward sweep. */
export interface RuleContext {
  readonly g: GraphBuilder;
  readonly node: Node;
  readonly inputs: readonly (Value | undefined)[];
  readonly outputs: readonly (Value | undefined)[];
  /** dL/d(output), one an output; absent where the loss does not depend on it. */
  readonly gradients: readonly (Value | undefined)[];
  /** Is the gradient of that input wanted? */
  needs(input: number): boolean;
  readonly target: Target;
}

/** Emits dL/d(input) for each input; a missing entry stands for zero. */
export type GradientRule = (context: RuleContext) => readonly (Value | undefined)[];

const rules = new Map<string, GradientRule>();
/** Keys of the rules that pass nothing on. */
const constants = new Set<string>();

const key = (opType: string, domain: string): string => (domain === '' || domain === 'ai.onnx' ? opType : `${domain}.${opType}`);

/**
 * Registers the gradient rule of an operator.
 *
 * @example
 * registerGradient('Neg', ({ g, gradients: [dy] }) => [dy && g.neg(dy)]);
 */
export function registerGradient(opType: string, rule: GradientRule, domain = ''): void {
  rules.set(key(opType, domain), rule);
  constants.delete(key(opType, domain));
}

/** Operators through which no gradient flows: integers, comparisons, steps. */
export function registerConstant(...opTypes: readonly string[]): void {
  for (const opType of opTypes) {
    rules.set(opType, () => []);
    constants.add(opType);
  }
}

/** The rule of a node; throws `autodiff/no-rule` where there is none. */
export function gradientRule(node: Node): GradientRule {
  const rule = rules.get(key(node.opType, node.domain));
  if (rule) return rule;
  throw new MessierError(
    'autodiff/no-rule',
    `${key(node.opType, node.domain)} "${node.name}" has no gradient rule and lies between a trainable parameter and the loss. ` +
      'Freeze every parameter below it, cut the graph at another value, or add a rule with registerGradient.',
  );
}

/** Operators through which gradients flow, sorted. */
export function differentiableOperators(): readonly string[] {
  return [...rules.keys()].filter((name) => !constants.has(name)).sort();
}

/** Operators through which none flows and which are no obstacle: integers, comparisons, steps; sorted. */
export function constantOperators(): readonly string[] {
  return [...constants].sort();
}

/**
 * The first output's gradient and the first input and output: all that most rules need. Throws `autodiff/second-output` where the loss depends on
 * another output, whose gradient such a rule would lose.
 */
export function single(context: RuleContext): { readonly dy: Value; readonly x: Value; readonly y: Value } {
  const { node, outputs } = context;
  const [dy, ...others] = context.gradients;
  const lost = others.findIndex((gradient) => gradient !== undefined);
  if (lost >= 0) {
    throw new MessierError(
      'autodiff/second-output',
      `${node.opType} "${node.name}": the loss depends on its output ${String(lost + 1)} ("${outputs[lost + 1]?.name ?? ''}"), through which no gradient is formed. ` +
        'Compute that value from the first output, or freeze everything below.',
    );
  }
  const x = context.inputs[0];
  const y = outputs[0];
  if (!dy || !x || !y)
    throw new MessierError('autodiff/arity', `${node.opType} "${node.name}" lacks its first input, output or gradient.`);
  return { dy, x, y };
}
