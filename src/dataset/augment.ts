/**
 * Random changes of training pictures: drawn as a few numbers, then applied in one pass from the cache's bytes to the network's input.
 *
 * A picture is read once for each pixel that the network sees, at a place that turn, mirror, zoom, stretch and shift give together, so
 * that nothing is interpolated twice, and what lies beyond the crop comes into view instead of an invented border.
 */
import { MessierError } from '../core/errors.js';
import { randomStream, type RandomStream } from '../core/random.js';
import type { Augmentation } from './types.js';

export { mixBatch } from './mixup.js';

/** What happens to one picture, as plain numbers. Drawn by {@link drawChange}; {@link unchanged} does nothing. */
export interface Change {
  /**
   * From the pixel at (u, v) of the result, columns and rows from its centre, to (a u + b v, c u + d v) of the source, from the centre of
   * its crop.
   */
  readonly a: number;
  readonly b: number;
  readonly c: number;
  readonly d: number;
  /** Added to the place in the source, as shares of the result's side: to the right and down. */
  readonly shiftX: number;
  readonly shiftY: number;
  /** Factor on values in [0, 1], which are cut at 1 again. */
  readonly intensity: number;
  /** Standard deviation of the noise on values in [0, 1], which are cut at 0 and 1; 0 for none. */
  readonly noise: number;
  /** Seeds the noise. */
  readonly noiseSeed: number;
  /** Side of the square that is set to the mean, and its centre, as shares of the result's side; it may stick out. 0 for none. */
  readonly cutout: number;
  readonly cutoutX: number;
  readonly cutoutY: number;
}

/** The plain crop. */
export const unchanged: Change = {
  a: 1,
  b: 0,
  c: 0,
  d: 1,
  shiftX: 0,
  shiftY: 0,
  intensity: 1,
  noise: 0,
  noiseSeed: 0,
  cutout: 0,
  cutoutX: 0,
  cutoutY: 0,
};

/** Sizes and normalisation that {@link augmentInto} needs. */
export interface AugmentShape {
  /** Of the source, in pixels. */
  readonly side: number;
  /** Of the result, in pixels; at most `side`. */
  readonly size: number;
  readonly channels: 1 | 3;
  /** Of values in [0, 1], one a channel. */
  readonly mean: readonly number[];
  readonly deviation: readonly number[];
}

/** Cosine and sine of 0, 90, 180 and 270 degrees, exact. */
const quarterTurns = [
  [1, 0],
  [0, 1],
  [-1, 0],
  [0, -1],
] as const;

/**
 * Draws a change. `strength` scales angle, shift, zoom, stretch, intensity, noise and cutout (the factor of a class, 1 for most);
 * quarter turns and mirrors have no strength and only vanish at 0. Zoom, stretch and intensity scale as logarithms: at strength 2, zoom
 * reaches (1 + zoom)^2.
 *
 * In the order in which they meet the picture: mirror, stretch along its axes (which keeps its area), zoom, turn about the centre,
 * shift; then intensity, noise, cutout. Every change takes as many numbers from the stream, whatever is switched on, so that
 * switching one kind on leaves the others as they were.
 *
 * @example
 * const change = drawChange({ rotate: 180, flip: 'both', zoom: 0.1 }, 1, randomStream(seed, 'epoch', epoch, item));
 */
export function drawChange(augmentation: Augmentation, strength: number, random: RandomStream): Change {
  const { rotate = 0, flip = 'none', shift = 0, zoom = 0, stretch = 0, intensity = 0, noise = 0, cutout = 0 } = augmentation;
  /** Uniform in [-1, 1). */
  const spread = (): number => 2 * random.uniform() - 1;
  /** Log-uniform between 1 / (1 + amount) and 1 + amount. */
  const factor = (amount: number): number => (1 + amount) ** (strength * spread());

  const turn = random.uniform();
  const [cosine, sine] = strength > 0 || rotate !== 'quarter' ? turned(rotate, strength, turn) : quarterTurns[0];
  const mirrorX = random.uniform() < 0.5 && flip !== 'none' && strength > 0 ? -1 : 1;
  const mirrorY = random.uniform() < 0.5 && flip === 'both' && strength > 0 ? -1 : 1;
  const scale = factor(zoom);
  const ratio = Math.sqrt(factor(stretch));
  const [scaleX, scaleY] = [mirrorX / (scale * ratio), (mirrorY * ratio) / scale];
  const reach = Math.min(0.5, strength * shift);
  return {
    a: scaleX * cosine,
    b: scaleX * sine,
    c: -scaleY * sine,
    d: scaleY * cosine,
    shiftX: reach * spread(),
    shiftY: reach * spread(),
    intensity: factor(intensity),
    noise: strength * noise,
    noiseSeed: random.word(),
    cutout: Math.min(1, strength * cutout),
    cutoutX: random.uniform(),
    cutoutY: random.uniform(),
  };
}

