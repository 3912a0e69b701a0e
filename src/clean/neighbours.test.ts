import { describe, expect, it } from 'vitest';
import { strangenessOf } from './neighbours.js';

/** Directions in the plane, in degrees. */
const directions = (...degrees: number[]) => ({
  type: 'float32' as const,
  dims: [degrees.length, 2],
  data: Float32Array.from(degrees.flatMap((angle) => [Math.cos((angle * Math.PI) / 180), Math.sin((angle * Math.PI) / 180)])),
});
const none = { groups: [], same: [] };

describe('neighbours', () => {
  it('make strange what is unlike its own class', async () => {
    const labels = ['a', 'a', 'a', 'b', 'b', 'b', 'a'];
    const trusted = labels.map(() => true);
    const strangeness = await strangenessOf(directions(0, 1, 2, 90, 91, 92, 89), { labels, trusted, ...none });
    const strangest = [...strangeness].indexOf(Math.max(...strangeness));
    expect(strangest).toBe(6);
    expect(strangeness[3]).toBeCloseTo(1 - (Math.cos(Math.PI / 180) + Math.cos(Math.PI / 90)) / 2, 5);
  });

  it('count only where they are trusted, and copies for nothing', async () => {
    const labels = ['a', 'a', 'a', 'a'];
    const features = directions(0, 1, 60, 60);
    const open = await strangenessOf(features, { labels, trusted: [true, true, true, true], ...none });
    expect(open[2]).toBeLessThan(0.4);
    const known = await strangenessOf(features, { labels, trusted: [true, true, true, true], groups: [[2, 3]], same: [] });
    expect(known[2]).toBeCloseTo(1 - (0.5 + Math.cos((59 * Math.PI) / 180)) / 2, 5);
    const seen = await strangenessOf(features, { labels, trusted: [true, true, true, true], groups: [], same: [[2, 3]] });
    expect([...seen]).toEqual([...known]);
    const wary = await strangenessOf(features, { labels, trusted: [true, false, true, false], ...none });
    expect(wary[2]).toBeCloseTo(0.5, 5);
  });

  it('are those of other classes where a class has no other picture', async () => {
    const strangeness = await strangenessOf(directions(0, 60, 60), {
      labels: ['a', 'b', 'b'],
      trusted: [true, true, true],
      ...none,
    });
    expect(strangeness[0]).toBeCloseTo(0.5, 5);
    const alone = await strangenessOf(directions(0), { labels: ['a'], trusted: [true], ...none });
    expect([...alone]).toEqual([1]);
  });
});
