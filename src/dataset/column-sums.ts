/** Bytes 0 and 2 of a word; of the word shifted by eight, bytes 1 and 3. */
const lanes = 0x00ff00ff;
/** Rows whose bytes add up within 16 bits. */
const mostRows = 257;
/** Rows that are added in one pass. */
const pass = 8;

/**
 * Adds up rows of bytes, column by column: four bytes at a time as two words of two 16-bit sums each, eight rows in a pass, which takes little more
 * time than reading them. Sums are whole numbers, and exact.
 */
export class ColumnSums {
  readonly sums: Float64Array;
  private readonly view: DataView;
  private readonly even: Int32Array;
  private readonly odd: Int32Array;

  /** @param length Bytes of a row. */
  constructor(
    private readonly data: Uint8Array,
    private readonly length: number,
  ) {
    this.view = new DataView(data.buffer, data.byteOffset, data.byteLength);
    this.even = new Int32Array(length >>> 2);
    this.odd = new Int32Array(length >>> 2);
    this.sums = new Float64Array(length);
  }

  /** sums[i] = sum over r < rows of data[start + r * length + i]. */
  add(start: number, rows: number): void {
    const { sums, length, view, even, odd } = this;
    sums.fill(0);
    for (let done = 0; done < rows; done += mostRows) {
      let at = start + done * length;
      let left = Math.min(mostRows, rows - done);
      for (; left >= pass; left -= pass, at += pass * length) addEight(view, at, length, even, odd);
      for (; left > 0; left--, at += length) addOne(view, at, even, odd);
      this.unpack();
    }
    this.addRest(start, rows);
  }

  private unpack(): void {
    const { sums, even, odd } = this;
    for (let word = 0, to = 0; word < even.length; word++, to += 4) {
      const low = even[word] as number;
      const high = odd[word] as number;
      sums[to] = (sums[to] as number) + (low & 0xffff);
      sums[to + 1] = (sums[to + 1] as number) + (high & 0xffff);
      sums[to + 2] = (sums[to + 2] as number) + (low >>> 16);
      sums[to + 3] = (sums[to + 3] as number) + (high >>> 16);
    }
    even.fill(0);
    odd.fill(0);
  }

  /** The last bytes of a row that fill no word. */
  private addRest(start: number, rows: number): void {
    const { sums, data, length } = this;
    for (let i = length & ~3; i < length; i++) {
      let sum = 0;
      for (let row = 0, at = start + i; row < rows; row++, at += length) sum += data[at] as number;
      sums[i] = sum;
    }
  }
}

function addEight(view: DataView, at: number, stride: number, even: Int32Array, odd: Int32Array): void {
  for (let i = 0, from = at; i < even.length; i++, from += 4) {
    const a = view.getInt32(from, true);
    const b = view.getInt32(from + stride, true);
    const c = view.getInt32(from + 2 * stride, true);
    const d = view.getInt32(from + 3 * stride, true);
    const e = view.getInt32(from + 4 * stride, true);
    const f = view.getInt32(from + 5 * stride, true);
    const g = view.getInt32(from + 6 * stride, true);
    const h = view.getInt32(from + 7 * stride, true);
    const low = (a & lanes) + (b & lanes) + (c & lanes) + (d & lanes) + (e & lanes) + (f & lanes) + (g & lanes) + (h & lanes);
    const upper = ((a >>> 8) & lanes) + ((b >>> 8) & lanes) + ((c >>> 8) & lanes) + ((d >>> 8) & lanes);
    const rest = ((e >>> 8) & lanes) + ((f >>> 8) & lanes) + ((g >>> 8) & lanes) + ((h >>> 8) & lanes);
    even[i] = ((even[i] as number) + low) | 0;
    odd[i] = ((odd[i] as number) + upper + rest) | 0;
  }
}

function addOne(view: DataView, at: number, even: Int32Array, odd: Int32Array): void {
  for (let i = 0, from = at; i < even.length; i++, from += 4) {
    const word = view.getInt32(from, true);
    even[i] = ((even[i] as number) + (word & lanes)) | 0;
    odd[i] = ((odd[i] as number) + ((word >>> 8) & lanes)) | 0;
  }
}
