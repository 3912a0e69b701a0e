/** Numbers that describe pictures without any network. */
import type { WorkOptions } from '../core/progress.js';
import { walkCache } from '../dataset/cache-reader.js';
import type { PixelCache } from '../dataset/types.js';
import type { Tensor } from '../onnx/types.js';
import {
  binaryPatterns,
  colourShares,
  orientedGradients,
  planesOf,
  quantiles,
  saturation,
  shrink,
  waveletEnergies,
  type Planes,
} from './picture-measures.js';

/** Standard deviations beyond which a feature counts no further: single odd pixels must not decide what is alike. */
const furthest = 5;

/** Features of pictures, in the order of the cache; each with mean 0 and deviation 1 over the cache, within 5 deviations. */
export interface HandmadeFeatures {
  /** float32 (N, 322). */
  readonly all: Tensor;
  /** float32 (N, 174): gradients and patterns alone, which say what is alike whatever its colours. */
  readonly shapes: Tensor;
}

/**
 * Features of every picture of a cache without a network: oriented gradients, local binary patterns of three sizes, colours (joint histogram, and
 * means of 4 * 4 fields), quantiles of brightness and saturation, energies of wavelets.
 *
 * @throws MessierError `cache/read`; the signal's reason.
 *
 * @example
 * const { all } = await handmadeFeatures(await makePixelCache(dataset, { side: 128, channels: 3, fit: 'stretch', folder }));
 */
export async function handmadeFeatures(cache: PixelCache, work: WorkOptions = {}): Promise<HandmadeFeatures> {
  const { side, channels } = cache;
  const shapes: number[][] = [];
  const rows: number[][] = [];
  for await (const pixels of walkCache(cache, 'measure pictures', work)) {
    const planes = planesOf(pixels, side, channels);
    const own = shapesOf(planes);
    shapes.push(own);
    rows.push([...own, ...coloursOf(planes)]);
  }
  return { all: standardised(rows), shapes: standardised(shapes) };
}

function shapesOf({ luma }: Planes): number[] {
  const patterns = [1, 2, 4].flatMap((step) => binaryPatterns(shrink(luma, Math.floor(luma.side / step))));
  return [...orientedGradients(luma), ...patterns];
}

function coloursOf(planes: Planes): number[] {
  const { red, green, blue, luma } = planes;
  const fields = [red, green, blue].flatMap((plane) => [...shrink(plane, 4).data]);
  const shares = [0.01, 0.05, 0.1, 0.25, 0.5, 0.75, 0.9, 0.95, 0.99];
  return [
    ...colourShares(planes),
    ...fields,
    ...quantiles(luma.data, shares),
    ...quantiles(saturation(planes), shares),
    ...waveletEnergies(luma),
  ];
}

/** Each column with mean 0 and deviation 1, cut off beyond 5; 0 where all are the same. */
function standardised(rows: readonly (readonly number[])[]): Tensor {
  const size = rows[0]?.length ?? 0;
  const data = new Float32Array(rows.length * size);
  for (let column = 0; column < size; column++) {
    const values = rows.map((row) => row[column] ?? 0);
    const mean = values.reduce((sum, value) => sum + value, 0) / values.length;
    const deviation = Math.sqrt(values.reduce((sum, value) => sum + (value - mean) ** 2, 0) / values.length);
    if (deviation === 0) continue;
    for (const [row, value] of values.entries()) {
      data[row * size + column] = Math.max(-furthest, Math.min(furthest, (value - mean) / deviation));
    }
  }
  return { type: 'float32', dims: [rows.length, size], data };
}
