/** Eigenvalues from the largest down, each with its vector of length 1. */
export interface Eigen {
  readonly values: readonly number[];
  readonly vectors: readonly Float64Array[];
}

/** Sweeps; ten are enough for a hundred rows. */
const mostSweeps = 50;

/**
 * Eigenvalues and vectors of a small symmetric matrix (size, size) by Jacobi's rotations.
 *
 * Source: G. H. Golub, C. F. Van Loan, Matrix Computations, 4th edition (2013), section 8.5.
 */
export function symmetricEigen(matrix: Float64Array, size: number): Eigen {
  const a = matrix.slice();
  const v = new Float64Array(size * size);
  for (let at = 0; at < size; at++) v[at * size + at] = 1;
  const get = (row: number, column: number) => a[row * size + column] as number;
  const whole = a.reduce((sum, value) => sum + value * value, 0);
  const isDiagonal = () => {
    let rest = 0;
    for (let p = 0; p < size; p++) for (let q = p + 1; q < size; q++) rest += get(p, q) ** 2;
    return rest <= 1e-28 * whole;
  };
  for (let sweep = 0; sweep < mostSweeps && !isDiagonal(); sweep++) {
    for (let p = 0; p < size; p++) {
      for (let q = p + 1; q < size; q++) {
        if (get(p, q) === 0) continue;
        const angle = (get(q, q) - get(p, p)) / (2 * get(p, q));
        const t = Math.sign(angle || 1) / (Math.abs(angle) + Math.hypot(angle, 1));
        const c = 1 / Math.hypot(t, 1);
        const s = t * c;
        rotate(a, p, q, { c, s, step: size, count: size, stride: 1 });
        rotate(a, p, q, { c, s, step: 1, count: size, stride: size });
        rotate(v, p, q, { c, s, step: size, count: size, stride: 1 });
      }
    }
  }
  const order = Array.from({ length: size }, (_, at) => at).sort((i, j) => get(j, j) - get(i, i));
  return {
    values: order.map((at) => get(at, at)),
    vectors: order.map((at) => v.slice(at * size, (at + 1) * size)),
  };
}

interface Turn {
  readonly c: number;
  readonly s: number;
  /** From one of the two lines to the next, and along them. */
  readonly step: number;
  readonly stride: number;
  readonly count: number;
}

function rotate(matrix: Float64Array, p: number, q: number, { c, s, step, stride, count }: Turn): void {
  for (let at = 0; at < count; at++) {
    const [i, j] = [p * step + at * stride, q * step + at * stride];
    const [x, y] = [matrix[i] as number, matrix[j] as number];
    matrix[i] = c * x - s * y;
    matrix[j] = s * x + c * y;
  }
}
