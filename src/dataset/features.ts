import type { Tensor } from '../onnx/types.js';

/** The features (N, views, D) of some pictures, in the order of `indices`. */
export function selectFeatures({ type, dims, data }: Tensor, indices: ArrayLike<number>): Tensor {
  const [, ...rest] = dims;
  const size = rest.reduce((product, dim) => product * dim, 1);
  const selected = new Float32Array(indices.length * size);
  for (let place = 0; place < indices.length; place++) {
    const start = (indices[place] as number) * size;
    selected.set((data as Float32Array).subarray(start, start + size), place * size);
  }
  return { type, dims: [indices.length, ...rest], data: selected };
}

/**
 * The mean of the features over the views: (N, views, D) -> (N, D). A linear head answers to it what it answers, in the mean, to each view: what
 * finished models with views answer.
 */
export function meanFeatures({ type, dims, data: values }: Tensor): Tensor {
  const [pictures = 0, views = 1, size = 0] = dims;
  const data = values as Float32Array;
  const mean = new Float32Array(pictures * size);
  const sums = new Float64Array(size);
  for (let picture = 0; picture < pictures; picture++) {
    sums.fill(0);
    for (let at = picture * views * size, end = at + views * size; at < end; at += size) {
      for (let one = 0; one < size; one++) sums[one] = (sums[one] as number) + (data[at + one] as number);
    }
    for (let one = 0; one < size; one++) mean[picture * size + one] = (sums[one] as number) / views;
  }
  return { type, dims: [pictures, size], data: mean };
}
