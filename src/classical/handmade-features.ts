/** Numbers that describe pictures without any network. */
import type { WorkOptions } from '../core/progress.js';
import { openCacheReader } from '../dataset/cache-reader.js';
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
} from './picture-measures.js';

/** Pictures between two looks at the signal. */
const breath = 32;

/**
 * Features of every picture of a cache without a network: colours (joint histogram, and means of 4 * 4 fields), quantiles of brightness and saturation,
 * oriented gradients, local binary patterns of three sizes, energies of wavelets. Each is brought to mean 0 and deviation 1 over the cache.
 *
 * @returns float32 (N, D), D = 330, in the order of `cache.items`.
 * @throws MessierError `cache/read`; the signal's reason.
 *
 * @example
 * const features = await handmadeFeatures(await makePixelCache(dataset, { side: 128, channels: 3, fit: 'stretch', folder }));
 */
export async function handmadeFeatures(cache: PixelCache, { progress, signal }: WorkOptions = {}): Promise<Tensor> {
  const { side, channels, items } = cache;
  const reader = openCacheReader(cache);
  const pixels = new Uint8Array(reader.bytesEach);
  const rows: number[][] = [];
  try {
    for (const place of items.keys()) {
      if (place % breath === 0) {
        await new Promise(setImmediate);
        signal?.throwIfAborted();
        progress?.({ stage: 'measure pictures', done: place, total: items.length, unit: 'pictures' });
      }
      rows.push(measuresOf(reader.read(place, pixels), side, channels));
    }
  } finally {
    reader.close();
  }
  return standardised(rows);
}

function measuresOf(pixels: Uint8Array, side: number, channels: 1 | 3): number[] {
  const planes = planesOf(pixels, side, channels);
  const { red, green, blue, luma } = planes;
  const fields = [red, green, blue].flatMap((plane) => [...shrink(plane, 4).data]);
  const shares = [0.01, 0.05, 0.1, 0.25, 0.5, 0.75, 0.9, 0.95, 0.99];
  const patterns = [1, 2, 4].flatMap((step) => binaryPatterns(shrink(luma, Math.floor(side / step))));
  return [
    ...colourShares(planes),
    ...fields,
    ...quantiles(luma.data, shares),
    ...quantiles(saturation(planes), shares),
    ...orientedGradients(luma),
    ...patterns,
    ...waveletEnergies(luma),
  ];
}

/** Each column with mean 0 and deviation 1; 0 where all are the same. */
function standardised(rows: readonly (readonly number[])[]): Tensor {
  const size = rows[0]?.length ?? 0;
  const data = new Float32Array(rows.length * size);
  for (let column = 0; column < size; column++) {
    const values = rows.map((row) => row[column] ?? 0);
    const mean = values.reduce((sum, value) => sum + value, 0) / values.length;
    const deviation = Math.sqrt(values.reduce((sum, value) => sum + (value - mean) ** 2, 0) / values.length);
    if (deviation > 0) for (const [row, value] of values.entries()) data[row * size + column] = (value - mean) / deviation;
  }
  return { type: 'float32', dims: [rows.length, size], data };
}
