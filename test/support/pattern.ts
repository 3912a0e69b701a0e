/**
 * value(i) = float32(offset + scale * (fmix32(fmix32(i) ^ fnv1a(name)) / 2^31 - 1)), in [offset - scale, offset + scale).
 *
 * The same bits as test/golden/pattern.py, so that weights and data of the golden tests need no files.
 * fmix32 is MurmurHash3's finalizer, fnv1a the 32-bit FNV-1a hash of the name's UTF-8 bytes.
 */
export function pattern(name: string, dims: readonly number[], scale = 1, offset = 0): Float32Array<ArrayBuffer> {
  const hash = fnv1a(name);
  const values = new Float32Array(dims.reduce((product, dim) => product * dim, 1));
  for (let i = 0; i < values.length; i++) values[i] = offset + scale * (fmix32(fmix32(i) ^ hash) / 2 ** 31 - 1);
  return values;
}

function fnv1a(name: string): number {
  let value = 0x811c9dc5;
  for (const byte of new TextEncoder().encode(name)) value = Math.imul(value ^ byte, 0x01000193);
  return value;
}

function fmix32(x: number): number {
  x = Math.imul(x ^ (x >>> 16), 0x85ebca6b);
  x = Math.imul(x ^ (x >>> 13), 0xc2b2ae35);
  return (x ^ (x >>> 16)) >>> 0;
}