/** Cosine and sine of the angle that a number in [0, 1) stands for. */
function turned(rotate: number | 'quarter', strength: number, turn: number): readonly [number, number] {
  if (rotate === 'quarter') return quarterTurns[Math.floor(4 * turn)] ?? quarterTurns[0];
  const angle = ((2 * turn - 1) * Math.min(180, strength * rotate) * Math.PI) / 180;
  return [Math.cos(angle), Math.sin(angle)];
}

/**
 * Writes a changed picture as the network takes it: ((value / 255) intensity - mean) / deviation, interpolated linearly between the
 * four nearest pixels. Beyond its edge the source goes on with its last pixel. {@link unchanged} gives the central crop exactly, and
 * quarter turns and mirrors alone give permutations of it; where size and side differ by an odd number the crop lies half a pixel up
 * and to the left. Nothing is smoothed before it shrinks: a zoom below about 1/2 would show aliases.
 *
 * `source`: planes of bytes (channels, side, side). `target`: takes planes (channels, size, size) from `offset` on.
 * Throws `dataset/augment` for arrays too short or sizes that do not fit.
 *
 * @example
 * augmentInto(images, n * 3 * size ** 2, pixels, { side: 96, size: 72, channels: 3, mean, deviation }, change);
 */
export function augmentInto(target: Float32Array, offset: number, source: Uint8Array, shape: AugmentShape, change: Change): void {
  const { side, size, channels } = shape;
  checkShape(target, offset, source, shape);
  const { a, b, c, d, intensity } = change;
  const half = (size - 1) / 2;
  const centre = Math.floor((side - size) / 2) + half;
  const [middleX, middleY] = [centre + change.shiftX * size, centre + change.shiftY * size];
  const [last, plane, area] = [side - 1, side * side, size * size];
  const noise = change.noise > 0 ? randomStream(change.noiseSeed) : undefined;

  for (let row = 0, pixel = offset; row < size; row++) {
    const v = row - half;
    for (let column = 0; column < size; column++, pixel++) {
      const u = column - half;
      const x = Math.min(last, Math.max(0, middleX + a * u + b * v));
      const y = Math.min(last, Math.max(0, middleY + c * u + d * v));
      const [left, top] = [Math.floor(x), Math.floor(y)];
      const [shareX, shareY] = [x - left, y - top];
      const right = left < last ? 1 : 0;
      const below = top < last ? side : 0;
      for (let channel = 0, at = top * side + left; channel < channels; channel++, at += plane) {
        const upperLeft = source[at] ?? 0;
        const lowerLeft = source[at + below] ?? 0;
        const upper = upperLeft + shareX * ((source[at + right] ?? 0) - upperLeft);
        const lower = lowerLeft + shareX * ((source[at + below + right] ?? 0) - lowerLeft);
        let value = Math.min(1, ((upper + shareY * (lower - upper)) / 255) * intensity);
        if (noise) value = Math.min(1, Math.max(0, value + change.noise * noise.normal()));
        target[pixel + channel * area] = (value - (shape.mean[channel] ?? 0)) / (shape.deviation[channel] ?? 1);
      }
    }
  }
  if (change.cutout > 0) cutOut(target, offset, shape, change);
}

/** Sets the square to the mean, which is 0 after normalisation (T. DeVries and G. W. Taylor, arXiv:1708.04552). */
function cutOut(target: Float32Array, offset: number, { size, channels }: AugmentShape, change: Change): void {
  const edge = (middle: number, sign: number): number =>
    Math.min(size, Math.max(0, Math.round((middle + (sign * change.cutout) / 2) * size)));
  const [left, right] = [edge(change.cutoutX, -1), edge(change.cutoutX, 1)];
  const [top, bottom] = [edge(change.cutoutY, -1), edge(change.cutoutY, 1)];
  for (let channel = 0; channel < channels; channel++) {
    for (let row = top; row < bottom; row++) {
      const start = offset + (channel * size + row) * size;
      target.fill(0, start + left, start + right);
    }
  }
}

function checkShape(target: Float32Array, offset: number, source: Uint8Array, shape: AugmentShape): void {
  const { side, size, channels, mean, deviation } = shape;
  const fits =
    size >= 1 &&
    size <= side &&
    source.length >= channels * side * side &&
    offset >= 0 &&
    target.length >= offset + channels * size * size &&
    mean.length >= channels &&
    deviation.length >= channels;
  if (fits) return;
  throw new MessierError(
    'dataset/augment',
    `A crop of ${size} pixels from planes of ${side} with ${channels} channels needs ${channels * side ** 2} bytes, room for ` +
      `${channels * size ** 2} values, and a mean and deviation a channel; ${source.length} bytes, room for ${target.length - offset}, ` +
      `${mean.length} and ${deviation.length} received. Pass sizes that fit, with size at most side.`,
  );
}
