import { describe, expect, it } from 'vitest';
import { ThriftReader } from './thrift.js';

const reader = (...bytes: readonly number[]): ThriftReader => new ThriftReader(Uint8Array.from(bytes));

describe('the compact protocol of Thrift', () => {
  it('gives the fields that are asked for and passes over others', () => {
    // 1: i32 150; 2: bytes "ab"; 4: list of 3 i64; 5: yes; 6: struct { 1: double }; 20: i32 -1; end.
    const bytes = [0x15, 0xac, 0x02, 0x18, 0x02, 0x61, 0x62, 0x29, 0x36, 0x02, 0x04, 0x06, 0x11, 0x1c, 0x17];
    const source = reader(...bytes, 0, 0, 0, 0, 0, 0, 0xf0, 0x3f, 0x00, 0x05, 0x28, 0x01, 0x00);
    const found: unknown[] = [];
    source.struct({
      1: (type) => found.push(source.whole(type)),
      4: (type) => source.list((of) => found.push(source.whole(of)), type),
      5: (type) => found.push(source.flag(type)),
      20: (type) => found.push(source.whole(type)),
    });
    expect(found).toEqual([150, 1, 2, 3, true, -1]);
    expect(source.offset).toBe(bytes.length + 13);
  });

  it.each([
    ['nothing', []],
    ['a structure without its end', [0x15, 0x02]],
    ['an integer without an end', [0x15, ...Array<number>(20).fill(0x80), 0]],
    ['an integer that ends early', [0x15, 0x80]],
    ['bytes longer than the file', [0x18, 0xff, 0xff, 0xff, 0xff, 0x0f, 0x61]],
    ['a list longer than the file', [0x19, 0xf5, 0xff, 0xff, 0xff, 0xff, 0x0f, 0x02, 0x00]],
    ['a size of 2^63', [0x18, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0x7f]],
    ['an unknown type', [0x1b, 0x00]],
    ['lists in lists without end', Array<number>(1000).fill(0x19)],
    ['structures in structures without end', Array<number>(1000).fill(0x1c)],
  ])('ends with an error at %s', (_, bytes) => {
    expect(() => reader(...bytes).struct({})).toThrow(/^(?!Maximum)/);
  });

  it.each([
    ['an integer', [0x18, 0x00, 0x00]],
    ['an integer beyond 2^53', [0x16, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0x7f, 0x00]],
  ])('refuses what is no %s', (_, bytes) => {
    const source = reader(...bytes);
    expect(() => source.struct({ 1: (type) => source.whole(type) })).toThrow();
  });
});
