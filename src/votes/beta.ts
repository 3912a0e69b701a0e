/** Beta and Beta-binomial distributions: what Dirichlet concentrations say of one answer against all others. */

/**
 * log Gamma(x) for x > 0 in double precision: Stirling's series from 10 on, recurrence below (DLMF 5.11.1, 5.5.1). Relative error below 1e-14 away from
 * its zeros, absolute near them.
 */
export function logGammaOf(x: number): number {
  let product = 1;
  let z = x;
  while (z < 10) product *= z++;
  const square = 1 / (z * z);
  const tail =
    (1 / 12 - square * (1 / 360 - square * (1 / 1260 - square * (1 / 1680 - square * (1 / 1188 - (square * 691) / 360_360))))) /
    z;
  return (z - 0.5) * Math.log(z) - z + Math.log(2 * Math.PI) / 2 + tail - Math.log(product);
}

/** log B(a, b) = log Gamma(a) + log Gamma(b) - log Gamma(a + b). */
const logBeta = (a: number, b: number): number => logGammaOf(a) + logGammaOf(b) - logGammaOf(a + b);

/** Steps of the continued fraction and of the bisection; both end long before. */
const mostSteps = 1000;

/** P(X <= x) of a Beta distribution: the regularised incomplete beta function I_x(a, b), by its continued fraction (DLMF 8.17.22, Lentz's method). */
export function betaCdf(x: number, a: number, b: number): number {
  if (x <= 0) return 0;
  if (x >= 1) return 1;
  // The fraction converges fast below the mean.
  if (x > (a + 1) / (a + b + 2)) return 1 - betaCdf(1 - x, b, a);
  const tiny = 1e-300;
  const away = (value: number): number => (Math.abs(value) < tiny ? tiny : value);
  let c = 1;
  let d = 1 / away(1 - ((a + b) * x) / (a + 1));
  let fraction = d;
  for (let m = 1; m < mostSteps; m++) {
    const even = (m * (b - m) * x) / ((a + 2 * m - 1) * (a + 2 * m));
    d = 1 / away(1 + even * d);
    c = away(1 + even / c);
    fraction *= c * d;
    const odd = (-(a + m) * (a + b + m) * x) / ((a + 2 * m) * (a + 2 * m + 1));
    d = 1 / away(1 + odd * d);
    c = away(1 + odd / c);
    fraction *= c * d;
    if (Math.abs(c * d - 1) < 1e-15) break;
  }
  return (Math.exp(a * Math.log(x) + b * Math.log1p(-x) - logBeta(a, b)) / a) * fraction;
}

/** The x with P(X <= x) = p, by bisection of {@link betaCdf} down to neighbouring numbers. */
export function betaQuantile(p: number, a: number, b: number): number {
  let [low, high] = [0, 1];
  for (let step = 0; step < mostSteps; step++) {
    const middle = (low + high) / 2;
    if (middle <= low || middle >= high) break;
    if (betaCdf(middle, a, b) < p) low = middle;
    else high = middle;
  }
  return (low + high) / 2;
}

/** log P(K = k) of n answers where the answer's probability has the distribution Beta(a, b). */
function logBetaBinomial(k: number, n: number, a: number, b: number): number {
  const choose = logGammaOf(n + 1) - logGammaOf(k + 1) - logGammaOf(n - k + 1);
  return choose + logBeta(k + a, n - k + b) - logBeta(a, b);
}

/** P(K < k) and P(K = k) of the Beta-binomial distribution. */
export function betaBinomial(k: number, n: number, a: number, b: number): { readonly below: number; readonly at: number } {
  let term = Math.exp(logBetaBinomial(0, n, a, b));
  let below = 0;
  // Each probability from the one before: P(j + 1) / P(j) = (n - j)(j + a) / ((j + 1)(n - j - 1 + b)).
  for (let j = 0; j < k; j++) {
    below += term;
    term *= ((n - j) * (j + a)) / ((j + 1) * (n - j - 1 + b));
  }
  // What underflowed at 0 can't be followed by products.
  return { below: Math.min(1, below), at: term > 0 ? term : Math.exp(logBetaBinomial(k, n, a, b)) };
}
