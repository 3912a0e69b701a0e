import { expect, it } from 'vitest';
import { photoEvidence, photoLikeness } from './photos.js';
import { skyWords } from './sky-words.js';

it('holds a share for each class of ImageNet, which add up to 1', () => {
  expect(skyWords).toHaveLength(1000);
  const sum = skyWords.reduce((whole, ratio) => whole + Math.exp(ratio) / 1000, 0);
  // To one decimal each.
  expect(sum).toBeGreaterThan(0.97);
  expect(sum).toBeLessThan(1.03);
});

it('tells what ImageNet shows from what the sky looks like', () => {
  const words = new Float32Array(3000);
  // Places in ImageNet's list: 834 suit, 107 jellyfish, which nebulae are taken for.
  words[834] = 1;
  words[1000 + 107] = 1;
  words.fill(0.001, 2000);
  const [suit = 0, jellyfish = 0, anything = 0] = photoLikeness({ type: 'float32', dims: [3, 1000], data: words });
  expect(suit).toBeCloseTo(-(skyWords[834] ?? 0), 5);
  expect(suit).toBeGreaterThan(0.5);
  expect(jellyfish).toBeLessThan(-3);
  expect(anything).toBeCloseTo(-skyWords.reduce((sum, ratio) => sum + ratio / 1000, 0), 4);
  expect(photoEvidence(jellyfish)).toBe(0);
  expect(photoEvidence(suit)).toBeGreaterThan(3);
});
