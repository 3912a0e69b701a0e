import { describe, expect, it } from 'vitest';
import { findShared } from '../../test/support/shared-data.js';
import { readTable } from '../formats/csv.js';
import {
  encodeText,
  keywordClasses,
  keywordLabel,
  keywordRuleSchema,
  keywordsOf,
  learnVocabulary,
  maskWords,
  matchKeywords,
} from './index.js';

const rule = keywordRuleSchema.parse({
  classes: {
    galaxy: ['galaxy'],
    star: ['star', 'star cluster'],
    nebula: ['Nebula', 'planetary nebula'],
    other: ['Star Trek', 'All-Star'],
  },
  otherwise: 'other',
});

describe('keywordLabel', () => {
  it.each([
    ['The galaxies of Virgo', 'galaxy'],
    ['NEBULAE', 'nebula'],
    ['A nebula and a galaxy', 'nebula'],
    ['A nebula among stars, a star and a galaxy', 'star'],
    ['A galaxy, a star, a star, a galaxy', 'galaxy'],
    ['Startling starlight; intergalactic superstars', 'other'],
    ['The star’s light, stars’ colours', 'star'],
    ['A neb\uFFFDla', 'other'],
    ['<b>gala</b>xy', 'other'],
    ['Star Trek and an all-star cast', 'other'],
    ['', 'other'],
    ['constructor __proto__ toString', 'other'],
  ])('of %j is %s', (text, label) => {
    expect(keywordLabel(rule, text)).toBe(label);
  });

  it('counts the longest phrase once', () => {
    expect(matchKeywords(rule, 'Planetary-nebula M57; a star cluster, stars, a planetary')).toEqual({
      label: 'star',
      mentions: { galaxy: 0, star: 2, nebula: 1, other: 0 },
    });
  });

  it('compares words as they are where asked, and gives a keyword of two classes to the first', () => {
    const plain = keywordRuleSchema.parse({ classes: { one: ['star'], two: ['star', 'stars'] }, otherwise: 'none', stems: null });
    expect(['star', 'stars', 'starry'].map((text) => keywordLabel(plain, text))).toEqual(['one', 'two', 'none']);
    expect(keywordClasses(plain)).toEqual(['one', 'two', 'none']);
    expect(keywordClasses(rule)).toEqual(['galaxy', 'star', 'nebula', 'other']);
  });

  it('finds nothing in a text without its keywords', () => {
    const pipeline = maskWords(learnVocabulary(['a galaxy', 'a nebula with stars', 'dust']), keywordsOf(rule));
    expect([...encodeText(pipeline, 'Galaxies, nebulae and stars')].slice(0, 2)).toEqual([1, 0]);
  });

  const pairs = findShared('messier_pairs', 'labels.csv');
  it.skipIf(!pairs)('agrees with catalogues on 9 of 10 explanations of Messier objects', async () => {
    const { columns, rows } = await readTable(pairs!);
    const [text, label] = [columns.indexOf('apod_explanation'), columns.indexOf('label')];
    const told = rows.filter(({ cells }) => cells[text]);
    const small = keywordRuleSchema.parse({
      classes: { galaxy: ['galaxy'], star: ['star'], nebula: ['nebula'] },
      otherwise: 'other',
    });
    expect(told).toHaveLength(76);
    expect(told.filter(({ cells }) => keywordLabel(small, cells[text]!) === cells[label])).toHaveLength(69);
  });
});

describe('keywordRuleSchema', () => {
  it.each([
    [{ classes: {}, otherwise: 'other' }, 'at least one class'],
    [{ classes: { galaxy: [] }, otherwise: 'other' }, 'expected array to have >=1'],
    [{ classes: { galaxy: ['!'] }, otherwise: 'other' }, 'a word or a phrase'],
    [{ classes: { galaxy: ['galaxy'] } }, 'otherwise'],
    [{ classes: { galaxy: ['galaxy'] }, otherwise: 'other', more: 1 }, 'more'],
  ])('refuses %j', (value, message) => {
    expect(JSON.stringify(keywordRuleSchema.safeParse(value).error?.issues)).toContain(message);
  });
});
