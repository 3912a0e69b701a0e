/**
 * Holm's correction of the p-values of m tests (Holm 1979, Scand J Statist 6:65): sorted p(1) <= ... <= p(m) become max over j <= i of
 * min(1, (m - j + 1) p(j)), in the order given. Whatever the tests have to do with one another, the chance that any true hypothesis falls below a level
 * is at most that level.
 *
 * @example
 * holm([0.01, 0.04, 0.03]) // [0.03, 0.06, 0.06]
 */
export function holm(values: readonly number[]): number[] {
  const order = [...values.keys()].sort((a, b) => (values[a] ?? 0) - (values[b] ?? 0));
  const adjusted = new Array<number>(values.length).fill(1);
  let least = 0;
  for (const [rank, at] of order.entries()) {
    least = Math.max(least, Math.min(1, (values.length - rank) * (values[at] ?? 1)));
    adjusted[at] = least;
  }
  return adjusted;
}
