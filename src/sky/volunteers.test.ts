import { expect, test } from 'vitest';
import { galaxyKinds, simulateGalaxy, type GalaxyTraits } from './simulate.js';
import { answerWeights } from './volunteers.js';

const galaxy = (kind: (typeof galaxyKinds)[number], index = 0) => simulateGalaxy(kind, { seed: 1, index }, { side: 16 });

test.each(galaxyKinds)('%s: every weight is a finite number from 0 on, and no question has none', (kind) => {
  for (let index = 0; index < 8; index++) {
    for (const answers of Object.values(answerWeights(galaxy(kind, index)))) {
      const weights = Object.values(answers);
      expect(weights.every((weight) => Number.isFinite(weight) && weight >= 0)).toBe(true);
      expect(weights.reduce((sum, one) => sum + one, 0)).toBeGreaterThan(0.1);
    }
  }
});

test('clearer traits are seen by more', () => {
  const base = galaxy('barred');
  const weight = (change: Partial<GalaxyTraits>, question: string, answer: string): number =>
    answerWeights({ ...base, traits: { ...base.traits, ...change } })[question]![answer]!;
  expect(weight({ barShare: 0.22 }, 'bar', 'yes')).toBeGreaterThan(weight({ barShare: 0.12 }, 'bar', 'yes'));
  expect(weight({ armShare: 0.5 }, 'has-spiral-arms', 'yes')).toBeGreaterThan(
    weight({ armShare: 0.3 }, 'has-spiral-arms', 'yes'),
  );
  expect(weight({ pitchDegrees: 10 }, 'spiral-winding', 'tight')).toBeGreaterThan(
    weight({ pitchDegrees: 25 }, 'spiral-winding', 'tight'),
  );
  expect(weight({ axisRatio: 1 }, 'how-rounded', 'round')).toBeGreaterThan(weight({ axisRatio: 0.6 }, 'how-rounded', 'round'));
  expect(weight({ arms: 3 }, 'spiral-arm-count', '3')).toBeGreaterThan(weight({ arms: 2 }, 'spiral-arm-count', '3'));
});

test('traits are those that the galaxy was made of', () => {
  const traits = Object.fromEntries(galaxyKinds.map((kind) => [kind, galaxy(kind).traits]));
  expect(traits['spiral']!.barShare).toBe(0);
  expect(traits['barred']!.barShare).toBeGreaterThanOrEqual(0.12);
  expect(traits['barred']!.pitchDegrees).toBeGreaterThanOrEqual(10);
  expect(traits['ring']!.ringShare).toBeGreaterThanOrEqual(0.3);
  expect(traits['edge_on']!.axisRatio).toBeLessThan(0.25);
  expect(traits['merger']!.companionShare).toBeGreaterThanOrEqual(0.2);
  expect(traits['elliptical']).toMatchObject({ arms: 0, bulgeShare: 1 });
});
