import { GraphBuilder } from '../onnx/builder.js';
import type { Tensor } from '../onnx/types.js';
import { createSession } from '../runtime/session.js';
import type { Session } from '../runtime/types.js';
import { minimize, type Minimum, type SearchLimits } from './lbfgs.js';

/** Sizes of a problem. */
export interface LogisticSize {
  readonly rows: number;
  readonly size: number;
  readonly classes: number;
}

/** How a fit is searched for. */
export interface FitLimits extends SearchLimits {
  readonly l2: number;
  /** Where to begin; 0 unless told. Weights (classes, size), then biases. */
  readonly start?: Float64Array | undefined;
}

const float64 = (dims: readonly number[], data: Float64Array): Tensor => ({ type: 'float64', dims, data });

/**
 * Multinomial logistic regression on rows that stay in a session of ONNX Runtime, which multiplies matrices of float64: in one thread, so that
 * every machine of a kind gives the same bits.
 */
export class LogisticProblem {
  private constructor(
    private readonly session: Session,
    private readonly shape: LogisticSize,
  ) {}

  /** @param rows (rows, size), standardised. */
  static async open(rows: Float64Array, shape: LogisticSize): Promise<LogisticProblem> {
    const session = await createSession(logisticGraph(shape), { device: 'cpu', threads: 1 });
    try {
      await session.load({ x: float64([shape.rows, shape.size], rows) });
      return new LogisticProblem(session, shape);
    } catch (error) {
      await session.release();
      throw error;
    }
  }

  /**
   * The minimum of -sum over n, c of t_nc log softmax(x_n W^T + b)_c + l2 / 2 |W|^2.
   *
   * @param targets (rows, classes): of each row its weight at its class; all of them add up to 1.
   */
  async fit(targets: Float64Array, { l2, start, ...limits }: FitLimits): Promise<Minimum> {
    const { rows, size, classes } = this.shape;
    await this.session.load({ t: float64([rows, classes], targets) });
    const weights = classes * size;
    const evaluate = async (place: Float64Array) => {
      const answer = await this.session.run(this.feeds(place), ['loss', 'slope', 'biasSlope']);
      const gradient = new Float64Array(place.length);
      gradient.set(answer['slope']?.data as Float64Array);
      gradient.set(answer['biasSlope']?.data as Float64Array, weights);
      let squares = 0;
      for (let i = 0; i < weights; i++) {
        const weight = place[i] as number;
        squares += weight * weight;
        gradient[i] = (gradient[i] as number) + l2 * weight;
      }
      return { value: Number(answer['loss']?.data[0]) + (l2 / 2) * squares, gradient };
    };
    return minimize(evaluate, start ?? new Float64Array(weights + classes), limits);
  }

  /** x W^T + b of all rows, (rows, classes). After a {@link fit}. */
  async logits(place: Float64Array): Promise<Float64Array> {
    const { logits } = await this.session.run(this.feeds(place), ['logits']);
    return logits?.data as Float64Array;
  }

  release(): Promise<void> {
    return this.session.release();
  }

  private feeds(place: Float64Array): Readonly<Record<string, Tensor>> {
    const { size, classes } = this.shape;
    const weights = classes * size;
    return {
      w: float64([classes, size], place.slice(0, weights)),
      b: float64([classes], place.slice(weights)),
    };
  }
}

/** Loss, its slope by weights and biases, and logits: d loss / d logits = (sum over c of t_nc) softmax(z_n) - t_n. */
function logisticGraph({ rows, size, classes }: LogisticSize) {
  const g = new GraphBuilder();
  const x = g.input('x', 'float64', [rows, size]);
  const targets = g.input('t', 'float64', [rows, classes]);
  const logits = g.op('Gemm', [x, g.input('w', 'float64', [classes, size]), g.input('b', 'float64', [classes])], { transB: 1 });
  const logs = g.logSoftmax(logits, 1);
  const share = g.reduceSum(targets, [1], true);
  const residual = g.sub(g.mul(g.exp(logs), share), targets);
  g.output(logits, 'logits');
  g.output(g.neg(g.reduceSum(g.mul(targets, logs), [0, 1], false)), 'loss');
  g.output(g.op('Gemm', [residual, x], { transA: 1 }), 'slope');
  g.output(g.reduceSum(residual, [0], false), 'biasSlope');
  return g.build({ name: 'logistic-regression' });
}
