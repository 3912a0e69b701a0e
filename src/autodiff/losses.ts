import { MessierError } from '../core/errors.js';
import type { Value } from '../onnx/assembler.js';
import type { GraphBuilder } from '../onnx/builder.js';
import { fixedDim, shapeOf } from './shapes.js';

/** What a loss adds to the training graph. */
export interface LossTerms {
  /** Scalar. */
  readonly loss: Value;
  /** Further scalars worth watching, by name, for example the number of correct answers. */
  readonly metrics: Readonly<Record<string, Value>>;
  /** The input of class numbers, where there is one, and how many classes there are. */
  readonly labels?: ClassLabels;
}

/** An int64 input of class numbers from 0 to `classes` - 1. */
export interface ClassLabels {
  readonly name: string;
  readonly classes: number;
}

/** Appends a loss to a graph, declaring the target inputs that it reads. */
export type Loss = (g: GraphBuilder, prediction: Value) => LossTerms;

/** Options of {@link softmaxCrossEntropy}. */
export interface CrossEntropyOptions {
  /** One factor a class. */
  readonly classWeights?: readonly number[];
  /** Share of the target spread evenly over all classes, https://arxiv.org/abs/1512.00567. */
  readonly labelSmoothing?: number;
  /** Adds an input `sampleWeights` (N). */
  readonly sampleWeights?: boolean;
  /** `labels`: input `labels` int64 (N), the default. `shares`: input `targets` float32 (N, C), each row a distribution. */
  readonly targets?: 'labels' | 'shares';
}

/**
 * -sum over n, c of s_n w_c t_nc log softmax(z)_nc, divided by the sum of s_n w_(y_n) for labels (as PyTorch's cross_entropy
 * with `weight`) and by the sum of s_n for shares. Logits are (N, C), or (N, C, 1, 1) where a convolution classifies; the metric `correct`
 * counts the right answers; a row whose label is no class, or whose shares are all 0, is not among them.
 */
export function softmaxCrossEntropy(options: CrossEntropyOptions = {}): Loss {
  const { classWeights, labelSmoothing = 0, sampleWeights = false, targets = 'labels' } = options;
  if (!(labelSmoothing >= 0 && labelSmoothing < 1)) {
    throw new MessierError('loss/label-smoothing', `labelSmoothing must lie in [0, 1), ${String(labelSmoothing)} received.`);
  }
  return (g, prediction) => {
    const isMap = shapeOf(prediction).length > 2 && shapeOf(prediction).every((dim, axis) => axis < 2 || dim === 1);
    const logits = isMap ? g.flatten(prediction) : prediction;
    const batch = batchOf(logits, 2);
    const classes = fixedDim(logits, 1);
    if (classWeights && classWeights.length !== classes) {
      throw new MessierError(
        'loss/class-weights',
        `classWeights needs one entry for each of the ${String(classes)} classes, ${String(classWeights.length)} received.`,
      );
    }
    const indices = g.constant({
      type: 'int64',
      dims: [1, classes],
      data: BigInt64Array.from({ length: classes }, (_, c) => BigInt(c)),
    });
    const given =
      targets === 'labels'
        ? g.cast(g.equal(g.unsqueeze(g.input('labels', 'int64', [batch]), [1]), indices), 'float32')
        : g.input('targets', 'float32', [batch, classes]);
    const smooth =
      labelSmoothing === 0 ? given : g.add(g.mul(given, g.scalar(1 - labelSmoothing)), g.scalar(labelSmoothing / classes));
    const weights = classWeights && g.floats([1, classes], classWeights);
    const weighted = weights ? g.mul(smooth, weights) : smooth;
    const samples = sampleWeights ? g.input('sampleWeights', 'float32', [batch]) : undefined;

    const each = g.reduceSum(g.mul(weighted, g.logSoftmax(logits, 1)), [1], false);
    const total = g.neg(g.reduceSum(samples ? g.mul(each, samples) : each, [0], false));
    const ownWeight = weights && targets === 'labels' ? g.reduceSum(g.mul(given, weights), [1], false) : undefined;
    const whole = g.reduceSum(given, [1], false);
    const share = ownWeight && samples ? g.mul(ownWeight, samples) : (ownWeight ?? samples ?? whole);
    const loss = g.div(total, g.reduceSum(share, [0], false));
    const metrics = { correct: correctAnswers(g, logits, given, whole) };
    return { loss, metrics, ...(targets === 'labels' ? { labels: { name: 'labels', classes } } : {}) };
  };
}

