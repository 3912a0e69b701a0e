/** Everything that comes, in its order. */
export async function collect<T>(values: AsyncIterable<T>): Promise<T[]> {
  const all: T[] = [];
  for await (const value of values) all.push(value);
  return all;
}

/** The code of the error that work ends with; `undefined` where it has none, and where it succeeds. */
export const failure = async (work: Promise<unknown>): Promise<unknown> =>
  await work.then(
    () => undefined,
    (error: unknown) => (error as { code?: unknown }).code,
  );
