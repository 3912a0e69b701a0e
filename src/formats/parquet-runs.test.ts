import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { readRuns } from './parquet-runs.js';

/** Runs of one value, and values packed by eights, bit by bit. */
const runs = fc.integer({ min: 0, max: 20 }).chain((bits) => {
  const value = fc.nat(2 ** bits - 1);
  const run = fc.record({ value, count: fc.integer({ min: 1, max: 200 }) });
  return fc.array(fc.oneof(run, fc.array(value, { minLength: 8, maxLength: 8 })), { maxLength: 10 }).map((parts) => {
    const bytes: number[] = [];
    const values: number[] = [];
    for (const part of parts) {
      if (Array.isArray(part)) {
        const packed = part
          .map((one) =>
            one
              .toString(2)
              .padStart(bits, '0')
              .slice(bits === 0 ? 1 : 0),
          )
          .reverse()
          .join('');
        bytes.push(3, ...(packed.match(/.{8}/g) ?? []).map((byte) => parseInt(byte, 2)).reverse());
        values.push(...part);
        continue;
      }
      const head = part.count * 2;
      bytes.push(...(head > 127 ? [(head & 127) | 128, head >> 7] : [head]));
      for (let shift = 0; shift < bits; shift += 8) bytes.push((part.value >> shift) & 255);
      for (let index = 0; index < part.count; index++) values.push(part.value);
    }
    return { bits, bytes: Uint8Array.from(bytes), values, isPackedLast: Array.isArray(parts.at(-1)) };
  });
});

describe('runs and packed bits', () => {
  it('come back', () => {
    fc.assert(
      fc.property(runs, fc.nat(7), ({ bits, bytes, values, isPackedLast }, spare) => {
        expect([...readRuns(bytes, bits, values.length)]).toEqual(values);
        // The last eight may be filled up.
        const count = values.length - (isPackedLast ? spare : 0);
        expect([...readRuns(bytes, bits, count)]).toEqual(values.slice(0, count));
      }),
    );
  });

  it.each([
    ['nothing', [], 1, 1],
    ['a run of 2^30 values', [0x80, 0x80, 0x80, 0x80, 0x08, 0], 1, 10],
    ['a run without its value', [20], 1, 10],
    ['a run without the end of its length', Array<number>(10).fill(0x80), 1, 10],
    ['2^34 packed values of no bits', [0xff, 0xff, 0xff, 0xff, 0x1f], 0, 10],
    ['packed values beyond the end', [5, 1], 1, 16],
    ['packed values that nobody asked for', [5, 1, 1], 1, 8],
    ['values of 32 bits', [2, 0, 0, 0, 0], 32, 1],
  ])('refuse %s', (_, bytes, bits, count) => {
    expect(() => readRuns(Uint8Array.from(bytes), bits, count)).toThrow();
  });
});
