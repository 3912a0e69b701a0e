import { readFileSync } from 'node:fs';
import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { randomStream } from '../core/random.js';
import { kFold, partNames, splitItems, type SplitItem } from './split.js';
import { largestRemainder } from './split-targets.js';

/** A case of test/golden/splits.json, made with scikit-learn; see splits.py. */
interface GoldenSplit {
  readonly counts: readonly number[];
  readonly test: number;
  readonly held: readonly number[];
  readonly train: readonly number[];
  readonly foldCounts: readonly (readonly number[])[];
}
const golden = JSON.parse(readFileSync(new URL('../../test/golden/splits.json', import.meta.url), 'utf8')) as {
  readonly cases: readonly GoldenSplit[];
};

const make = (counts: readonly number[]): SplitItem[] =>
  counts.flatMap((count, label) =>
    Array.from({ length: count }, (_, index) => ({
      id: `${label}/${index}`,
      hash: `h${label}-${index}`,
      label: `class ${label}`,
    })),
  );

/** How many items of each class have each answer. */
function tally<T>(items: readonly SplitItem[], answers: ArrayLike<T>, classes: number, all: readonly T[]): number[][] {
  const table = Array.from({ length: classes }, () => all.map(() => 0));
  for (const [index, { label }] of items.entries()) {
    const row = table[Number(label.slice(6))] as number[];
    const column = all.indexOf(answers[index] as T);
    row[column] = (row[column] as number) + 1;
  }
  return table;
}

const shares = fc
  .tuple(fc.integer({ min: 1, max: 10 }), fc.integer({ min: 0, max: 5 }), fc.integer({ min: 0, max: 5 }))
  .map(([train, validation, rest]) => {
    const sum = train + validation + rest;
    return { train: train / sum, validation: validation / sum, test: rest / sum };
  });

/** Items of a few classes, many of them in groups; with lists of places that belong together. */
const grouped = fc
  .array(
    fc.record({ label: fc.integer({ min: 0, max: 3 }), group: fc.option(fc.integer({ min: 0, max: 15 }), { nil: undefined }) }),
    { minLength: 1, maxLength: 80 },
  )
  .chain((drawn) => {
    const items = drawn.map(({ label, group }, index): SplitItem => {
      const own = { id: `${index}`, hash: `h${(index * 7919) % 1009}`, label: `class ${label}` };
      return group === undefined ? own : { ...own, group: `object ${group}` };
    });
    const place = fc.integer({ min: 0, max: items.length - 1 });
    return fc.tuple(fc.constant(items), fc.array(fc.array(place, { minLength: 1, maxLength: 3 }), { maxLength: 5 }));
  });

describe('class counts are those of scikit-learn', () => {
  test.each(golden.cases)('$counts, test $test', ({ counts, test: share, held, train, foldCounts }) => {
    const items = make(counts);
    const parts = splitItems(items, { shares: { train: 1 - share, validation: 0, test: share }, seed: 222 });
    const table = tally(items, parts, counts.length, partNames);
    expect(table.map(([first]) => first)).toEqual(train);
    expect(table.map(([, , last]) => last)).toEqual(held);
    const folds = tally(items, kFold(items, { folds: 5, seed: 1 }), counts.length, [0, 1, 2, 3, 4]);
    expect(folds.map((row) => row.toSorted((a, b) => a - b))).toEqual(foldCounts);
    const sizes = [0, 1, 2, 3, 4].map((fold) => folds.reduce((sum, row) => sum + (row[fold] as number), 0));
    expect(Math.max(...sizes) - Math.min(...sizes)).toBeLessThanOrEqual(1);
  });
});

describe('splits without groups', () => {
  test('each class and each part has its share', () => {
    fc.assert(
      fc.property(
        fc.array(fc.integer({ min: 40, max: 90 }), { minLength: 1, maxLength: 6 }),
        shares,
        fc.integer(),
        (counts, wanted, seed) => {
          const items = make(counts);
          const table = tally(items, splitItems(items, { shares: wanted, seed }), counts.length, partNames);
          for (const [label, row] of table.entries()) {
            for (const [part, count] of row.entries()) {
              const exact = (counts[label] as number) * wanted[partNames[part] as 'train'];
              expect(Math.abs(count - exact)).toBeLessThan(2);
              if (exact === 0) expect(count).toBe(0);
            }
          }
          const totals = partNames.map((_, part) => table.reduce((sum, row) => sum + (row[part] as number), 0));
          const rounded = largestRemainder(
            items.length,
            partNames.map((part) => wanted[part]),
          );
          for (const [part, size] of rounded.entries()) expect(Math.abs((totals[part] as number) - size)).toBeLessThanOrEqual(1);
        },
      ),
    );
  });

  test('small classes: training first, then one for each part with a share', () => {
    const items = make([1, 2, 3, 4, 200]);
    const counts = (train: number, validation: number, rest: number) =>
      tally(items, splitItems(items, { shares: { train, validation, test: rest }, seed: 5 }), 5, partNames).slice(0, 4);
    expect(counts(0.8, 0.05, 0.15)).toEqual([
      [1, 0, 0],
      [1, 0, 1],
      [1, 1, 1],
      [2, 1, 1],
    ]);
    expect(counts(0.9, 0, 0.1)).toEqual([
      [1, 0, 0],
      [1, 0, 1],
      [2, 0, 1],
      [3, 0, 1],
    ]);
  });

  test('nothing, one item, ten thousand classes', () => {
    const thirds = { train: 0.6, validation: 0.2, test: 0.2 };
    expect(splitItems([], { shares: thirds, seed: 1 })).toEqual([]);
    expect(splitItems(make([1]), { shares: thirds, seed: 1 })).toEqual(['train']);
    expect(splitItems(make([1]), { shares: { train: 0, validation: 0, test: 1 }, seed: 1 })).toEqual(['test']);
    const items = make(Array.from({ length: 10_000 }, () => 3));
    const parts = splitItems(items, { shares: thirds, seed: 1 });
    expect(partNames.map((name) => parts.filter((part) => part === name).length)).toEqual([10_000, 10_000, 10_000]);
    expect(new Set(kFold(make(Array.from({ length: 10_000 }, () => 1)), { folds: 10, seed: 1 })).size).toBe(10);
  });

  test('seeds differ, and so do the items they choose', () => {
    const items = make([50, 50]);
    const options = { shares: { train: 0.5, validation: 0, test: 0.5 } };
    expect(splitItems(items, { ...options, seed: 1 })).not.toEqual(splitItems(items, { ...options, seed: 2 }));
  });
});

