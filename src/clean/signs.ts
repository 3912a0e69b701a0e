/** What single pictures show of lettering, ruled lines, flat areas, darkness and blur, from their pixels alone. */
import type { WorkOptions } from '../core/progress.js';
import { walkCache } from '../dataset/cache-reader.js';
import type { PixelCache } from '../dataset/types.js';
import { gradientsOf, lumaOf, type Gradients } from './gradients.js';

/** Signs of one picture, on its whole frame stretched to a square. */
export interface Signs {
  /** How much a band is crowded with sharp upright edges while the bands above or below it are not: lines of text. In [0, 1]. */
  readonly text: number;
  /** The longest straight horizontal or vertical edge, as a share of the side: frames, panels, axes, horizons of inserted pictures. */
  readonly line: number;
  /** Share of pixels brighter than black in areas without any change: drawings, slides. */
  readonly flat: number;
  /** Root of the variance of the luma around the smooth shade that fits it best, a quadratic in x and y; in levels of 255. */
  readonly contrast: number;
  /** The luma below which 99.5 % of the pixels lie, in levels of 255. */
  readonly brightest: number;
  /** Mean of the squared Laplacian by that of the squared gradient: how much of the change is fine detail. */
  readonly sharpness: number;
}

/** Signs of every picture, in the order of the cache. Throws `cache/read`; the signal's reason. */
export async function readSigns(cache: PixelCache, work: WorkOptions = {}): Promise<Signs[]> {
  const { side, channels } = cache;
  const signs: Signs[] = [];
  for await (const pixels of walkCache(cache, 'look for text and lines', work)) signs.push(signsOf(pixels, side, channels));
  return signs;
}

/** Signs of a picture as planes (channels, side, side). */
export function signsOf(pixels: Uint8Array, side: number, channels: 1 | 3): Signs {
  const luma = lumaOf(pixels, side, channels);
  const gradients = gradientsOf(luma, side);
  return {
    text: textOf(gradients, side),
    line: Math.max(
      longestRun(gradients.down, gradients.across, side, 1),
      longestRun(gradients.across, gradients.down, side, side),
    ),
    flat: flatShare(luma, side),
    contrast: contrastOf(luma, side),
    brightest: quantile(luma, 0.995, 255),
    sharpness: sharpnessOf(luma, gradients, side),
  };
}

/** On a symmetric grid 1, x, y, x y and x^2, y^2 less their means are orthogonal: each takes its share of the variance. */
function contrastOf(luma: Float32Array, side: number): number {
  const middle = (side - 1) / 2;
  const bend = (side * side - 1) / 12;
  let [squares, even, across, down, twisted, wide, high] = [0, 0, 0, 0, 0, 0, 0];
  let fourth = 0;
  for (let y = 0; y < side; y++) {
    const v = y - middle;
    fourth += (v * v - bend) ** 2;
    for (let x = 0; x < side; x++) {
      const value = luma[y * side + x] as number;
      const u = x - middle;
      squares += value * value;
      even += value;
      across += u * value;
      down += v * value;
      twisted += u * v * value;
      wide += (u * u - bend) * value;
      high += (v * v - bend) * value;
    }
  }
  const size = side * side;
  const linear = (across ** 2 + down ** 2) / (size * bend) + twisted ** 2 / (size * bend * bend);
  const explained = even ** 2 / size + linear + (wide ** 2 + high ** 2) / (side * fourth);
  return Math.sqrt(Math.max(0, squares - explained) / size);
}

/** Levels per pixel from which an edge is as sharp as lettering. */
const sharpEdge = 20;
/** Pixels from the middle of a band of text to its ends, and to its upper and lower rim, at a side of 224. */
const bandReach = { along: 12, across: 3 };
/** Rows to the next band, where there is space between lines of text. */
const bandStep = 9;

function textOf({ across }: Gradients, side: number): number {
  const edges = new Float32Array(side * side);
  for (let at = 0; at < edges.length; at++) if (Math.abs(across[at] as number) > sharpEdge) edges[at] = 1;
  const crowd = boxMeans(edges, side, bandReach.along, bandReach.across);
  const lift = new Float32Array(side * side);
  for (let y = 0; y < side; y++) {
    const above = ((y + bandStep) % side) * side;
    const below = ((y - bandStep + side) % side) * side;
    for (let x = 0; x < side; x++) {
      const beside = Math.min(crowd[above + x] as number, crowd[below + x] as number);
      lift[y * side + x] = (crowd[y * side + x] as number) - beside;
    }
  }
  return quantile(lift, 0.995, 1);
}

