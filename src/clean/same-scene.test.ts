import { describe, expect, it } from 'vitest';
import { grayPlanes, spots } from '../../test/support/planes.js';
import { sceneCorrelation, sceneOf } from './same-scene.js';

const side = 224;
type Place = (x: number, y: number) => readonly [number, number];
const scene = (seed: number, place: Place = (x, y) => [x, y], light: (level: number) => number = (level) => level) =>
  sceneOf(
    grayPlanes(side, (x, y) => light(spots(seed, 30)(...place(x / side, y / side)))),
    side,
    3,
  );

describe('the same scene', () => {
  const whole = scene(1);

  it.each<[string, Place]>([
    ['itself', (x, y) => [x, y]],
    ['mirrored', (x, y) => [1 - x, y]],
    ['turned by a quarter', (x, y) => [y, 1 - x]],
    ['cropped in the middle', (x, y) => [0.15 + 0.7 * x, 0.15 + 0.7 * y]],
    ['cropped in a corner and mirrored', (x, y) => [0.62 * (1 - x), 0.3 + 0.62 * y]],
  ])('is found %s', (_, place) => {
    const other = scene(1, place);
    expect(sceneCorrelation(whole, other)).toBeGreaterThan(0.85);
    expect(sceneCorrelation(other, whole)).toBe(sceneCorrelation(whole, other));
  });

  it('is found in other light', () => {
    expect(
      sceneCorrelation(
        whole,
        scene(1, undefined, (level) => 1.4 * level + 10),
      ),
    ).toBeGreaterThan(0.85);
  });

  it('is no other scene', () => {
    for (const seed of [2, 3, 4, 5]) expect(sceneCorrelation(whole, scene(seed))).toBeLessThan(0.75);
  });

  it('is nothing where there is nothing to see', () => {
    const blank = sceneOf(
      grayPlanes(side, () => 7),
      side,
      3,
    );
    expect(sceneCorrelation(blank, blank)).toBe(0);
    expect(sceneCorrelation(blank, whole)).toBe(0);
  });
});
