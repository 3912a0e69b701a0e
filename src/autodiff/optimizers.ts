import { MessierError } from '../core/errors.js';
import type { Value } from '../onnx/assembler.js';
import type { GraphBuilder } from '../onnx/builder.js';

/** One parameter's update, as values of the training graph. */
export interface UpdateContext {
  readonly g: GraphBuilder;
  readonly parameter: Value;
  readonly gradient: Value;
  /** State tensors of the parameter's shape, zero before the first step. */
  readonly slots: readonly Value[];
  /** Scalar. */
  readonly rate: Value;
  /** Scalar float32: 1 at the first step. */
  readonly step: Value;
}

/** The parameter after the step, and its state. */
export interface Update {
  readonly parameter: Value;
  readonly slots: readonly Value[];
}

/** How gradients become new parameters, emitted into the training graph. */
export interface Optimizer {
  readonly name: string;
  /** State tensors a parameter, by name. */
  readonly slots: readonly string[];
  emit(context: UpdateContext): Update;
}

function checked(name: string, options: Readonly<Record<string, number>>, rule: string, holds: (value: number) => boolean): void {
  for (const [key, value] of Object.entries(options)) {
    if (!holds(value)) throw new MessierError('optimizer/option', `${name}: ${key} must be ${rule}, ${String(value)} received.`);
  }
}
const isShare = (value: number): boolean => value >= 0 && value < 1;
const isPositive = (value: number): boolean => value > 0 && Number.isFinite(value);
const isNonNegative = (value: number): boolean => value >= 0 && Number.isFinite(value);

/** d + lambda p. */
function decayed({ g, parameter, gradient }: UpdateContext, weightDecay: number): Value {
  return weightDecay === 0 ? gradient : g.add(gradient, g.mul(parameter, g.scalar(weightDecay)));
}

/** Options of {@link sgd}. */
export interface SgdOptions {
  readonly momentum?: number;
  readonly nesterov?: boolean;
  readonly weightDecay?: number;
}

/** v' = momentum v + d; p' = p - rate v' (Nesterov: p - rate (d + momentum v')), with d = gradient + weightDecay p. PyTorch's form, without dampening. */
export function sgd({ momentum = 0, nesterov = false, weightDecay = 0 }: SgdOptions = {}): Optimizer {
  checked('sgd', { momentum }, 'in [0, 1)', isShare);
  checked('sgd', { weightDecay }, 'at least 0', isNonNegative);
  if (nesterov && momentum === 0)
    throw new MessierError('optimizer/option', 'sgd: nesterov needs a momentum above 0. Set momentum: 0.9.');
  return {
    name: 'sgd',
    slots: momentum === 0 ? [] : ['velocity'],
    emit(context) {
      const { g, parameter, slots, rate } = context;
      const gradient = decayed(context, weightDecay);
      const [velocity] = slots;
      if (!velocity) return { parameter: g.sub(parameter, g.mul(gradient, rate)), slots: [] };
      const next = g.add(g.mul(velocity, g.scalar(momentum)), gradient);
      const direction = nesterov ? g.add(g.mul(next, g.scalar(momentum)), gradient) : next;
      return { parameter: g.sub(parameter, g.mul(direction, rate)), slots: [next] };
    },
  };
}

/** Options of {@link adam} and {@link adamW}. */
export interface AdamOptions {
  readonly beta1?: number;
  readonly beta2?: number;
  readonly epsilon?: number;
  readonly weightDecay?: number;
}

/**
 * m' = beta1 m + (1 - beta1) d; v' = beta2 v + (1 - beta2) d^2; p' = p - rate m^ / (sqrt(v^) + epsilon), with m^ and v^ corrected for
 * their start at 0 (Kingma & Ba 2014, https://arxiv.org/abs/1412.6980). The slots hold m / (1 - beta1) and v / (1 - beta2), which
 * saves two passes over the parameters; the constants move into two scalars.
 */
