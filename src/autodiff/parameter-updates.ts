import { MessierError } from '../core/errors.js';
import type { Value } from '../onnx/assembler.js';
import type { GraphBuilder } from '../onnx/builder.js';
import type { Model, Tensor } from '../onnx/types.js';
import type { Optimizer } from './optimizers.js';

/** A tensor that a step takes in and gives back changed. */
export interface StateTensor {
  /** Input of the step. */
  readonly name: string;
  /** Output of the step: the next value of `name`. */
  readonly next: string;
  readonly role: 'parameter' | 'statistic' | 'optimizer' | 'average';
  readonly initial: Tensor;
}

const stepName = 'optimizer/step';

/** The tensor of an initializer. */
export function initialOf(model: Model, name: string): Tensor {
  const tensor = model.graph.initializers.get(name);
  if (!tensor) throw new RangeError(`"${name}" is not an initializer.`);
  return tensor;
}

/** Makes the next value of an input an output. */
export function carry(g: GraphBuilder, name: string, next: Value, role: StateTensor['role'], initial: Tensor): StateTensor {
  // An input, or a value that is an output already, needs a name of its own; others go out as they are, without a copy.
  const outward = g.isComputed(next) ? next : g.identity(next, g.unique(`${name}/next`));
  g.output(outward);
  return { name, next: outward.name, role, initial };
}

interface UpdateOptions {
  readonly optimizer: Optimizer;
  readonly averageDecay?: number;
  readonly rateFactor?: (name: string) => number;
  readonly skippedSteps?: (name: string) => number;
}

interface UpdateRequest {
  readonly model: Model;
  readonly options: UpdateOptions;
  readonly reached: readonly string[];
  readonly gradientOf: (name: string) => Value;
  readonly rate: Value;
  readonly state: StateTensor[];
}

/** Emits the optimizer and the moving averages, and lists the state they carry. */
export function update(g: GraphBuilder, { model, options, reached, gradientOf, rate, state }: UpdateRequest): void {
  const { optimizer, averageDecay, rateFactor = () => 1, skippedSteps = () => 0 } = options;
  if (averageDecay !== undefined && !(averageDecay >= 0 && averageDecay < 1)) {
    throw new MessierError('optimizer/option', `averageDecay must lie in [0, 1), ${String(averageDecay)} received.`);
  }
  const zero: Tensor = { type: 'float32', dims: [], data: Float32Array.of(0) };
  const step = g.add(g.input(stepName, 'float32', []), g.scalar(1));
  state.push(carry(g, stepName, step, 'optimizer', zero));
  const rateOf = scaledRates(g, rate);
  const stepOf = ownSteps(g, step);
  for (const name of reached) {
    const initial = initialOf(model, name);
    const slotNames = optimizer.slots.map((slot) => `${name}/${slot}`);
    const slots = slotNames.map((slot) => g.input(slot, 'float32', initial.dims));
    const result = optimizer.emit({
      g,
      parameter: g.value(name),
      gradient: gradientOf(name),
      slots,
      rate: rateOf(name, rateFactor(name)),
      step: stepOf(skippedSteps(name)),
    });
    state.push(carry(g, name, result.parameter, 'parameter', initial));
    result.slots.forEach((next, index) => {
      const slot = slotNames[index];
      if (slot !== undefined)
        state.push(carry(g, slot, next, 'optimizer', { ...initial, data: new Float32Array(initial.data.length) }));
    });
    if (averageDecay !== undefined) {
      const averageName = `${name}/average`;
      const average = g.input(averageName, 'float32', initial.dims);
      const next = g.add(g.mul(average, g.scalar(averageDecay)), g.mul(result.parameter, g.scalar(1 - averageDecay)));
      state.push(carry(g, averageName, next, 'average', initial));
    }
  }
}

/** Learning rates by parameter: one product for each factor that is not 1. */
function scaledRates(g: GraphBuilder, rate: Value): (name: string, factor: number) => Value {
  const scaled = new Map([[1, rate]]);
  return (name, factor) => {
    if (!(factor > 0 && Number.isFinite(factor))) {
      throw new MessierError(
        'optimizer/option',
        `rateFactor("${name}") must be a number above 0, ${String(factor)} received. What shall not learn is kept out by \`trainable\`.`,
      );
    }
    const own = scaled.get(factor) ?? g.mul(rate, g.scalar(factor));
    scaled.set(factor, own);
    return own;
  };
}

/** Steps by parameter: one difference for each number of skipped steps that is not 0. */
function ownSteps(g: GraphBuilder, step: Value): (skipped: number) => Value {
  const counted = new Map([[0, step]]);
  return (skipped) => {
    const own = counted.get(skipped) ?? g.sub(step, g.scalar(skipped));
    counted.set(skipped, own);
    return own;
  };
}
