/** Bits of a value: dictionaries have at most 2^20 entries. */
const mostBits = 24;

/**
 * Reads Parquet's hybrid of runs and packed bits (https://parquet.apache.org/docs/file-format/data-pages/encodings/): `count` values of `bits` bits each. No run is
 * longer than the values that are left, and each takes a byte at least.
 *
 * @throws Plain errors, for the reader of the file to explain.
 */
export function readRuns(bytes: Uint8Array, bits: number, count: number): Uint32Array {
  if (bits > mostBits) throw new Error(`values of ${bits} bits, at most ${mostBits} expected`);
  const values = new Uint32Array(count);
  let at = 0;
  const next = (): number => {
    const byte = bytes[at];
    if (byte === undefined) throw new Error('a run ends early');
    at++;
    return byte;
  };
  for (let done = 0; done < count;) {
    const head = header(next);
    const length = Math.floor(head / 2) * (head % 2 === 1 ? 8 : 1);
    if (head % 2 === 0) {
      if (length > count - done) throw new Error('a run is longer than its values');
      let value = 0;
      for (let shift = 0; shift < bits; shift += 8) value += next() * 2 ** shift;
      values.fill(value, done, done + length);
      done += length;
      continue;
    }
    // The last group of eight may be filled up.
    const packed = (length / 8) * bits;
    if (length >= count - done + 8 || packed > bytes.length - at) throw new Error('packed values are longer than their page');
    const wanted = Math.min(length, count - done);
    unpack(bytes, at, bits, values.subarray(done, done + wanted));
    at += packed;
    done += wanted;
  }
  return values;
}

function header(next: () => number): number {
  let value = 0;
  for (let shift = 0; shift < 35; shift += 7) {
    const byte = next();
    value += (byte & 127) * 2 ** shift;
    if (byte < 128) return value;
  }
  throw new Error('a run without a length');
}

function unpack(bytes: Uint8Array, start: number, bits: number, values: Uint32Array): void {
  const mask = 2 ** bits - 1;
  for (let index = 0, bit = 0; index < values.length; index++, bit += bits) {
    const at = start + (bit >> 3);
    const word = (bytes[at] ?? 0) | ((bytes[at + 1] ?? 0) << 8) | ((bytes[at + 2] ?? 0) << 16) | ((bytes[at + 3] ?? 0) << 24);
    values[index] = (word >>> (bit & 7)) & mask;
  }
}
