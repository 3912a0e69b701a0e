/** McNemar's test of whether two models are right equally often on the same pictures. */
export interface McNemar {
  /** Pictures that only the first model has right. */
  readonly firstOnly: number;
  readonly secondOnly: number;
  /** Two-sided exact p-value: binomial with probability 1/2 over the pictures on which one of them is right. */
  readonly exact: number;
  /** The same with the observed split counted half, which is less conservative (Fagerland, Lydersen, Laake 2013, BMC Med Res Methodol 13:91). */
  readonly midP: number;
}

/** McNemar's test from the numbers of pictures that only one of two models has right. */
export function mcnemar(firstOnly: number, secondOnly: number): McNemar {
  const total = firstOnly + secondOnly;
  const least = Math.min(firstOnly, secondOnly);
  // Binomial probabilities 2^-total total! / (k! (total - k)!), summed by their logarithms.
  let log = -total * Math.LN2;
  let below = 0;
  for (let k = 0; k < least; k++) {
    below += Math.exp(log);
    log += Math.log((total - k) / (k + 1));
  }
  const at = Math.exp(log);
  return { firstOnly, secondOnly, exact: Math.min(1, 2 * (below + at)), midP: Math.min(1, 2 * below + at) };
}
