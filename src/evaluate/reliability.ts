import { largest } from './scores.js';
import type { Interval, Reliability } from './types.js';

/** As in Guo et al. 2017. */
const RELIABILITY_BINS = 15;

/** What calibration needs of each picture: the bin of its top probability, and whether the answer was right less that probability. */
export interface Confidences {
  readonly bins: Uint8Array;
  readonly top: Float64Array;
  readonly right: Uint8Array;
}

/** Bins are (from, to], so that a probability on an edge belongs to the lower one. */
export function confidencesOf(labels: Int32Array, probabilities: Float32Array, classes: number): Confidences {
  const answers = largest(probabilities, classes);
  const top = Float64Array.from(answers, (answer, row) => probabilities[row * classes + answer] as number);
  return {
    bins: Uint8Array.from(top, (one) => Math.min(RELIABILITY_BINS, Math.max(1, Math.ceil(one * RELIABILITY_BINS))) - 1),
    top,
    right: Uint8Array.from(labels, (label, row) => (label === answers[row] ? 1 : 0)),
  };
}

/** Expected calibration error: sum over the bins of their share times |accuracy - mean confidence|. */
export function calibrationError({ bins, top, right }: Confidences, weights: Uint16Array): number {
  const gaps = new Float64Array(RELIABILITY_BINS);
  let total = 0;
  for (let row = 0; row < weights.length; row++) {
    const weight = weights[row] as number;
    const bin = bins[row] as number;
    total += weight;
    gaps[bin] = (gaps[bin] as number) + weight * ((right[row] as number) - (top[row] as number));
  }
  return gaps.reduce((sum, gap) => sum + Math.abs(gap), 0) / total;
}

/** The reliability diagram. */
export function reliabilityOf({ bins, top, right }: Confidences, error: Interval): Reliability {
  const count = new Float64Array(RELIABILITY_BINS);
  const confidence = new Float64Array(RELIABILITY_BINS);
  const hits = new Float64Array(RELIABILITY_BINS);
  bins.forEach((bin, row) => {
    count[bin] = (count[bin] as number) + 1;
    confidence[bin] = (confidence[bin] as number) + (top[row] as number);
    hits[bin] = (hits[bin] as number) + (right[row] as number);
  });
  const mean = (sums: Float64Array, bin: number): number | null =>
    count[bin] === 0 ? null : (sums[bin] as number) / (count[bin] as number);
  return {
    error,
    bins: Array.from(count, (pictures, bin) => ({
      from: bin / RELIABILITY_BINS,
      to: (bin + 1) / RELIABILITY_BINS,
      count: pictures,
      confidence: mean(confidence, bin),
      accuracy: mean(hits, bin),
    })),
  };
}
