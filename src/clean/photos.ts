/** Whether a picture looks like ImageNet's photographs of things rather than like pictures of the sky. */
import type { Tensor } from '../onnx/types.js';
import { skyWords } from './sky-words.js';

/** Likeness at which evidence begins: 19 in 20 pictures of the collections it was measured on lie below. */
const from = -0.3;
/** Evidence for each unit of likeness beyond. A photograph of a thing has 0.5 in the median, and then the evidence of one picture in sixty. */
const slope = 5;

/**
 * -sum over classes c of p_c ln(q_c 1000), with the network's probabilities p and the shares q of ImageNet's classes among pictures of the sky: above 0
 * where the classes that it sees are rarer there than among ImageNet's photographs. In about [-4, 2].
 *
 * @param words float32 (N, 1000).
 */
export function photoLikeness({ data, dims }: Tensor): Float64Array {
  const [count = 0, width = 0] = dims;
  const likeness = new Float64Array(count);
  for (let row = 0; row < count; row++) {
    let sum = 0;
    for (let at = 0; at < width; at++) sum -= (data[row * width + at] as number) * (skyWords[at] ?? 0);
    likeness[row] = sum;
  }
  return likeness;
}

/** Evidence of a likeness, from 0 up. */
export const photoEvidence = (likeness: number): number => slope * Math.max(0, likeness - from);
