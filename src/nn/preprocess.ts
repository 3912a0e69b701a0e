import type { Value } from '../onnx/assembler.js';
import type { GraphBuilder } from '../onnx/builder.js';
import { imageDims, known, misfit, refuse, whole } from './checks.js';

/** `crop`: the central square of the picture. `stretch`: the whole of it, its sides scaled separately. */
export type Fit = 'crop' | 'stretch';

/** How a picture becomes a square. */
export interface SquareOptions {
  /** `crop` unless told. */
  readonly fit?: Fit | undefined;
  /** Side of the square that comes out, in pixels. */
  readonly size: number;
  /** Share of the shorter side that is kept around the centre, in (0, 1]; of each side where the picture is stretched. */
  readonly crop: number;
}

/** How a picture becomes a network's input. */
export interface PreprocessOptions extends SquareOptions {
  readonly channels: 1 | 3;
  /** Of values in [0, 1], one a channel; (value - mean) / deviation comes out. */
  readonly mean: readonly number[];
  readonly deviation: readonly number[];
}

const layer = 'Preprocess';

/**
 * Pixels as a network takes them: the central square ({@link centralSquare}), scaled to [0, 1], less the mean, divided by the deviation.
 * uint8 (N, channels, H, W) with any N, H and W of at least 1 -> float32 (N, channels, size, size). Operators of opset 17 alone.
 *
 * A grayscale picture for a model of 3 channels is repeated by the caller, and a colour one for a model of 1 channel made gray: the number
 * of channels is part of the graph.
 *
 * A pixel cache holds whole pictures of `round(size / crop)` pixels, out of which training takes `size`. Where size / crop is no whole number,
 * training sees a scale that differs from this one by at most 1 part in 2 * size / crop, which is less than any zoom that augments it.
 *
 * Throws `nn/option`, `nn/shape`.
 *
 * @example
 * const image = g.input('image', 'uint8', ['N', 3, 'H', 'W']);
 * const x = preprocess(g, image, { size: 64, crop: 0.8, channels: 3, mean: [0.5, 0.5, 0.5], deviation: [0.5, 0.5, 0.5] });
 */
export function preprocess(g: GraphBuilder, image: Value, options: PreprocessOptions): Value {
  const { channels, mean, deviation } = options;
  if (known(layer, 'the number of channels', imageDims(layer, image).channels) !== channels)
    misfit(layer, `${channels} channels expected, "${image.name}" has ${String(image.shape?.[1])}.`);
  if (mean.length !== channels || !mean.every(Number.isFinite))
    refuse(layer, `mean: one number for each of ${channels} channels expected, [${mean.join(', ')}] received.`);
  if (deviation.length !== channels || !deviation.every((value) => value > 0 && Number.isFinite(value)))
    refuse(layer, `deviation: one number above 0 for each of ${channels} channels expected, [${deviation.join(', ')}] received.`);
  const square = centralSquare(g, image, options);
  const each = (value: (channel: number) => number) =>
    g.floats(
      [1, channels, 1, 1],
      deviation.map((_, channel) => value(channel)),
    );
  const factor = each((channel) => 1 / (255 * (deviation[channel] ?? 1)));
  const shift = each((channel) => -(mean[channel] ?? 0) / (deviation[channel] ?? 1));
  return g.add(g.mul(square, factor), shift);
}

/**
 * The square of {@link croppedSide}(H, W, crop) pixels whose corner is at floor((H - side) / 2), floor((W - side) / 2), resized with an
 * antialiased bilinear filter. uint8 (N, C, H, W) -> float32 (N, C, size, size) from 0 to 255. Where the picture is stretched, the part has
 * croppedSide(H, H, crop) by croppedSide(W, W, crop) pixels.
 *
 * out = A X B^T with A[i, j] = w[i, j] / sum_j w[i, j], w[i, j] = max(0, 1 - |j + 1/2 - (i + 1/2) r| / max(r, 1)), r = side / size, and B the
 * same for the width; A = B for a square.
 * That is the resize of PIL and of torchvision with antialias=True: their window ends where w is 0, and at an edge they too leave out what
 * lies beyond and divide by what is left. ONNX has it as an operator from opset 18 on only.
 *
 * Throws `nn/option`.
 */
export function centralSquare(g: GraphBuilder, image: Value, { size, crop, fit = 'crop' }: SquareOptions): Value {
  whole(layer, 'size', size);
  if (!(crop > 0 && crop <= 1)) refuse(layer, `crop must be above 0 and at most 1, ${crop} received.`);
  imageDims(layer, image);
  const shape = g.shapeOf(image);
  const height = g.gather(shape, g.ints([2]), 0);
  const width = g.gather(shape, g.ints([3]), 0);
  const shorter = fit === 'crop' ? cropped(g, g.min(height, width), crop) : undefined;
  const [high, wide] = [shorter ?? cropped(g, height, crop), shorter ?? cropped(g, width, crop)];
  const before = (length: Value, side: Value) => g.div(g.sub(length, side), g.ints([2]));
  const starts = g.concat([before(height, high), before(width, wide)], 0);
  const part = g.op('Slice', [image, starts, g.add(starts, g.concat([high, wide], 0)), g.ints([2, 3])]);
  const rows = triangles(g, high, size);
  const columns = shorter ? rows : triangles(g, wide, size);
  return g.matmul(g.matmul(rows, g.cast(part, 'float32')), g.transpose(columns, [1, 0]));
}

/** round(crop * min(height, width)), halves up and at least 1, in float32 as {@link centralSquare} computes it. */
export function croppedSide(height: number, width: number, crop: number): number {
  const share = Math.fround(Math.fround(crop) * Math.min(height, width));
  return Math.max(1, Math.floor(Math.fround(share + 0.5)));
}

function cropped(g: GraphBuilder, shorter: Value, crop: number): Value {
  if (crop === 1) return shorter;
  const share = g.mul(g.cast(shorter, 'float32'), g.floats([1], [crop]));
  return g.max(g.cast(g.op('Floor', [g.add(share, g.floats([1], [0.5]))]), 'int64'), g.ints([1]));
}

/**
 * The matrix A (size, side). With both distances multiplied by 2 * size, |(2 j + 1) size - (2 i + 1) side| / (2 max(side, size)) has whole
 * numbers above the line, which float32 holds exactly up to side * size = 2^23.
 */
function triangles(g: GraphBuilder, side: Value, size: number): Value {
  const odd = (count: Value) => {
    const steps = g.op('Range', [g.int(0), g.squeeze(count, [0]), g.int(1)]);
    return g.cast(g.add(g.mul(steps, g.ints([2])), g.ints([1])), 'float32');
  };
  const lengths = g.floats([1], [size]);
  const sides = g.cast(side, 'float32');
  const columns = g.mul(odd(side), lengths);
  const rows = g.unsqueeze(g.mul(odd(g.ints([size])), sides), [1]);
  const distance = g.div(g.abs(g.sub(columns, rows)), g.mul(g.max(sides, lengths), g.floats([1], [2])));
  const weights = g.relu(g.sub(g.floats([1], [1]), distance));
  return g.div(weights, g.reduceSum(weights, [1]));
}
