import { MessierError } from './errors.js';
import { murmur128 } from './murmur.js';
import { normalQuantile } from './normal-quantile.js';

/** Names one stream among all streams of a seed: `('weights', 'layer1.0.conv1.weight')`, `('epoch', 3, 'shuffle')`. */
export type StreamPath = readonly (string | number)[];

/** Four unsigned 32-bit words, not all 0. */
export type RandomState = readonly [number, number, number, number];

/** An array whose elements can be exchanged. */
interface Shuffled<T> {
  readonly length: number;
  [index: number]: T;
}

/**
 * Pseudo-random numbers, the same bits on every platform: xoshiro128** 1.1, period 2^128 - 1. Made by {@link randomStream}.
 *
 * Source: D. Blackman and S. Vigna, Scrambled linear pseudorandom number generators, ACM TOMS 47 (2021) 36;
 * https://prng.di.unimi.it/xoshiro128starstar.c.
 */
export class RandomStream {
  private a: number;
  private b: number;
  private c: number;
  private d: number;

  constructor(state: RandomState) {
    [this.a, this.b, this.c, this.d] = state;
  }

  /** A whole number in [0, 2^32). */
  word(): number {
    const { b } = this;
    const scrambled = Math.imul(b, 5);
    const result = Math.imul((scrambled << 7) | (scrambled >>> 25), 9) >>> 0;
    this.c ^= this.a;
    this.d ^= b;
    this.b = b ^ this.c;
    this.a ^= this.d;
    this.c ^= b << 9;
    this.d = (this.d << 11) | (this.d >>> 21);
    return result;
  }

  /** A number in [0, 1), a multiple of 2^-53. */
  uniform(): number {
    return ((this.word() >>> 5) * 0x4000000 + (this.word() >>> 6)) * 2 ** -53;
  }

  /** A number in (0, 1), never 0 or 1: the middle of one of 2^52 equal parts. */
  private inside(): number {
    return ((this.word() >>> 6) * 0x4000000 + (this.word() >>> 6) + 0.5) * 2 ** -52;
  }

  /** A value of the normal distribution with mean 0 and deviation 1, by inversion: one {@link uniform} each. */
  normal(): number {
    return normalQuantile(this.inside());
  }

  /**
   * A value of the standard normal distribution given that it lies within ±2. Its deviation is 0.8796.
   * By inversion: nothing is rejected, so every value takes the same share of the stream.
   */
  truncatedNormal(): number {
    return normalQuantile(belowMinusTwo + this.inside() * (1 - 2 * belowMinusTwo));
  }

  /** A whole number in [0, n), each equally likely; 1 <= n <= 2^32. */
  integer(n: number): number {
    if (!Number.isInteger(n) || n < 1 || n > 2 ** 32) {
      throw new MessierError(
        'random/range',
        `integer(n): a whole number from 1 to 2^32 expected, ${n} received. Pass the number of choices.`,
      );
    }
    const limit = 2 ** 32 - (2 ** 32 % n);
    let word = this.word();
    while (word >= limit) word = this.word();
    return word % n;
  }

  /** Puts the elements in random order, in place; each order equally likely (Fisher and Yates). Returns the array. */
  shuffle<T, A extends Shuffled<T>>(array: A & Shuffled<T>): A {
    for (let left = array.length; left > 1; left--) {
      const chosen = this.integer(left);
      const last = array[left - 1] as T;
      array[left - 1] = array[chosen] as T;
      array[chosen] = last;
    }
    return array;
  }

  /**
   * Fills with numbers from 24 bits each: all that a float32 holds. They are from [low, high) where that is [0, 1); elsewhere they are
   * rounded to float32, by which the smallest may fall just below `low` and the largest on `high` or just above. Returns the array.
   */
  fillUniform(array: Float32Array, low = 0, high = 1): Float32Array {
    const scale = (high - low) * 2 ** -24;
    for (let index = 0; index < array.length; index++) array[index] = low + (this.word() >>> 8) * scale;
    return array;
  }

  /** Fills with normal numbers. Returns the array. */
  fillNormal(array: Float32Array, mean = 0, deviation = 1): Float32Array {
    for (let index = 0; index < array.length; index++) array[index] = mean + deviation * this.normal();
    return array;
  }

  /** Fills with normal numbers cut at two deviations; `deviation` is the one before the cut. Returns the array. */
  fillTruncatedNormal(array: Float32Array, mean = 0, deviation = 1): Float32Array {
    for (let index = 0; index < array.length; index++) array[index] = mean + deviation * this.truncatedNormal();
    return array;
  }
}

/** Probability that a standard normal value lies below -2. */
const belowMinusTwo = 0.022750131948179212;

const encoder = new TextEncoder();

/**
 * The stream of a seed and a path. Streams of different paths are independent of each other and of the order in which they are
 * asked for: adding a layer does not change the first weights of another. Its state is the MurmurHash3 of `[seed, ...path]` as JSON.
 * Throws `random/seed` where the seed or a number of the path is not a whole number that is exact in a double.
 *
 * @example
 * const order = randomStream(seed, 'epoch', epoch).shuffle([...items]);
 */
export function randomStream(seed: number, ...path: StreamPath): RandomStream {
  for (const part of [seed, ...path]) {
    if (typeof part === 'number' && !Number.isSafeInteger(part)) {
      throw new MessierError('random/seed', `A seed is a whole number within ±2^53; ${part} received. Pass one, for example 1.`);
    }
  }
  const state = murmur128(encoder.encode(JSON.stringify([seed, ...path])));
  return new RandomStream(state.some((word) => word !== 0) ? state : [1, 2, 3, 4]);
}
