import { describe, expect, test } from 'vitest';
import { MessierError } from '../core/errors.js';
import { floatBits16 } from './half.js';
import {
  alignment,
  byteSize,
  checkTensor,
  elementCount,
  filled,
  float32,
  int64,
  integers,
  scalar,
  tensorBytes,
} from './tensors.js';

describe('sizes', () => {
  test('elements', () => {
    expect([[], [3], [2, 3, 4], [5, 0], [0, 2 ** 52]].map((dims) => elementCount(dims))).toEqual([1, 3, 24, 0, 0]);
  });

  test.each([[[-1]], [[0.5]], [[NaN]], [[2 ** 30, 2 ** 30]], [[2 ** 60, 0]]])('%j are no dimensions', (dims) => {
    expect(() => elementCount(dims)).toThrow(MessierError);
  });

  test('bytes', () => {
    expect([byteSize('float32', 3), byteSize('int4', 3), byteSize('complex128', 2), byteSize('bool', 5)]).toEqual([12, 2, 32, 5]);
    expect([alignment('complex64'), alignment('complex128'), alignment('int4'), alignment('float16')]).toEqual([4, 8, 1, 2]);
  });
});

describe('tensors', () => {
  test('are made from numbers', () => {
    expect(float32([2], [1, 2])).toEqual({ type: 'float32', dims: [2], data: Float32Array.of(1, 2) });
    expect(int64([-1])).toEqual({ type: 'int64', dims: [1], data: BigInt64Array.of(-1n) });
    expect(int64([2 ** 63, -(2 ** 63)]).data).toEqual(BigInt64Array.of(2n ** 63n - 1n, -(2n ** 63n)));
    expect(scalar(2)).toEqual({ type: 'float32', dims: [], data: Float32Array.of(2) });
    expect(scalar(2, 'int64').data).toEqual(BigInt64Array.of(2n));
    expect(filled([2], 1, 'float16').data).toEqual(Uint16Array.of(0x3c00, 0x3c00));
    expect(() => scalar(1, 'complex64')).toThrow(/complex64/);
  });

  test('give their integers and bytes', () => {
    expect(integers(int64([3, -4]))).toEqual([3, -4]);
    expect(integers({ type: 'bool', dims: [1], data: Uint8Array.of(1) })).toEqual([1]);
    expect(() => integers(float32([1], [1]))).toThrow(/float32/);
    expect(tensorBytes(int64([1]))).toEqual(Uint8Array.of(1, 0, 0, 0, 0, 0, 0, 0));
  });

  test('are held to their dimensions and types', () => {
    const data = Float32Array.of(1);
    expect(() => checkTensor({ type: 'float32', dims: [2], data }, 'w')).toThrow('8 bytes expected, 4 found');
    expect(() => checkTensor({ type: 'int32', dims: [1], data }, 'w')).toThrow('array of its type');
    expect(() => checkTensor({ type: 'string', dims: [1], data }, 'w')).toThrow('strings expected');
    expect(() => checkTensor({ type: 'string', dims: [1], data: [] }, 'w')).toThrow('1 strings expected, 0 found');
  });
});

describe('floatBits16', () => {
  test.each([
    [0, 0x0000],
    [-0, 0x8000],
    [1, 0x3c00],
    [-2, 0xc000],
    [65504, 0x7bff],
    [65519.99, 0x7bff],
    [65520, 0x7c00],
    [-1e9, 0xfc00],
    [Infinity, 0x7c00],
    [NaN, 0x7e00],
    [2 ** -14, 0x0400],
    [2 ** -24, 0x0001],
    [2 ** -25, 0x0000],
    [1.5 * 2 ** -25, 0x0001],
    [1 + 2 ** -11, 0x3c00],
    [1 + 3 * 2 ** -11, 0x3c02],
    [1e-40, 0x0000],
  ])('float16 of %f', (value, bits) => expect(floatBits16(value, 'float16')).toBe(bits));

  test.each([
    [1, 0x3f80],
    [-1, 0xbf80],
    [1 + 2 ** -8, 0x3f80],
    [1 + 3 * 2 ** -8, 0x3f82],
    [NaN, 0x7fc0],
    [-Infinity, 0xff80],
  ])('bfloat16 of %f', (value, bits) => expect(floatBits16(value, 'bfloat16')).toBe(bits));
});
