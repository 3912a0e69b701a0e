import { describe, expect, it } from 'vitest';
import { noise } from '../../test/support/planes.js';
import type { CachedItem } from '../dataset/types.js';
import { doubtLabels } from './label-doubt.js';

const item = (at: number, label: string | undefined): CachedItem => ({
  id: `p${at}`,
  label,
  hash: String(at).padStart(64, '0'),
  width: 9,
  height: 9,
  perceptual: '0'.repeat(16),
});
/** Two clouds of points: even places left, odd ones right. */
const clouds = (count: number) => {
  const random = noise(1);
  const data = Float32Array.from({ length: 2 * count }, (_, at) => (at % 2 === 0 ? ((at / 2) % 2) * 4 : 0) + random());
  return { type: 'float32' as const, dims: [count, 2], data };
};
const labelled = (count: number) => Array.from({ length: count }, (_, at) => item(at, at % 2 === 0 ? 'left' : 'right'));

describe('doubts of labels', () => {
  it('fall on labels that the pictures contradict', async () => {
    const items = labelled(60).map((one, at) => (at === 10 ? { ...one, label: 'right' } : one));
    const found = await doubtLabels(clouds(60), items, [], {});
    expect([...(found?.doubts.keys() ?? [])]).toEqual([10]);
    expect(found?.doubts.get(10)).toMatchObject({ suggested: 'left' });
    expect(found?.noise).toBeCloseTo(1 / 60, 2);
    expect([...(found?.surprise ?? [])].indexOf(Math.max(...(found?.surprise ?? [])))).toBe(10);
  });

  it('are not put off by other pictures of the same object', async () => {
    // Ten pictures of one object that nothing else is like; half of them are labelled as none of the others of their kind.
    const random = noise(2);
    const count = 90;
    const data = new Float32Array(count * 8);
    for (let at = 0; at < count; at++) {
      data[8 * at] = at % 2 === 0 ? -1 : 1;
      for (let one = 1; one < 6; one++) data[8 * at + one] = 0.3 * random();
      if (at >= 80) data[8 * at + 6] = 9;
    }
    const items = labelled(count).map((one, at) => (at >= 80 ? { ...one, label: 'right' } : one));
    const features = { type: 'float32' as const, dims: [count, 8], data };
    const doubted = async (objects: readonly CachedItem[]) =>
      [...((await doubtLabels(features, objects, [], {}))?.doubts.keys() ?? [])].sort();
    expect(await doubted(items)).toEqual([]);
    const object = items.map((one, at) => (at >= 80 ? { ...one, group: 'M31' } : one));
    expect(await doubted(object)).toEqual([80, 82, 84, 86, 88]);
  });

  it('leave out pictures without a label, and classes of fewer than five pictures', async () => {
    const items = [...labelled(40), item(40, undefined), item(41, 'rare'), item(42, 'rare')];
    const found = await doubtLabels(clouds(43), items, [], {});
    const usual = [40, 41, 42].map((at) => found?.surprise[at]);
    expect(new Set(usual).size).toBe(1);
    expect(found?.doubts.size).toBe(0);
  });

  it('need pictures that are not all the same', async () => {
    const all = Array.from({ length: 20 }, (_, at) => at);
    expect(await doubtLabels(clouds(20), labelled(20), [all], {})).toBeUndefined();
    const three = [all.slice(0, 8), all.slice(8, 14), all.slice(14)];
    expect((await doubtLabels(clouds(20), labelled(20), three, {}))?.doubts.size).toBe(0);
  });

  it('ask for two classes, and for no more than there can be', async () => {
    const one = labelled(20).map((each) => ({ ...each, label: 'left' }));
    expect(await doubtLabels(clouds(20), one, [], {})).toBeUndefined();
    const many = Array.from({ length: 1005 }, (_, at) => item(at, `class ${Math.floor(at / 5)}`));
    expect(await doubtLabels(clouds(1005), many, [], {})).toBeUndefined();
  });
});