describe('splits with groups', () => {
  test('nothing straddles, and the same items in another order are split alike', () => {
    fc.assert(
      fc.property(grouped, shares, fc.integer(), ([items, groups], wanted, seed) => {
        const parts = splitItems(items, { shares: wanted, seed, groups });
        const byGroup = new Map<string, Set<string>>();
        for (const [index, { group = `alone ${index}` }] of items.entries()) {
          byGroup.set(group, (byGroup.get(group) ?? new Set()).add(parts[index] as string));
        }
        for (const found of byGroup.values()) expect(found.size).toBe(1);
        for (const list of groups) expect(new Set(list.map((index) => parts[index])).size).toBe(1);
        for (const part of partNames) if (wanted[part] === 0) expect(parts).not.toContain(part);

        const order = randomStream(seed, 'order').shuffle([...items.keys()]);
        const places = order.map((_, index) => order.indexOf(index));
        const again = splitItems(
          order.map((index) => items[index] as SplitItem),
          { shares: wanted, seed, groups: groups.map((list) => list.map((index) => places[index] as number)) },
        );
        expect(again).toEqual(order.map((index) => parts[index]));
      }),
    );
  });

  test('of one class: no part exceeds its size by the largest group', () => {
    const sizes = fc.array(fc.integer({ min: 1, max: 9 }), { minLength: 1, maxLength: 30 });
    fc.assert(
      fc.property(sizes, shares, fc.integer(), (drawn, wanted, seed) => {
        const items = drawn.flatMap((size, group) =>
          Array.from({ length: size }, (_, k) => ({
            id: `${group}/${k}`,
            hash: `${group}/${k}`,
            label: 'class 0',
            group: `${group}`,
          })),
        );
        const [row = []] = tally(items, splitItems(items, { shares: wanted, seed }), 1, partNames);
        for (const [part, count] of row.entries()) {
          expect(count).toBeLessThan(items.length * wanted[partNames[part] as 'train'] + 1 + Math.max(...drawn));
        }
      }),
    );
  });

  test('two surveys of each object: shares hold in both classes', () => {
    const items = make([400, 800]).map((item, index) => ({ ...item, group: `object ${index >> 1}` }));
    const table = tally(items, splitItems(items, { shares: { train: 0.7, validation: 0.1, test: 0.2 }, seed: 3 }), 2, partNames);
    expect(table).toEqual([
      [280, 40, 80],
      [560, 80, 160],
    ]);
  });

  test('folds keep groups whole', () => {
    fc.assert(
      fc.property(grouped, fc.integer(), ([items, groups], seed) => {
        const units = new Set(items.map(({ group, id }) => group ?? id)).size;
        fc.pre(units >= 8);
        const folds = kFold(items, { folds: 2, seed, groups: groups.slice(0, 1) });
        for (const [index, { group }] of items.entries()) {
          const first = items.findIndex((other) => group !== undefined && other.group === group);
          if (first >= 0) expect(folds[index]).toBe(folds[first]);
        }
        expect(new Set(folds).size).toBe(2);
      }),
    );
  });
});

test('refuses shares that do not add up, unknown places and too many folds', () => {
  const items = make([3]);
  const code = (run: () => unknown) => {
    try {
      run();
    } catch (error) {
      return (error as { code: string }).code;
    }
    return undefined;
  };
  const shares = { train: 0.8, validation: 0, test: 0.2 };
  expect(code(() => splitItems(items, { shares: { ...shares, validation: 0.1 }, seed: 1 }))).toBe('split/shares');
  expect(code(() => splitItems(items, { shares: { ...shares, validation: NaN }, seed: 1 }))).toBe('split/shares');
  expect(code(() => splitItems(items, { shares: { train: 1.2, validation: 0, test: -0.2 }, seed: 1 }))).toBe('split/shares');
  expect(code(() => splitItems(items, { shares, seed: 1, groups: [[0, 3]] }))).toBe('split/groups');
  expect(code(() => splitItems(items, { shares, seed: 0.5 }))).toBe('random/seed');
  expect(code(() => kFold(items, { folds: 4, seed: 1 }))).toBe('split/folds');
  expect(code(() => kFold(items, { folds: 1, seed: 1 }))).toBe('split/folds');
});
