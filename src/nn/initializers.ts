import type { RandomStream } from '../core/random.js';

/** Makes the first values of a parameter of those dimensions, row-major. Weights are (out, in) or (out, in/groups, kh, kw). */
export type Initializer = (dims: readonly number[], random: RandomStream) => Float32Array;

/** Which side of a layer keeps its variance: `in` for activations, `out` for gradients. */
export type FanMode = 'in' | 'out';

const count = (dims: readonly number[]): number => dims.reduce((product, dim) => product * dim, 1);

/** Inputs that one output sums over and outputs that one input reaches: (in, out) times the kernel's pixels. */
export function fans(dims: readonly number[]): { readonly in: number; readonly out: number } {
  const [out = 1, inputs = out, ...kernel] = dims;
  const pixels = count(kernel);
  return { in: inputs * pixels, out: out * pixels };
}

/** Every value the same. */
export function constant(value: number): Initializer {
  return (dims) => new Float32Array(count(dims)).fill(value);
}

/** Memory that nobody has written to: it is not even there until somebody does. */
export const zeros: Initializer = (dims) => new Float32Array(count(dims));
export const ones: Initializer = constant(1);

/** U(-bound, bound). */
export function uniform(options: { readonly bound: number }): Initializer {
  return (dims, random) => random.fillUniform(new Float32Array(count(dims)), -options.bound, options.bound);
}

/** N(0, deviation²). */
export function normal(options: { readonly deviation: number }): Initializer {
  return (dims, random) => random.fillNormal(new Float32Array(count(dims)), 0, options.deviation);
}

/** N(0, deviation²) cut at two deviations, as for the embeddings of BERT. The cut leaves 0.88 of the deviation. */
export function truncatedNormal(options: { readonly deviation: number }): Initializer {
  return (dims, random) => random.fillTruncatedNormal(new Float32Array(count(dims)), 0, options.deviation);
}

/**
 * U(-b, b), b = sqrt(6 / (fan in + fan out)): the default of this package, as of Keras.
 * Source: X. Glorot and Y. Bengio, AISTATS 2010.
 */
export const glorotUniform: Initializer = (dims, random) => {
  const { in: inputs, out } = fans(dims);
  return uniform({ bound: Math.sqrt(6 / (inputs + out)) })(dims, random);
};

/** N(0, 2 / (fan in + fan out)). Source: X. Glorot and Y. Bengio, AISTATS 2010. */
export const glorotNormal: Initializer = (dims, random) => {
  const { in: inputs, out } = fans(dims);
  return normal({ deviation: Math.sqrt(2 / (inputs + out)) })(dims, random);
};

/**
 * N(0, 2 / fan), for layers followed by ReLU; torch's `kaiming_normal_(nonlinearity="relu")`.
 * Source: K. He et al., Delving deep into rectifiers, ICCV 2015, arXiv:1502.01852.
 */
export function heNormal(options: { readonly mode?: FanMode } = {}): Initializer {
  return (dims, random) => normal({ deviation: Math.sqrt(2 / fans(dims)[options.mode ?? 'in']) })(dims, random);
}

/** U(-b, b), b = sqrt(6 / fan); Keras' `he_uniform`. Source: arXiv:1502.01852. */
export function heUniform(options: { readonly mode?: FanMode } = {}): Initializer {
  return (dims, random) => uniform({ bound: Math.sqrt(6 / fans(dims)[options.mode ?? 'in']) })(dims, random);
}

/**
 * U(-b, b), b = sqrt(6 / ((1 + slope²) fan in)) for a leaky ReLU. The slope sqrt(5) gives b = 1 / sqrt(fan in):
 * the first weights of torch's `Linear` and `Conv2d`. Source: arXiv:1502.01852, section 2.2.
 */
export function kaimingUniform(options: { readonly slope?: number } = {}): Initializer {
  const slope = options.slope ?? Math.sqrt(5);
  return (dims, random) => uniform({ bound: Math.sqrt(6 / ((1 + slope * slope) * fans(dims).in)) })(dims, random);
}
