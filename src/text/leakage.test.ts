import { describe, expect, it } from 'vitest';
import { findShared } from '../../test/support/shared-data.js';
import { randomStream } from '../core/random.js';
import { readTable } from '../formats/csv.js';
import {
  keywordLabel,
  keywordRuleSchema,
  learnVocabulary,
  maskWords,
  measureLeakage,
  type LabelledText,
  type TextRules,
} from './index.js';
import { information } from './word-rules.js';

const plain: TextRules = { stems: null, stopWords: [], masked: [] };

/** Texts of 12 words out of 400, with a class that has nothing to do with them. */
function noise(count: number, classes: readonly string[], seed: number): LabelledText[] {
  const random = randomStream(seed, 'noise');
  return Array.from({ length: count }, () => ({
    text: Array.from({ length: 12 }, () => `word${random.integer(400)}`).join(' '),
    label: classes[random.integer(classes.length)]!,
  }));
}

function halves<T>(items: readonly T[], share = 0.7): readonly [T[], T[]] {
  const order = randomStream(1, 'halves').shuffle([...items]);
  const end = Math.round(order.length * share);
  return [order.slice(0, end), order.slice(end)];
}

describe('information', () => {
  it('is the entropy where the word says the class, and nothing where it is as frequent everywhere', () => {
    expect(information(Float64Array.of(50, 0), Float64Array.of(50, 50))).toBeCloseTo(1, 12);
    expect(information(Float64Array.of(0, 0, 25), Float64Array.of(50, 25, 25))).toBeCloseTo(
      -0.25 * Math.log2(0.25) - 0.75 * Math.log2(0.75),
      12,
    );
    expect(information(Float64Array.of(10, 20), Float64Array.of(50, 100))).toBeCloseTo(0, 12);
  });

  it("equals scikit-learn's mutual_info_score", () => {
    // scikit-learn 1.2.1: mutual_info_score([1]*7 + [0]*3 + [1]*2 + [0]*8, [0]*10 + [1]*10) / log(2)
    expect(information(Float64Array.of(7, 2), Float64Array.of(10, 10))).toBeCloseTo(0.19116496, 8);
  });
});

