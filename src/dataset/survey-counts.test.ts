import { expect, test } from 'vitest';
import { aspectOf, sidesOf, sizeCellsOf, sizesOf, timelineOf } from './survey-counts.js';

test('sizes beyond the twentieth are counted with the nearest, and cells are quarters of an octave', () => {
  const items = Array.from({ length: 30 }, (_, at) => ({ width: 100 + at, height: 64 }));
  const { sizes, sizeCount } = sizesOf([...items, { width: 128, height: 64 }]);
  expect(sizeCount).toBe(30);
  expect(sizes).toHaveLength(20);
  expect(sizes.reduce((sum, { count }) => sum + count, 0)).toBe(31);
  // 2^6.5 = 90.5 and 2^6.75 = 107.6; 64 and 128 begin cells of their own.
  expect(sizeCellsOf([...items, { width: 128, height: 64 }])).toEqual([
    { width: 2 ** 6.75, height: 64, count: 20 },
    { width: 2 ** 6.5, height: 64, count: 8 },
    { width: 128, height: 64, count: 3 },
  ]);
  expect(sizeCellsOf([{ width: 1, height: 8 }])).toEqual([{ width: 1, height: 8, count: 1 }]);
  expect(sidesOf(items)).toEqual({ shortest: 64, longest: 129 });
  expect(aspectOf(items)).toMatchObject({ low: 100 / 64, high: 129 / 64 });
  expect([sidesOf([]), aspectOf([])]).toEqual([undefined, undefined]);
});

test('years come from dates of any length; what has none is counted apart', () => {
  const items = [
    { date: '2021', source: 'nasa' },
    { date: '2021-03-04', source: 'nasa' },
    { date: '1995-06-16T00:00:00Z', source: 'apod' },
    { date: '1995-06-17' },
    { date: '20211', source: 'nasa' },
    { date: 'long ago', source: 'nasa' },
    {},
  ];
  expect(timelineOf(items)).toEqual({
    years: [
      { year: 1995, source: '', count: 1 },
      { year: 1995, source: 'apod', count: 1 },
      { year: 2021, source: 'nasa', count: 2 },
    ],
    undated: 3,
  });
  expect(timelineOf([{ date: 'never' }, {}])).toBeUndefined();
});
