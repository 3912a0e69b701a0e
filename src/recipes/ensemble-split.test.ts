import { describe, expect, it } from 'vitest';
import { decodeManifest, encodeManifest, makeManifest, type SplitManifest } from '../dataset/manifest.js';
import type { Part } from '../dataset/types.js';
import { sha256 } from '../formats/hash.js';
import { combineSplits } from './ensemble-split.js';

const rule = { classes: ['a', 'b'], labels: {} };
const letters = { t: 'train', v: 'validation', j: 'test' } as const;

interface Given {
  readonly duplicates?: readonly (readonly number[])[];
  readonly groups?: readonly (string | undefined)[];
  readonly names?: readonly string[];
}

/** A letter an item: trained on, validated, judged; `.` where the run does not have it. */
function split(parts: string, { duplicates = [], groups = [], names = [] }: Given = {}): SplitManifest {
  const all = parts.split('').map((letter, at) => ({
    letter,
    item: { id: names[at] ?? `${at}.png`, hash: sha256(String(at)), label: 'a', group: groups[at] },
  }));
  const kept = all.filter(({ letter }) => letter !== '.');
  const parts_ = kept.map(({ letter }): Part => letters[letter as keyof typeof letters]);
  const shares = { train: 0.5, validation: 0.25, test: 0.25 };
  return makeManifest({ name: 'sky', rule, seed: 1, shares, items: kept.map(({ item }) => item), parts: parts_, duplicates });
}

/** The parts of the combination, by id. */
function combined(...manifests: readonly SplitManifest[]): string {
  const { items } = combineSplits(manifests, rule);
  const letter = (part: Part) => Object.entries(letters).find(([, name]) => name === part)?.[0] ?? '?';
  return [...items]
    .sort((a, b) => a.id.localeCompare(b.id))
    .map(({ part }) => letter(part))
    .join('');
}

describe('combineSplits', () => {
  it('takes the split that all runs share as it is', () => {
    const one = split('ttvj');
    expect(combineSplits([one, one, decodeManifest(encodeManifest(one), 'split.json')], rule)).toBe(one);
  });

  it('a picture judges where every run keeps it to judge, and is never one that a run trained on or does not know', () => {
    expect(combined(split('tvjtvjtvj'), split('tttvvvjjj'))).toBe('ttttvvtvj');
    expect(combined(split('jjj'), split('j.j'))).toBe('jtj');
  });

  it('what belongs together for any run goes together', () => {
    expect(combined(split('jjjvt', { duplicates: [[0, 3]] }), split('jjjjt'))).toBe('vjjvt');
    // Near-duplicates in a chain over two runs, and pictures of one object.
    expect(combined(split('jjjjt', { duplicates: [[0, 1]] }), split('jjtjv', { duplicates: [[1, 2]] }))).toBe('tttjt');
    expect(combined(split('jjjj', { groups: ['m51', undefined, 'm51'] }), split('jjvj'))).toBe('vjvj');
  });

  it('knows pictures by content, wherever they lie', () => {
    const moved = combineSplits([split('jt', { names: ['a.png', 'b.png'] }), split('tt', { names: ['c.png', 'b.png'] })], rule);
    expect(moved.items.map(({ id, part }) => [id, part])).toEqual([
      ['a.png', 'train'],
      ['b.png', 'train'],
      ['c.png', 'train'],
    ]);
  });

  it('is a signed split itself', () => {
    const made = combineSplits([split('tvj'), split('tjj')], rule);
    expect(decodeManifest(encodeManifest(made), 'split.json')).toEqual(made);
  });
});