/** How many rows with a target (of that sum) have their largest logit where it is largest. */
function correctAnswers(g: GraphBuilder, logits: Value, target: Value, sum: Value): Value {
  const best = (value: Value): Value => g.op('ArgMax', [value], { axis: 1, keepdims: 0 });
  const count = (truth: Value): Value => g.cast(truth, 'float32');
  return g.reduceSum(g.mul(count(g.equal(best(logits), best(target))), count(g.greater(sum, g.scalar(0)))), [0], false);
}

/** Options of {@link meanSquaredError} and {@link binaryCrossEntropy}. */
export interface MeanLossOptions {
  /** Adds an input `sampleWeights` (N): the mean of each sample is weighted by it. */
  readonly sampleWeights?: boolean;
}

/** Options of {@link binaryCrossEntropy}. */
export interface BinaryCrossEntropyOptions extends MeanLossOptions {
  /** One factor a class for its positive targets, PyTorch's `pos_weight`. */
  readonly positiveWeights?: readonly number[];
}

/**
 * mean of (1 + (q - 1) t) log(1 + e^z) - q t z: binary cross-entropy of logits z against the input `targets`, both (N, ...), stable for
 * large |z|, with factors q (1 unless told) for positive targets along the last axis.
 */
export function binaryCrossEntropy({ positiveWeights, sampleWeights = false }: BinaryCrossEntropyOptions = {}): Loss {
  return (g, logits) => {
    const targets = g.input('targets', 'float32', shapeOf(logits));
    const softplus = g.op('Softplus', [logits]);
    if (!positiveWeights) return meanLoss(g, g.sub(softplus, g.mul(targets, logits)), sampleWeights);
    const classes = fixedDim(logits, -1);
    if (positiveWeights.length !== classes) {
      throw new MessierError(
        'loss/class-weights',
        `positiveWeights needs one entry for each of the ${String(classes)} classes, ${String(positiveWeights.length)} received.`,
      );
    }
    const q = g.floats([classes], positiveWeights);
    const factor = g.add(g.mul(targets, g.sub(q, g.scalar(1))), g.scalar(1));
    return meanLoss(g, g.sub(g.mul(factor, softplus), g.mul(g.mul(q, targets), logits)), sampleWeights);
  };
}

/** mean of (y - t)^2 against the input `targets`, both (N, ...). */
export function meanSquaredError({ sampleWeights = false }: MeanLossOptions = {}): Loss {
  return (g, prediction) => {
    const difference = g.sub(prediction, g.input('targets', 'float32', shapeOf(prediction)));
    return meanLoss(g, g.mul(difference, difference), sampleWeights);
  };
}

/** The mean of all elements, or sum over n of s_n (mean of sample n), divided by the sum of s_n. */
function meanLoss(g: GraphBuilder, each: Value, sampleWeights: boolean): LossTerms {
  const shape = shapeOf(each);
  if (!sampleWeights) return { loss: g.reduceMean(each, [...shape.keys()], false), metrics: {} };
  const [batch] = shape;
  if (batch === undefined)
    throw new MessierError('loss/shape', `Sample weights need a prediction with a batch axis; "${each.name}" is a scalar.`);
  const samples = g.input('sampleWeights', 'float32', [batch]);
  const perSample = shape.length === 1 ? each : g.reduceMean(each, [...shape.keys()].slice(1), false);
  const total = g.reduceSum(g.mul(perSample, samples), [0], false);
  return { loss: g.div(total, g.reduceSum(samples, [0], false)), metrics: {} };
}

function batchOf(prediction: Value, rank: number): number | string {
  const shape = shapeOf(prediction);
  const [batch] = shape;
  if (shape.length === rank && batch !== undefined) return batch;
  throw new MessierError(
    'loss/shape',
    `This loss expects a prediction of shape (N, classes); "${prediction.name}" has [${shape.join(', ')}]. Choose another output.`,
  );
}
