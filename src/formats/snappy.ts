/** A copy of 64 bytes takes 3: nothing becomes more than so many times as long. */
const mostGrowth = 22;

/**
 * Expands a block of Snappy (https://github.com/google/snappy/blob/main/format_description.txt). Every length is compared with what is left of input and output, so
 * that damaged and forged blocks end in an error: a plain one, for the reader of the file to explain.
 *
 * @param size Bytes that are expected.
 */
export function expandSnappy(input: Uint8Array, size: number): Uint8Array {
  const { value, end } = sizeOf(input);
  if (value !== size || size > mostGrowth * input.length) throw new Error(`${value} bytes compressed, ${size} expected`);
  const output = new Uint8Array(size);
  let from = end;
  let to = 0;
  while (from < input.length) {
    const tag = byteAt(input, from++);
    if ((tag & 3) === 0) {
      const wide = Math.max(0, (tag >> 2) - 59);
      const length = 1 + (wide === 0 ? tag >> 2 : littleEndian(input, from, wide));
      from += wide;
      if (length > input.length - from || length > size - to) throw new Error('compressed bytes beyond their end');
      if (length > 16) output.set(input.subarray(from, from + length), to);
      else for (let index = 0; index < length; index++) output[to + index] = byteAt(input, from + index);
      from += length;
      to += length;
      continue;
    }
    const wide = [0, 1, 2, 4][tag & 3] ?? 0;
    const length = wide === 1 ? 4 + ((tag >> 2) & 7) : 1 + (tag >> 2);
    const back = littleEndian(input, from, wide) + (wide === 1 ? (tag >> 5) << 8 : 0);
    from += wide;
    if (back === 0 || back > to || length > size - to) throw new Error('a compressed copy of what is not there');
    if (back >= length && length > 16) output.copyWithin(to, to - back, to - back + length);
    // What overlaps repeats itself: byte by byte.
    else for (let index = 0; index < length; index++) output[to + index] = byteAt(output, to - back + index);
    to += length;
  }
  if (to !== size) throw new Error(`${to} of ${size} bytes compressed`);
  return output;
}

function sizeOf(input: Uint8Array): { readonly value: number; readonly end: number } {
  let value = 0;
  for (let index = 0; index < 5; index++) {
    const byte = byteAt(input, index);
    value += (byte & 127) * 2 ** (7 * index);
    if (byte < 128) return { value, end: index + 1 };
  }
  throw new Error('compressed bytes without a length');
}

function littleEndian(input: Uint8Array, start: number, wide: number): number {
  let value = 0;
  for (let index = 0; index < wide; index++) value += byteAt(input, start + index) * 2 ** (8 * index);
  return value;
}

function byteAt(bytes: Uint8Array, index: number): number {
  const byte = bytes[index];
  if (byte === undefined) throw new Error('compressed bytes end early');
  return byte;
}
