import { describe, expect, it } from 'vitest';
import { palette } from './style.js';

/** Relative luminance and contrast as in WCAG 2.2; its example: #777777 on white is 4.48. */
function luminance(colour: readonly number[]): number {
  const [red = 0, green = 0, blue = 0] = colour.map((value) => {
    const share = value / 255;
    return share <= 0.04045 ? share / 12.92 : ((share + 0.055) / 1.055) ** 2.4;
  });
  return 0.2126 * red + 0.7152 * green + 0.0722 * blue;
}

function contrast(one: readonly number[], other: readonly number[]): number {
  const [dark = 0, light = 0] = [luminance(one), luminance(other)].sort((a, b) => a - b);
  return (light + 0.05) / (dark + 0.05);
}

const bytes = (colour: string): number[] => [1, 3, 5].map((at) => parseInt(colour.slice(at, at + 2), 16));
const over = (fill: readonly number[], page: readonly number[], opacity: number): number[] =>
  fill.map((value, at) => opacity * value + (1 - opacity) * page[at]!);

it('measures contrast as WCAG does', () => {
  expect(contrast(bytes('#777777'), bytes('#ffffff'))).toBeCloseTo(4.48, 2);
});

describe.each([
  ['light', 0],
  ['dark', 1],
] as const)('the %s scheme', (_, scheme) => {
  const colour = (name: keyof typeof palette) => bytes(palette[name][scheme]);

  it.each(['text', 'muted', 'blue', 'orange', 'green'] as const)('%s is readable on the page and on cards', (name) => {
    expect(contrast(colour(name), colour('page'))).toBeGreaterThanOrEqual(4.5);
    expect(contrast(colour(name), colour('surface'))).toBeGreaterThanOrEqual(4.5);
  });

  it('marks of kinds are seen on the page and on maps', () => {
    const kinds = (Object.keys(palette) as (keyof typeof palette)[]).filter((name) => name.startsWith('kind'));
    expect(kinds).toHaveLength(8);
    for (const name of kinds) {
      expect(contrast(colour(name), colour('page'))).toBeGreaterThanOrEqual(3);
      expect(contrast(over(colour(name), colour('surface'), 0.72), colour('surface'))).toBeGreaterThanOrEqual(2);
    }
  });

  it.each(['right', 'wrong'] as const)('text is readable on a %s cell of any strength', (name) => {
    for (let opacity = 0; opacity <= 1; opacity += 0.05) {
      expect(contrast(colour('text'), over(colour(name), colour('page'), opacity))).toBeGreaterThanOrEqual(4.5);
    }
  });
});