function adamUpdate(
  context: UpdateContext,
  options: Required<Omit<AdamOptions, 'weightDecay'>>,
  gradient: Value,
): { readonly step: Value; readonly slots: readonly Value[] } {
  const { g, slots, rate, step } = context;
  const { beta1, beta2, epsilon } = options;
  const [first, second] = slots;
  if (!first || !second) throw new RangeError('Adam keeps two slots.');
  const m = g.add(g.mul(first, g.scalar(beta1)), gradient);
  const v = g.add(g.mul(second, g.scalar(beta2)), g.mul(gradient, gradient));
  // Scalars: k m / (sqrt(v) + e) with c = sqrt((1 - beta2) / (1 - beta2^t)), k = rate (1 - beta1) / (1 - beta1^t) / c and e = epsilon / c.
  const correction = (beta: number): Value => g.div(g.scalar(1 - beta), g.sub(g.scalar(1), g.pow(g.scalar(beta), step)));
  const c = g.sqrt(correction(beta2));
  const k = g.div(g.mul(rate, correction(beta1)), c);
  const denominator = g.add(g.sqrt(v), g.div(g.scalar(epsilon), c));
  return { step: g.mul(g.div(m, denominator), k), slots: [m, v] };
}

function adamOptions(name: string, options: AdamOptions): Required<AdamOptions> {
  const { beta1 = 0.9, beta2 = 0.999, epsilon = 1e-8, weightDecay = name === 'adamW' ? 0.01 : 0 } = options;
  checked(name, { beta1, beta2 }, 'in [0, 1)', isShare);
  checked(name, { epsilon }, 'above 0', isPositive);
  checked(name, { weightDecay }, 'at least 0', isNonNegative);
  return { beta1, beta2, epsilon, weightDecay };
}

/** Adam, with weightDecay as a term of the gradient (L2). */
export function adam(options: AdamOptions = {}): Optimizer {
  const settings = adamOptions('adam', options);
  return {
    name: 'adam',
    slots: ['first', 'second'],
    emit(context) {
      const { step, slots } = adamUpdate(context, settings, decayed(context, settings.weightDecay));
      return { parameter: context.g.sub(context.parameter, step), slots };
    },
  };
}

/** Adam with decoupled decay: p' = (1 - rate weightDecay) p - Adam's step (Loshchilov & Hutter 2017, https://arxiv.org/abs/1711.05101). */
export function adamW(options: AdamOptions = {}): Optimizer {
  const settings = adamOptions('adamW', options);
  return {
    name: 'adamW',
    slots: ['first', 'second'],
    emit(context) {
      const { g, parameter, rate } = context;
      const { step, slots } = adamUpdate(context, settings, context.gradient);
      const shrink = g.sub(g.scalar(1), g.mul(rate, g.scalar(settings.weightDecay)));
      return { parameter: g.sub(settings.weightDecay === 0 ? parameter : g.mul(parameter, shrink), step), slots };
    },
  };
}

/** Options of {@link rmsProp}. */
export interface RmsPropOptions {
  /** Decay of the mean square. */
  readonly alpha?: number;
  readonly epsilon?: number;
  readonly momentum?: number;
  readonly weightDecay?: number;
}

/** s' = alpha s + (1 - alpha) d^2; q = d / (sqrt(s') + epsilon); b' = momentum b + q; p' = p - rate b' (Hinton's lecture 6e, in PyTorch's form). */
export function rmsProp({ alpha = 0.99, epsilon = 1e-8, momentum = 0, weightDecay = 0 }: RmsPropOptions = {}): Optimizer {
  checked('rmsProp', { alpha, momentum }, 'in [0, 1)', isShare);
  checked('rmsProp', { epsilon }, 'above 0', isPositive);
  checked('rmsProp', { weightDecay }, 'at least 0', isNonNegative);
  return {
    name: 'rmsProp',
    slots: momentum === 0 ? ['square'] : ['square', 'velocity'],
    emit(context) {
      const { g, parameter, slots, rate } = context;
      const [square, velocity] = slots;
      if (!square) throw new RangeError('RMSprop keeps a mean square.');
      const gradient = decayed(context, weightDecay);
      const next = g.add(g.mul(square, g.scalar(alpha)), g.mul(g.mul(gradient, gradient), g.scalar(1 - alpha)));
      const scaled = g.div(gradient, g.add(g.sqrt(next), g.scalar(epsilon)));
      if (!velocity) return { parameter: g.sub(parameter, g.mul(scaled, rate)), slots: [next] };
      const moved = g.add(g.mul(velocity, g.scalar(momentum)), scaled);
      return { parameter: g.sub(parameter, g.mul(moved, rate)), slots: [next, moved] };
    },
  };
}
