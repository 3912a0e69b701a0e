import { runInNewContext } from 'node:vm';
import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import type { Dim } from '../types.js';
import { addDims, floorDivide, multiplyDims, productOf, quotientOf, subtractDims } from './dims.js';

/** The value of a canonical expression for given sizes. */
function valueOf(dim: Dim, sizes: Readonly<Record<string, number>>): number {
  if (typeof dim === 'number') return dim;
  const known = sizes[dim];
  return known ?? Number(runInNewContext(dim, { ...sizes, floor: Math.floor }));
}

describe('arithmetic of names', () => {
  test.each([
    [multiplyDims('H', 3), 'H*3'],
    [productOf(['W', 2, 'H', 3]), 'H*W*6'],
    [addDims('H', -1), 'H-1'],
    [subtractDims('H', 'H'), 0],
    [addDims(addDims('H', 1) ?? 0, -1), 'H'],
    [floorDivide('H', 2), 'floor((H)/2)'],
    [floorDivide('H*2+3', 2), 'H+1'],
    [floorDivide('floor((H+1)/2)+1', 2), 'floor((H+3)/4)'],
    [quotientOf(['N', 8, 7, 7], ['N', 49]), 8],
    [quotientOf(['N', 392], [392]), 'N'],
    [quotientOf(['H*6'], [4]), undefined],
    [quotientOf(['H'], [0]), undefined],
    [quotientOf(['H'], ['W']), undefined],
  ])('%s', (found, expected) => {
    expect(found).toEqual(expected);
  });

  test('two strided convolutions are one of their product, whatever way', () => {
    const half = (size: Dim): Dim => addDims(floorDivide(addDims(size, -1) ?? 0, 2) ?? 0, 1) ?? 0;
    expect(half(half('H'))).toBe('floor((H+3)/4)');
    expect(half(half(half(half(half('H')))))).toBe('floor((H+31)/32)');
  });

  test('agrees with arithmetic of numbers', () => {
    const sizes = { H: 37, W: 12, N: 5 };
    const dim = fc.oneof(fc.constantFrom<Dim>('H', 'W', 'N'), fc.integer({ min: -4, max: 9 }));
    const step = fc.tuple(fc.constantFrom('add', 'subtract', 'multiply', 'divide'), dim, fc.integer({ min: 1, max: 6 }));
    fc.assert(
      fc.property(dim, fc.array(step, { maxLength: 7 }), (start, steps) => {
        let symbolic: Dim = start;
        let value = valueOf(start, sizes);
        for (const [operation, other, divisor] of steps) {
          const number = valueOf(other, sizes);
          if (operation === 'add') [symbolic, value] = [addDims(symbolic, other) ?? NaN, value + number];
          if (operation === 'subtract') [symbolic, value] = [subtractDims(symbolic, other) ?? NaN, value - number];
          if (operation === 'multiply') [symbolic, value] = [multiplyDims(symbolic, other) ?? NaN, value * number];
          if (operation === 'divide') [symbolic, value] = [floorDivide(symbolic, divisor) ?? NaN, Math.floor(value / divisor)];
          if (Number.isNaN(symbolic)) return;
        }
        expect(valueOf(symbolic, sizes) + 0).toBe(value + 0);
      }),
      { numRuns: 2000, seed: 11 },
    );
  });

  test('quotients multiply back', () => {
    const factor = fc.constantFrom<Dim>('H', 'W', 2, 3, 7, 'H+1');
    fc.assert(
      fc.property(fc.array(factor, { maxLength: 4 }), fc.array(factor, { maxLength: 3 }), (a, b) => {
        const quotient = quotientOf([...a, ...b], b);
        if (quotient === undefined) return;
        expect(valueOf(quotient, { H: 5, W: 4 })).toBe(valueOf(productOf(a) ?? NaN, { H: 5, W: 4 }));
      }),
      { seed: 13 },
    );
  });

  test('odd names survive and stay bounded', () => {
    for (const name of ['', '(', ')(', '+', '-', '*', 'a*', '--', 'x'.repeat(1000), 'unk__1', 'batch size', '?1']) {
      const results = [
        addDims(name, 1),
        multiplyDims(name, name),
        floorDivide(name, 3),
        quotientOf([name, 4], [2]),
        subtractDims(1, name),
      ];
      for (const result of results) expect(String(result ?? '').length).toBeLessThan(100);
      expect(addDims(name, 0) ?? name).toBe(name === '' ? '?' : name);
    }
  });
});
