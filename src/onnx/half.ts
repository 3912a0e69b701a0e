/** The two 16-bit floating point types. */
export type HalfType = 'float16' | 'bfloat16';

const float = new Float32Array(1);
const word = new Uint32Array(float.buffer);

/**
 * Bits of the nearest 16-bit number, ties to even (IEEE 754 binary16, and bfloat16: the upper half of binary32).
 *
 * @example
 * floatBits16(1, 'float16') // 0x3c00
 */
export function floatBits16(value: number, type: HalfType): number {
  float[0] = value;
  const bits = word[0] ?? 0;
  if (Number.isNaN(value)) return type === 'float16' ? 0x7e00 : 0x7fc0;
  if (type === 'bfloat16') return roundShift(bits, 16);
  const sign = (bits >>> 16) & 0x8000;
  const magnitude = bits & 0x7fffffff;
  // From 65520 up everything rounds to infinity.
  if (magnitude >= 0x477ff000) return sign | 0x7c00;
  // Below 2^-14 the exponent stays and the mantissa shrinks.
  if (magnitude < 0x38800000) {
    const shift = 126 - (magnitude >>> 23);
    if (shift > 24) return sign;
    return sign | roundShift((magnitude & 0x7fffff) | 0x800000, shift);
  }
  return sign | roundShift(magnitude - 0x38000000, 13);
}

function roundShift(bits: number, shift: number): number {
  const kept = bits >>> shift;
  const rest = bits - kept * 2 ** shift;
  const middle = 2 ** (shift - 1);
  return rest > middle || (rest === middle && kept % 2 === 1) ? kept + 1 : kept;
}

/**
 * The number that 16 bits stand for; the other way round than {@link floatBits16}, exactly.
 *
 * @example
 * floatOfBits16(0x3c00, 'float16') // 1
 */
export function floatOfBits16(bits: number, type: HalfType): number {
  if (type === 'bfloat16') {
    word[0] = bits << 16;
    return float[0] ?? 0;
  }
  const sign = bits & 0x8000 ? -1 : 1;
  const exponent = (bits >>> 10) & 0x1f;
  const mantissa = bits & 0x3ff;
  if (exponent === 0x1f) return mantissa === 0 ? sign * Infinity : NaN;
  // Below 2^-14 there is no leading 1.
  if (exponent === 0) return sign * mantissa * 2 ** -24;
  return sign * (1024 + mantissa) * 2 ** (exponent - 25);
}
