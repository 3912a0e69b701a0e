import { columnAdder } from './column-adder.js';

/** Rows whose bytes add up within 16 bits. */
const mostRows = 257;
/** Bytes that are added in one call, if a row has no more: they stay in the processor's cache. */
const atOnce = 2 ** 17;

/** Adds up rows of bytes, column by column, 16 bytes at a time. Sums are whole numbers, and exact. */
export class ColumnSums {
  readonly sums: Float64Array;

  /** @param length Bytes of a row. */
  constructor(
    private readonly data: Uint8Array,
    private readonly length: number,
  ) {
    this.sums = new Float64Array(length);
  }

  /** sums[i] = sum over r < rows of data[start + r * length + i]. */
  add(start: number, rows: number): void {
    const { data, sums, length } = this;
    const most = Math.min(mostRows, Math.max(1, Math.floor(atOnce / length)));
    const adder = columnAdder(most * length, length);
    sums.fill(0);
    for (let done = 0, held = 0; done < rows;) {
      const some = Math.min(most, rows - done, mostRows - held);
      const from = start + done * length;
      adder.add(data.subarray(from, from + some * length), some);
      done += some;
      held += some;
      if (held < mostRows && done < rows) continue;
      const { totals } = adder;
      for (let i = 0; i < length; i++) sums[i] = (sums[i] as number) + (totals[i] as number);
      totals.fill(0);
      held = 0;
    }
  }
}
