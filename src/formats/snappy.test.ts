import fc from 'fast-check';
import { snappyUncompress } from 'hyparquet';
import { describe, expect, it } from 'vitest';
import { expandSnappy } from './snappy.js';

const bytes = (...values: readonly number[]): Uint8Array => Uint8Array.from(values);

/** A block of literals and copies, and nothing wrong with it. */
const blocks = fc
  .array(
    fc.record({
      literal: fc.uint8Array({ minLength: 1, maxLength: 300 }),
      back: fc.integer({ min: 1, max: 70_000 }),
      length: fc.integer({ min: 4, max: 64 }),
      wide: fc.constantFrom(1, 2, 4),
    }),
    { maxLength: 20 },
  )
  .map((parts) => {
    const body: number[] = [];
    let size = 0;
    for (const { literal, back, length, wide } of parts) {
      const last = literal.length - 1;
      if (last < 60) body.push(last << 2);
      else if (last < 256) body.push(60 << 2, last);
      else body.push(61 << 2, last & 255, last >> 8);
      body.push(...literal);
      size += literal.length;
      const from = Math.min(back, size, wide === 1 ? 2047 : wide === 2 ? 65_535 : Infinity);
      const copied = wide === 1 ? Math.min(length, 11) : length;
      if (wide === 1) body.push(1 | ((copied - 4) << 2) | ((from >> 8) << 5), from & 255);
      else
        body.push(
          (wide === 2 ? 2 : 3) | ((copied - 1) << 2),
          ...bytes(from, from >> 8, from >> 16, from >> 24).subarray(0, wide),
        );
      size += copied;
    }
    const length: number[] = [];
    for (let rest = size; ; rest >>= 7) {
      length.push(rest > 127 ? (rest & 127) | 128 : rest);
      if (rest <= 127) break;
    }
    return { block: bytes(...length, ...body), size };
  });

describe('Snappy', () => {
  it('expands what another reader expands', () => {
    fc.assert(
      fc.property(blocks, ({ block, size }) => {
        const expected = new Uint8Array(size);
        snappyUncompress(block, expected);
        expect(expandSnappy(block, size)).toEqual(expected);
      }),
    );
  });

  it.each([
    ['no length', bytes(0x80), 0],
    ['another length', bytes(2, 0, 65), 1],
    ['a length that so few bytes never become', bytes(0x80, 0x80, 0x80, 0x80, 0x04, 0, 65), 2 ** 30],
    ['a literal beyond its end', bytes(3, 8, 65), 3],
    ['a literal of a negative length', bytes(3, 63 << 2, 0xf0, 0xff, 0xff, 0xff, 65, 65, 65), 3],
    ['more than its length', bytes(1, 4, 65, 65), 1],
    ['less than its length', bytes(3, 4, 65, 65), 3],
    ['a copy from before its beginning', bytes(5, 0, 65, 1, 2), 5],
    ['a copy from nowhere', bytes(5, 0, 65, 1, 0), 5],
    ['half a copy', bytes(5, 0, 65, 2, 1), 5],
  ])('refuses %s', (_, block, size) => {
    expect(() => expandSnappy(block, size)).toThrow(/compressed/);
  });
});
