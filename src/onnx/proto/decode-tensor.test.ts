import { describe, expect, test } from 'vitest';
import { bytes, float, message, packed, varint } from '../../../test/support/wire.js';
import { readTensor } from '../read.js';

describe('readTensor', () => {
  test('reads packed and unpacked numbers, also mixed', () => {
    const data = message(varint(1, 4), varint(2, 7), varint(7, -1), bytes(7, packed(2, -3)), varint(7, 2n ** 62n));
    expect(readTensor(data).tensor).toEqual({ type: 'int64', dims: [4], data: BigInt64Array.of(-1n, 2n, -3n, 2n ** 62n) });
    const floats = message(varint(1, 3), varint(2, 1), float(4, 1), bytes(4, new Uint8Array(Float32Array.of(2, 3).buffer)));
    expect(readTensor(floats).tensor.data).toEqual(Float32Array.of(1, 2, 3));
  });

  test.each<[string, number, number, Uint8Array, unknown]>([
    ['int8', 3, 5, packed(-1, 127), Int8Array.of(-1, 127)],
    ['uint8', 2, 5, packed(255, 1), Uint8Array.of(255, 1)],
    ['int16', 5, 5, packed(-2, 3), Int16Array.of(-2, 3)],
    ['uint16', 4, 5, packed(65535, 3), Uint16Array.of(65535, 3)],
    ['int32', 6, 5, packed(-2, 3), Int32Array.of(-2, 3)],
    ['bool', 9, 5, packed(1, 0), Uint8Array.of(1, 0)],
    ['float16', 10, 5, packed(0x3c00, 0xbc00), Uint16Array.of(0x3c00, 0xbc00)],
    ['bfloat16', 16, 5, packed(0x3f80, 0), Uint16Array.of(0x3f80, 0)],
    ['float8e4m3fn', 17, 5, packed(200, 1), Uint8Array.of(200, 1)],
    ['uint32', 12, 11, packed(2 ** 32 - 1, 1), Uint32Array.of(2 ** 32 - 1, 1)],
    ['uint64', 13, 11, packed(2n ** 64n - 1n, 1), BigUint64Array.of(2n ** 64n - 1n, 1n)],
    ['float64', 11, 10, new Uint8Array(Float64Array.of(0.5, -1).buffer), Float64Array.of(0.5, -1)],
  ])('reads %s from its number field', (type, code, field, content, data) => {
    expect(readTensor(message(varint(1, 2), varint(2, code), bytes(field, content))).tensor).toEqual({ type, dims: [2], data });
  });

  test('reads pairs of complex numbers and halves of bytes', () => {
    const pairs = new Uint8Array(Float32Array.of(1, 2, 3, 4).buffer);
    expect(readTensor(message(varint(1, 2), varint(2, 14), bytes(4, pairs))).tensor.data).toEqual(Float32Array.of(1, 2, 3, 4));
    expect(readTensor(message(varint(1, 3), varint(2, 22), bytes(5, packed(0x21, 0x03)))).tensor).toEqual({
      type: 'int4',
      dims: [3],
      data: Uint8Array.of(0x21, 0x03),
    });
  });
});
