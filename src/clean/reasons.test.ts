import { describe, expect, it } from 'vitest';
import type { CachedItem } from '../dataset/types.js';
import { reviewOf, type Findings } from './reasons.js';
import type { Signs } from './signs.js';

const plain: Signs = { text: 0.1, line: 0.1, flat: 0, contrast: 30, brightest: 200, sharpness: 3 };
const item = (id: string, label = 'comet', side = 100): CachedItem => ({
  id,
  label,
  hash: id,
  width: side,
  height: side,
  perceptual: '0'.repeat(16),
});

function findings(items: readonly CachedItem[], changes: Partial<Findings> = {}): Findings {
  const cache = { side: 4, channels: 3 as const, items, skipped: [], path: '' };
  return {
    cache,
    evidence: new Float64Array(items.length).fill(1),
    signs: items.map(() => plain),
    strangeness: Float64Array.from(items, () => 0.1),
    photo: undefined,
    doubts: undefined,
    duplicates: [],
    same: [],
    ...changes,
  };
}
const kindsOf = (changes: Partial<Findings>, items = [item('a'), item('b')]) =>
  reviewOf(findings(items, changes), undefined)
    .suspects.find(({ file }) => file === 'a')
    ?.reasons.map(({ kind }) => kind);

describe('reasons', () => {
  it('are none where nothing is out of the ordinary', () => {
    const { suspects, counts } = reviewOf(findings([item('b'), item('a')]), 'net');
    expect(suspects.map(({ file, score, reasons }) => ({ file, score, reasons }))).toEqual([
      { file: 'a', score: 0.2, reasons: [] },
      { file: 'b', score: 0.2, reasons: [] },
    ]);
    expect(counts).toEqual({});
  });

  it.each<[string, Partial<Signs>]>([
    ['text', { text: 0.4 }],
    ['lines', { line: 0.9 }],
    ['flat', { flat: 0.5 }],
    ['blank', { contrast: 0.5, sharpness: 0 }],
    ['dark', { brightest: 10 }],
    ['blurred', { sharpness: 0.1 }],
  ])('%s is read from the pixels', (kind, signs) => {
    expect(kindsOf({ signs: [{ ...plain, ...signs }, plain] })).toEqual([kind]);
  });

  it('name tiny pictures, photographs and labels', () => {
    expect(kindsOf({}, [item('a', 'comet', 20), item('b')])).toEqual(['tiny']);
    expect(kindsOf({ photo: Float64Array.of(0.5, -2) })).toEqual(['photo']);
    const doubts = new Map([[0, { suggested: 'star', given: 0.02, instead: 0.9 }]]);
    const changes = { doubts: { surprise: Float64Array.of(1, 0), doubts, noise: 0.5 } };
    expect(kindsOf(changes)).toEqual(['label']);
    expect(reviewOf(findings([item('a'), item('b')], changes), undefined)).toMatchObject({
      noise: 0.5,
      suspects: [
        { file: 'a', suggested: 'star', reasons: [{ text: 'looks like star (90 %) rather than comet (2 %)' }] },
        { file: 'b' },
      ],
    });
  });

  it('put blank pictures and copies of other labels first, what cannot be read before them', () => {
    const items = [item('a'), item('b', 'star'), item('c'), item('d')];
    const cache = {
      ...findings(items).cache,
      skipped: [
        { id: 'torn', code: 'picture/truncated', reason: 'It ends early.' },
        { id: 'gone', code: 'review/dropped', reason: 'A person dropped it.' },
      ],
    };
    const signs = items.map((_, at) => (at === 3 ? { ...plain, contrast: 0 } : plain));
    const { suspects, counts } = reviewOf(findings(items, { cache, signs, duplicates: [[0, 1]] }), undefined);
    expect(suspects.map(({ file }) => file)).toEqual(['torn', 'd', 'b', 'a', 'c']);
    expect(suspects[0]).toMatchObject({ score: 1, reasons: [{ kind: 'unreadable', text: 'It ends early.' }] });
    expect(counts).toEqual({ unreadable: 1, blank: 1, conflict: 2, duplicate: 1 });
  });

  it('has a file once that a table names twice, and says where its rows disagree', () => {
    const code = 'dataset/duplicate';
    const skipped = [
      { id: 'a', code, reason: 'An earlier row names the same file.' },
      { id: 'b', code, reason: 'An earlier row names the same file. It says "star" here and "comet" there, which counts.' },
    ];
    const items = [item('a'), item('b')];
    const { suspects } = reviewOf(findings(items, { cache: { ...findings(items).cache, skipped } }), undefined);
    expect(suspects.map(({ file, reasons }) => [file, reasons.map(({ kind }) => kind)])).toEqual([
      ['b', ['conflict']],
      ['a', []],
    ]);
  });
});
