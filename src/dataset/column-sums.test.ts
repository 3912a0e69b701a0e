import { expect, it } from 'vitest';
import { randomStream } from '../core/random.js';
import { ColumnSums } from './column-sums.js';

/** Widths around the 16 bytes of one step, wider than what is copied at once; more rows than 16 bits hold. */
const shapes = [1, 15, 16, 17, 48, 331, 140_000].flatMap((length) =>
  [1, 2, 257, 258, 600].filter((rows) => rows * length < 1_000_000).map((rows) => ({ length, rows })),
);

it.each(shapes)('sums of $rows rows of $length bytes are exact', ({ length, rows }) => {
  const random = randomStream(rows, `columns-${length}`);
  const skipped = 3;
  const data = Uint8Array.from({ length: skipped + rows * length }, () =>
    random.uniform() < 0.5 ? 255 : random.uniform() * 256,
  );
  const expected = Array.from({ length }, (_, column) => {
    let sum = 0;
    for (let row = 0; row < rows; row++) sum += data[skipped + row * length + column] ?? 0;
    return sum;
  });
  const sums = new ColumnSums(data, length);
  sums.add(skipped, rows);
  // Another picture's in between, and again.
  new ColumnSums(data, 1).add(0, 1);
  sums.add(skipped, rows);
  expect(sums.sums).toEqual(Float64Array.from(expected));
});
