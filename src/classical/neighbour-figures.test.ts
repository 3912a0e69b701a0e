import { readFileSync } from 'node:fs';
import { describe, expect, test } from 'vitest';
import { pattern } from '../../test/support/pattern.js';
import { nearestNeighbours } from './nearest-neighbours.js';
import { neighbourAccuracy, trustworthiness } from './neighbour-figures.js';
import { principalComponents, type Points } from './principal-components.js';

/** test/golden/embedding_map.json, made with scikit-learn; see embedding_map.py. */
interface Golden {
  readonly explained: readonly number[];
  readonly sizes: readonly number[];
  readonly indices: readonly number[];
  readonly distances: readonly number[];
  readonly trust: readonly { readonly k: number; readonly value: number }[];
  readonly accuracy: readonly { readonly k: number; readonly dims: number; readonly value: number }[];
}
const golden = JSON.parse(readFileSync(new URL('../../test/golden/embedding_map.json', import.meta.url), 'utf8')) as Golden;

const [count, size] = [90, 24];
const labels = Int32Array.from({ length: count }, (_, at) => at % 3);
const noise = pattern('map/points', [count, size]);
const centres = pattern('map/centre', [3, size]);
const rows = Float64Array.from(noise, (value, at) => {
  const column = at % size;
  return value * 0.8 ** column + 3 * centres[(Math.floor(at / size) % 3) * size + column]!;
});
const points: Points = { rows, count, size };
const flatNoise = pattern('map/noise', [count, 2]);
const flat: Points = {
  rows: Float64Array.from(flatNoise, (value, at) => rows[Math.floor(at / 2) * size + (at % 2)]! + 0.5 * value),
  count,
  size: 2,
};
/** The first columns of points that their labels hardly follow from. */
function blurred(dims: number): Points {
  const part = Float64Array.from({ length: count * dims }, (_, at) => {
    const [point, column] = [Math.floor(at / dims), at % dims];
    return noise[point * size + column]! + 0.4 * centres[(point % 3) * size + column]!;
  });
  return { rows: part, count, size: dims };
}
const close = (values: readonly number[], digits = 7) => values.map((value) => expect.closeTo(value, digits) as number);

describe('principal components', () => {
  test('of all directions are those of scikit-learn', async () => {
    const { rows: found, size: width, explained } = await principalComponents(points, { components: 24 });
    expect(width).toBe(24);
    expect(explained.slice(0, 6)).toEqual(close(golden.explained));
    const sizes = [0, 1, 2, 3, 4].flatMap((point) => [0, 1, 2, 3].map((at) => Math.abs(found[point * width + at]!)));
    expect(sizes).toEqual(close(golden.sizes));
  });

  test('of few directions are the leading ones, by the same bits each time', async () => {
    const one = await principalComponents(points, { components: 4 });
    expect(one.explained).toEqual(close(golden.explained.slice(0, 4), 5));
    expect((await principalComponents(points, { components: 4 })).rows).toEqual(one.rows);
    // Another start finds the same directions, up to rounding.
    const other = await principalComponents(points, { components: 2, seed: 9 });
    expect(other.rows[0]).toBeCloseTo(one.rows[0]!, 4);
  });

  test('of points that are all the same are zero, and of fewer points than directions all there are', async () => {
    const same = await principalComponents({ rows: new Float64Array(40).fill(3), count: 10, size: 4 }, { components: 2 });
    expect([...same.rows]).toEqual(Array(20).fill(expect.closeTo(0, 12)));
    const few = await principalComponents({ rows: rows.slice(0, 3 * size), count: 3, size }, { components: 50 });
    expect(few.explained.reduce((sum, share) => sum + share)).toBeCloseTo(1, 12);
  });
});

describe('nearest neighbours', () => {
  test('are those of scikit-learn', async () => {
    const { indices, distances } = await nearestNeighbours(points, 7);
    expect([...indices.slice(0, 28)]).toEqual(golden.indices);
    expect([...distances.slice(0, 28)]).toEqual(close(golden.distances));
  });

  test('of equally far points the first comes first', async () => {
    const { indices } = await nearestNeighbours({ rows: Float64Array.of(0, 1, -1, 1), count: 4, size: 1 }, 3);
    expect([...indices]).toEqual([1, 2, 3, 3, 0, 2, 0, 1, 3, 1, 0, 2]);
  });

  test('stop at the signal', async () => {
    const signal = AbortSignal.abort(new Error('enough'));
    await expect(nearestNeighbours(points, 3, { signal })).rejects.toThrow('enough');
    await expect(trustworthiness(points, flat, 3, { signal })).rejects.toThrow('enough');
    await expect(principalComponents(points, { components: 2, signal })).rejects.toThrow('enough');
  });
});

test.each(golden.trust)('trustworthiness for $k neighbours is that of scikit-learn', async ({ k, value }) => {
  expect(await trustworthiness(points, flat, k)).toBeCloseTo(value, 8);
});

describe('accuracy by neighbours', () => {
  test.each(golden.accuracy)(
    'of $k in $dims columns is that of scikit-learn, each point left out',
    async ({ k, dims, value }) => {
      expect(value).toBeLessThan(1);
      expect(neighbourAccuracy(await nearestNeighbours(blurred(dims), k), labels)).toEqual({
        accuracy: expect.closeTo(value, 8) as number,
        judged: count,
      });
    },
  );

  test('leaves out those without a label, and copies', async () => {
    const line = await nearestNeighbours({ rows: Float64Array.of(0, 1, 10, 11), count: 4, size: 1 }, 1);
    expect(neighbourAccuracy(line, [0, 0, 1, 1])).toEqual({ accuracy: 1, judged: 4 });
    expect(neighbourAccuracy(line, [0, 0, 1, -1])).toEqual({ accuracy: 1, judged: 2 });
    expect(neighbourAccuracy(line, [0, 0, 1, 0], [5, 5, -1, -1])).toEqual({ accuracy: 0, judged: 2 });
    expect(neighbourAccuracy(line, [-1, -1, -1, -1])).toBeUndefined();
  });
});