describe('measureLeakage', () => {
  it('finds nothing where there is nothing, however many words there are', () => {
    for (const seed of [1, 2, 3]) {
      const report = measureLeakage(...halves(noise(100, ['a', 'b', 'c'], seed)), { rules: plain });
      expect(report.leaks).toBe(false);
      expect(report.mask).toEqual([]);
      expect(report.list.balancedAccuracy).toBeLessThanOrEqual(report.list.chance.high);
    }
  });

  it('finds the words that say the class, and nothing once they are masked', () => {
    const items = noise(300, ['a', 'b', 'c'], 4).map(({ text, label }) => ({
      text: label === 'c' ? text : `${text} tells${label}`,
      label,
    }));
    const [train, heldOut] = halves(items);
    const report = measureLeakage(train, heldOut, { rules: plain });
    expect(report).toMatchObject({
      leaks: true,
      excess: 1,
      mask: ['tellsa', 'tellsb'],
      keywords: null,
      classes: ['a', 'b', 'c'],
    });
    expect(report.list).toMatchObject({ accuracy: 1, balancedAccuracy: 1, otherwise: 'c' });
    expect(report.list.rules.map(({ word }) => word).sort()).toEqual(['tellsa', 'tellsb']);
    expect(report.single.balancedAccuracy).toBeCloseTo(2 / 3, 12);
    expect(report.words.slice(0, 3).map(({ isBeyondChance }) => isBeyondChance)).toEqual([true, true, false]);
    expect(JSON.parse(JSON.stringify(report))).toEqual(report);
    const again = measureLeakage(train, heldOut, { rules: maskWords(plain, report.mask) });
    expect(again.leaks).toBe(false);
    expect(again.list.balancedAccuracy).toBeLessThanOrEqual(again.list.chance.high);
  });

  it('puts the word that decides in front', () => {
    // Both words stand in texts of class b.
    const items = noise(300, ['a', 'b', 'c'], 5).map(({ text, label }) => ({
      text: text + { a: ' one', b: ' one two', c: '' }[label]!,
      label,
    }));
    const { list } = measureLeakage(...halves(items), { rules: plain, permutations: 19 });
    expect(list).toMatchObject({ balancedAccuracy: 1, otherwise: 'c' });
    expect(list.rules.slice(-2)).toEqual([
      { word: 'two', label: 'b' },
      { word: 'one', label: 'a' },
    ]);
  });

  it('gives the same answer to the same seed, and needs texts of two classes', () => {
    const parts = halves(noise(60, ['a', 'b'], 6));
    expect(measureLeakage(...parts, { rules: plain, seed: 3 })).toEqual(measureLeakage(...parts, { rules: plain, seed: 3 }));
    const code = expect.objectContaining({ code: 'text/leakage' }) as Error;
    expect(() => measureLeakage(parts[0], [], { rules: plain })).toThrow(code);
    expect(() => measureLeakage([{ text: 'x', label: 'a' }], [{ text: 'x', label: 'a' }], { rules: plain })).toThrow(code);
    const empty = measureLeakage([{ text: '', label: 'a' }], [{ text: '', label: 'b' }], { rules: plain });
    expect(empty).toMatchObject({ leaks: false, words: [], mask: [], list: { rules: [], accuracy: 0 } });
  });

  const apod = findShared('apod_text', 'apod.csv');
  it.skipIf(!apod)('finds labels that were made from the text', async () => {
    const { rows } = await readTable(apod!);
    const keywords = keywordRuleSchema.parse({
      classes: { galaxy: ['galaxy'], star: ['star'], nebula: ['nebula'] },
      otherwise: 'other',
    });
    const items = rows
      .filter((_, at) => at % 8 === 0)
      .map(({ cells }) => ({ text: cells[2]!, label: keywordLabel(keywords, cells[2]!) }));
    const [train, heldOut] = halves(items);
    const pipeline = learnVocabulary(train.map(({ text }) => text));
    const report = measureLeakage(train, heldOut, { rules: pipeline, keywords, permutations: 19 });
    expect(report.words.slice(0, 3).map(({ word, isKeyword }) => [word, isKeyword])).toEqual([
      ['star', true],
      ['galaxi', true],
      ['nebula', true],
    ]);
    expect(report).toMatchObject({ leaks: true, keywords: { accuracy: 1, balancedAccuracy: 1 } });
    expect(report.excess).toBeGreaterThan(0.7);
    expect(report.mask).toEqual(expect.arrayContaining(['galaxi', 'nebula', 'star']));
    const again = measureLeakage(train, heldOut, { rules: maskWords(pipeline, report.mask), keywords, permutations: 19 });
    expect(again).toMatchObject({ leaks: false, keywords: null });
    expect(again.excess).toBeLessThan(report.excess - 0.25);
  });

  const pairs = findShared('messier_pairs', 'labels.csv');
  it.skipIf(!pairs)('knows chance from leaks in 76 texts', async () => {
    const { columns, rows } = await readTable(pairs!);
    const [text, label] = [columns.indexOf('apod_explanation'), columns.indexOf('label')];
    const items = rows.filter(({ cells }) => cells[text]).map(({ cells }) => ({ text: cells[text]!, label: cells[label]! }));
    const [train, heldOut] = halves(items);
    const pipeline = learnVocabulary(train.map((item) => item.text));
    const report = measureLeakage(train, heldOut, { rules: pipeline });
    expect(report.leaks).toBe(true);
    expect(report.mask).toEqual(expect.arrayContaining(['cluster', 'galaxi', 'nebula', 'spiral']));
    const shuffled = randomStream(2, 'labels').shuffle(items.map((item) => item.label));
    const [blind, judged] = halves(items.map((item, at) => ({ text: item.text, label: shuffled[at]! })));
    expect(measureLeakage(blind, judged, { rules: pipeline })).toMatchObject({ leaks: false, mask: [] });
  });
});
