import { MessierError } from '../core/errors.js';
import type { Tensor } from '../onnx/types.js';

/** Most values of a table of features: as float64 they take 1 GiB. */
export const MOST_VALUES = 2 ** 27;

/** Features of pictures, checked. */
export interface Rows {
  readonly data: Float32Array;
  readonly pictures: number;
  /** Rows of each picture, one after the other. */
  readonly views: number;
  /** Features of a row. */
  readonly size: number;
}

/** @throws MessierError `classical/features`, `classical/limit`. */
export function checkRows({ type, dims, data }: Tensor): Rows {
  const [pictures = 0] = dims;
  const [views, size = 0] = dims.length === 3 ? [dims[1] ?? 0, dims[2]] : [1, dims[1]];
  const refuse = (received: string): never => {
    throw new MessierError(
      'classical/features',
      `Features are float32 (N, D), or (N, views, D), all finite; ${received} received. Take what makeFeatureCache gives.`,
    );
  };
  const count = pictures * views * size;
  const fits = dims.length === 2 || dims.length === 3;
  if (type !== 'float32' || !fits || !(count > 0)) return refuse(`${type} (${dims.join(', ')})`);
  if (count > MOST_VALUES) {
    throw new MessierError(
      'classical/limit',
      `At most ${MOST_VALUES} features are taken in one go, (${dims.join(', ')}) received. Take fewer views (their mean), or pictures.`,
    );
  }
  if (!(data instanceof Float32Array) || data.length !== count) return refuse(`${data.length} values for (${dims.join(', ')})`);
  const bad = data.findIndex((value) => !Number.isFinite(value));
  if (bad !== -1) return refuse(`${String(data[bad])} in row ${Math.floor(bad / size)}`);
  return { data, pictures, views, size };
}

/** Rows with mean 0 and deviation 1 of each feature, and what they were made with. */
export interface Standardised {
  readonly rows: Float64Array;
  readonly mean: Float64Array;
  /** 1 for a feature that is the same everywhere. */
  readonly deviation: Float64Array;
}

/** (x - mean) / deviation of each feature, over the rows of the pictures that `counts` says yes to. */
export function standardise({ data, pictures, views, size }: Rows, counts: (picture: number) => boolean): Standardised {
  const mean = new Float64Array(size);
  const deviation = new Float64Array(size);
  let taken = 0;
  const eachRow = (work: (start: number) => void) => {
    for (let picture = 0; picture < pictures; picture++) {
      if (!counts(picture)) continue;
      for (let view = 0; view < views; view++) work((picture * views + view) * size);
    }
  };
  eachRow((start) => {
    taken++;
    for (let at = 0; at < size; at++) mean[at] = (mean[at] as number) + (data[start + at] as number);
  });
  for (let at = 0; at < size; at++) mean[at] = (mean[at] as number) / taken;
  eachRow((start) => {
    for (let at = 0; at < size; at++) {
      const distance = (data[start + at] as number) - (mean[at] as number);
      deviation[at] = (deviation[at] as number) + distance * distance;
    }
  });
  for (let at = 0; at < size; at++) deviation[at] = Math.sqrt((deviation[at] as number) / taken) || 1;
  const rows = new Float64Array(data.length);
  for (let start = 0; start < data.length; start += size) {
    for (let at = 0; at < size; at++) {
      rows[start + at] = ((data[start + at] as number) - (mean[at] as number)) / (deviation[at] as number);
    }
  }
  return { rows, mean, deviation };
}
