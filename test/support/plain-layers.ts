/**
 * Layers as plain loops over nested arrays, in float64: slow, and written from the formulas rather than from the graphs they check.
 */
export type Vector = number[];
export type Matrix = number[][];
/** (C, H, W): one picture. */
export type Picture = number[][][];

const range = (count: number): number[] => Array.from({ length: count }, (_, index) => index);
const sum = (values: readonly number[]): number => values.reduce((total, value) => total + value, 0);
const mean = (values: readonly number[]): number => sum(values) / values.length;

/** Nested arrays of those dimensions out of a flat one. */
export function nest(flat: ArrayLike<number>, dims: readonly number[]): unknown {
  if (dims.length === 0) return flat[0];
  const [length = 0, ...rest] = dims;
  const size = rest.reduce((product, dim) => product * dim, 1);
  const values = Array.from(flat);
  return range(length).map((index) => nest(values.slice(index * size, (index + 1) * size), rest));
}

export interface PlainWindow {
  readonly stride?: readonly [number, number];
  /** Top, left, bottom, right. */
  readonly pads?: readonly [number, number, number, number];
  readonly dilation?: readonly [number, number];
}

/** Every place of a window: its pixels as (row in the window, column, row in the picture, column), inside the picture only. */
function slide(
  [height, width]: readonly [number, number],
  [kh, kw]: readonly [number, number],
  { stride = [1, 1], pads = [0, 0, 0, 0], dilation = [1, 1] }: PlainWindow,
): { i: number; j: number; y: number; x: number }[][][] {
  const rows = Math.floor((height + pads[0] + pads[2] - dilation[0] * (kh - 1) - 1) / stride[0]) + 1;
  const columns = Math.floor((width + pads[1] + pads[3] - dilation[1] * (kw - 1) - 1) / stride[1]) + 1;
  return range(rows).map((row) =>
    range(columns).map((column) =>
      range(kh)
        .flatMap((i) =>
          range(kw).map((j) => ({
            i,
            j,
            y: row * stride[0] - pads[0] + i * dilation[0],
            x: column * stride[1] - pads[1] + j * dilation[1],
          })),
        )
        .filter(({ y, x }) => y >= 0 && y < height && x >= 0 && x < width),
    ),
  );
}

const sides = (picture: Picture): readonly [number, number] => [picture[0]!.length, picture[0]![0]!.length];

/** Σ weight · x over the window and the channels of the group. `weight` is (O, C/groups, kh, kw). */
export function convolve(
  picture: Picture,
  weight: readonly Picture[],
  bias: Vector | undefined,
  window: PlainWindow = {},
  groups = 1,
): Picture {
  const kernel = sides(weight[0]!);
  const inside = picture.length / groups;
  const outside = weight.length / groups;
  const places = slide(sides(picture), kernel, window);
  return weight.map((filter, o) => {
    const firstChannel = Math.floor(o / outside) * inside;
    const at = (pixels: (typeof places)[number][number]): number =>
      sum(pixels.flatMap(({ i, j, y, x }) => filter.map((plane, c) => plane[i]![j]! * picture[firstChannel + c]![y]![x]!)));
    return places.map((row) => row.map((pixels) => at(pixels) + (bias?.[o] ?? 0)));
  });
}

/** `reduce` over the pixels of each window that lie in the picture. */
export function pool(picture: Picture, kernel: readonly [number, number], window: PlainWindow, reduce: 'max' | 'mean'): Picture {
  const places = slide(sides(picture), kernel, window);
  const of = (values: number[]): number => (reduce === 'max' ? Math.max(...values) : mean(values));
  return picture.map((plane) => places.map((row) => row.map((pixels) => of(pixels.map(({ y, x }) => plane[y]![x]!)))));
}

/** x weightᵀ + bias, for one row. */
export function rowTimes(row: Vector, weight: Matrix, bias?: Vector): Vector {
  return weight.map((line, o) => sum(line.map((w, i) => w * row[i]!)) + (bias?.[o] ?? 0));
}

/** (x - mean) / sqrt(variance + 1e-5), with the biased variance of all values together. */
export function standardize(values: Vector): Vector {
  const middle = mean(values);
  const deviation = Math.sqrt(mean(values.map((value) => (value - middle) ** 2)) + 1e-5);
  return values.map((value) => (value - middle) / deviation);
}

/** Values of each group of neighbouring channels standardized together, then scaled and shifted by channel. */
export function normalizeGroups(picture: Picture, groups: number, weight: Vector, bias: Vector): Picture {
  const [height, width] = sides(picture);
  const inside = picture.length / groups;
  return range(groups).flatMap((group) => {
    const planes = picture.slice(group * inside, (group + 1) * inside);
    const normal = nest(standardize(planes.flat(2)), [inside, height, width]) as Picture;
    return normal.map((plane, c) => scale(plane, weight[group * inside + c]!, bias[group * inside + c]!));
  });
}

/** weight · x + bias. */
export function scale(plane: Matrix, weight: number, bias: number): Matrix {
  return plane.map((row) => row.map((value) => weight * value + bias));
}

export function softmax(values: Vector): Vector {
  const top = Math.max(...values);
  const powers = values.map((value) => Math.exp(value - top));
  return powers.map((power) => power / sum(powers));
}

/** The weights of an attention layer, dense ones (out, in). */
export interface PlainAttention {
  readonly into: Matrix;
  readonly intoBias: Vector;
  readonly out: Matrix;
  readonly outBias: Vector;
}

/** Self-attention of one sequence (L, D); `visible` says which places may be attended to. */
export function attend(sequence: Matrix, heads: number, weights: PlainAttention, visible: readonly boolean[]): Matrix {
  const size = sequence[0]!.length;
  const width = size / heads;
  const together = sequence.map((row) => rowTimes(row, weights.into, weights.intoBias));
  return together.map((own) => {
    const joined = range(heads).flatMap((head) => {
      const part = (row: Vector, which: number): Vector =>
        row.slice(which * size + head * width, which * size + (head + 1) * width);
      const query = part(own, 0);
      const scores = together.map((other, place) =>
        visible[place] ? sum(part(other, 1).map((key, d) => key * query[d]!)) / Math.sqrt(width) : -Infinity,
      );
      const shares = softmax(scores);
      return range(width).map((d) => sum(together.map((other, place) => shares[place]! * part(other, 2)[d]!)));
    });
    return rowTimes(joined, weights.out, weights.outBias);
  });
}

/** The error function by its Taylor series; exact to 1e-12 for |x| < 4. */
export function erf(x: number): number {
  let term = x;
  let total = x;
  for (let n = 1; n < 120; n++) {
    term *= (-x * x) / n;
    total += term / (2 * n + 1);
  }
  return (2 / Math.sqrt(Math.PI)) * total;
}