/** Means over boxes, which end at the border. */
function boxMeans(values: Float32Array, side: number, reachX: number, reachY: number): Float32Array {
  const sums = new Float64Array((side + 1) * (side + 1));
  for (let y = 0; y < side; y++) {
    let row = 0;
    for (let x = 0; x < side; x++) {
      row += values[y * side + x] as number;
      sums[(y + 1) * (side + 1) + x + 1] = (sums[y * (side + 1) + x + 1] as number) + row;
    }
  }
  const means = new Float32Array(side * side);
  const width = side + 1;
  for (let y = 0; y < side; y++) {
    const top = Math.max(0, y - reachY) * width;
    const bottom = Math.min(side, y + reachY + 1) * width;
    for (let x = 0; x < side; x++) {
      const left = x < reachX ? 0 : x - reachX;
      const right = x + reachX + 1 > side ? side : x + reachX + 1;
      const lower = (sums[bottom + right] as number) - (sums[bottom + left] as number);
      const upper = (sums[top + right] as number) - (sums[top + left] as number);
      means[y * side + x] = ((lower - upper) * width) / ((bottom - top) * (right - left));
    }
  }
  return means;
}

/** Levels per pixel from which an edge counts, and how far it may lean. */
const lineEdge = 12;
const lean = 0.25;

/** The longest run of edges along rows (`step` 1) or columns (`step` side), by the side. */
function longestRun(strong: Float32Array, weak: Float32Array, side: number, step: number): number {
  const across = step === 1 ? side : 1;
  let longest = 0;
  for (let line = 0; line < side; line++) {
    let run = 0;
    for (let at = 0; at < side; at++) {
      const place = line * across + at * step;
      const edge = Math.abs(strong[place] as number);
      run = edge > lineEdge && Math.abs(weak[place] as number) < lean * edge ? run + 1 : 0;
      if (run > longest) longest = run;
    }
  }
  return longest / side;
}

/** Levels within which an area is flat, and above which it is not just black sky. */
const flatRange = 2;
const blackBelow = 24;

function flatShare(luma: Float32Array, side: number): number {
  let flat = 0;
  const reach = 2;
  for (let y = reach; y < side - reach; y++) {
    for (let x = reach; x < side - reach; x++) {
      const middle = luma[y * side + x] as number;
      if (middle <= blackBelow) continue;
      let least = middle;
      let most = middle;
      for (let dy = -reach; dy <= reach && most - least <= flatRange; dy++) {
        for (let dx = -reach; dx <= reach; dx++) {
          const value = luma[(y + dy) * side + x + dx] as number;
          if (value < least) least = value;
          else if (value > most) most = value;
        }
      }
      if (most - least <= flatRange) flat++;
    }
  }
  return flat / (side - 2 * reach) ** 2;
}

function sharpnessOf(luma: Float32Array, { across, down }: Gradients, side: number): number {
  let fine = 0;
  let all = 0;
  for (let y = 1; y < side - 1; y++) {
    for (let x = 1; x < side - 1; x++) {
      const at = y * side + x;
      const around =
        (luma[at - 1] as number) + (luma[at + 1] as number) + (luma[at - side] as number) + (luma[at + side] as number);
      fine += (around - 4 * (luma[at] as number)) ** 2;
      all += (across[at] as number) ** 2 + (down[at] as number) ** 2;
    }
  }
  return all === 0 ? 0 : fine / all;
}

/** Steps between 0 and the largest value. */
const steps = 4096;

/** The value below which a share of values in [0, most] lies, to 1 / 4096 of `most`; smaller ones count as 0. */
function quantile(values: Float32Array, share: number, most: number): number {
  const counts = new Uint32Array(steps + 1);
  for (const value of values) {
    const step = Math.max(0, Math.round((value / most) * steps));
    counts[step] = (counts[step] as number) + 1;
  }
  let left = Math.floor(share * values.length);
  let step = 0;
  while (left >= (counts[step] as number)) left -= counts[step++] as number;
  return (step / steps) * most;
}
