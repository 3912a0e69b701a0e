import { expect, it } from 'vitest';
import { floatBits16, floatOfBits16 } from './half.js';

it.each(['float16', 'bfloat16'] as const)('reads every %s number that it writes', (type) => {
  const wrong = Array.from({ length: 65_536 }, (_, bits) => bits).filter((bits) => {
    const value = floatOfBits16(bits, type);
    return !Number.isNaN(value) && floatBits16(value, type) !== bits;
  });
  expect(wrong).toEqual([]);
});

it('reads what IEEE 754 says', () => {
  const values = [0x3c00, 0xc000, 0x7bff, 0x0400, 0x0001, 0x7c00, 0xfc00].map((bits) => floatOfBits16(bits, 'float16'));
  expect(values).toEqual([1, -2, 65_504, 2 ** -14, 2 ** -24, Infinity, -Infinity]);
  expect(Number.isNaN(floatOfBits16(0x7e00, 'float16'))).toBe(true);
  expect([0x3f80, 0xbf80, 0x7f80].map((bits) => floatOfBits16(bits, 'bfloat16'))).toEqual([1, -1, Infinity]);
  expect(Number.isNaN(floatOfBits16(0x7fc0, 'bfloat16'))).toBe(true);
});
