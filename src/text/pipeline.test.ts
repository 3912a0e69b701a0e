import { describe, expect, it } from 'vitest';
import {
  checkTextPipeline,
  encodeText,
  encodeTexts,
  learnVocabulary,
  maskWords,
  textTerms,
  vocabularySize,
  type TextPipeline,
} from './index.js';

const texts = ['The galaxies and a galaxy', 'A nebula, a star and the star', 'Stars of the nebula: \u{10400} \uFB21 cluster'];
const pipeline = learnVocabulary(texts, { length: 6 });
const code = (expected: string): unknown => expect.objectContaining({ code: expected });

describe('learnVocabulary', () => {
  it('takes the most frequent terms first, equally frequent ones by code point', () => {
    // U+FB21 becomes U+05D0 by NFKC; U+10400 in lower case is U+10428, beyond all others.
    expect(pipeline.words).toEqual(['star', 'galaxi', 'nebula', 'cluster', '\u05D0', '\u{10428}']);
    expect(vocabularySize(pipeline)).toBe(8);
    expect(learnVocabulary(texts.toReversed(), { length: 6 })).toEqual(pipeline);
    expect(learnVocabulary(['\uD7FF\uE000 \u{20000} \uA000']).words).toEqual(['\uA000', '\u{20000}']);
  });

  it('counts padding and the unknown term in its size', () => {
    expect(learnVocabulary(texts, { size: 4 }).words).toEqual(['star', 'galaxi']);
  });

  it('leaves words as they are where asked', () => {
    expect(learnVocabulary(texts, { stems: null, stopWords: ['and'], size: 6 }).words).toEqual(['a', 'the', 'nebula', 'star']);
    expect(learnVocabulary(['die Galaxien der Galaxie'], { stems: 'german' }).words).toEqual(['galaxi', 'der', 'die']);
  });

  it('refuses nothing to learn and sizes that cannot be', () => {
    expect(() => learnVocabulary(['', 'the', '...'])).toThrow(code('text/empty'));
    for (const options of [{ size: 2 }, { size: 1.5 }, { size: 1e9 }, { length: 0 }, { length: 5000 }]) {
      expect(() => learnVocabulary(texts, options)).toThrow(code('text/options'));
    }
  });
});

describe('encodeText', () => {
  it('pads at the end, cuts at the end, and marks what it does not know', () => {
    expect([...encodeText(pipeline, 'A star of an unheard galaxy')]).toEqual([2, 1, 3, 0, 0, 0]);
    expect([...encodeText(pipeline, 'star galaxy nebula cluster star star galaxy')]).toEqual([2, 3, 4, 5, 2, 2]);
  });

  it('puts texts after one another', () => {
    const rows = ['A star', '', 'nebula '.repeat(9)].map((text) => [...encodeText(pipeline, text)].map(BigInt));
    expect([...encodeTexts(pipeline, ['A star', '', 'nebula '.repeat(9)])]).toEqual(rows.flat());
  });

  it('gives every text a length', () => {
    for (const text of ['', 'the', '\0\uD800', '!'.repeat(1000)])
      expect([...encodeText(pipeline, text)]).toEqual([1, 0, 0, 0, 0, 0]);
  });

  it('needs nothing but the JSON of the pipeline', () => {
    const read = checkTextPipeline(JSON.parse(JSON.stringify(pipeline)));
    expect(read).toEqual(pipeline);
    expect(encodeText(read, texts[1]!)).toEqual(encodeText(pipeline, texts[1]!));
    // A later list of stop words must not change it.
    const own = learnVocabulary(texts, { stopWords: ['nebula'] });
    expect(textTerms(checkTextPipeline(JSON.parse(JSON.stringify(own))), 'the nebula')).toEqual(['the']);
  });
});

describe('maskWords', () => {
  it('takes words out in every form, phrases word by word, without a gap', () => {
    const blind = maskWords(pipeline, ['Galaxies', 'star cluster']);
    expect(blind.masked).toEqual(['cluster', 'galaxi', 'galaxies', 'star']);
    expect([...encodeText(blind, 'Stars and a nebula, galaxy clusters')]).toEqual([4, 0, 0, 0, 0, 0]);
    expect(learnVocabulary(texts, blind).words).not.toContain('galaxi');
    expect(pipeline.masked).toEqual([]);
  });

  it('takes terms as they stand in the vocabulary', () => {
    const terms = ['planetari', 'ioniz', 'univers', "kepler's"];
    expect(textTerms(maskWords(pipeline, terms), "planetary ionized universe Kepler's planet")).toEqual(['planet']);
  });
});

describe('checkTextPipeline', () => {
  it.each<readonly [string, unknown, RegExp]>([
    ['a newer format', { ...pipeline, format: 'messier-text/2' }, /newer.*Update messier/],
    ['another format', { ...pipeline, format: 'x' }, /format/],
    ['a word twice', { ...pipeline, words: ['a', 'a'] }, /words: each word stands there once/],
    ['an unknown language', { ...pipeline, stems: 'klingon' }, /stems/],
    ['no length', { ...pipeline, length: 0 }, /length/],
    ['a list', [], /Take what messier train wrote/],
    ['nothing', undefined, /Take what messier train wrote/],
  ])('refuses %s', (_, value, message) => {
    expect(() => checkTextPipeline(value)).toThrow(code('text/pipeline'));
    expect(() => checkTextPipeline(value)).toThrow(message);
  });

  it('keeps exactly what a model was trained with', () => {
    // A card of the first version, as it lies in files: its numbers must never change.
    const card: TextPipeline = {
      format: 'messier-text/1',
      stems: 'english',
      stopWords: ['the', 'of'],
      masked: ['spiral'],
      length: 8,
      words: ['galaxi', "kepler's", 'pach\uFFFDn', 'étoil', '000'],
    };
    const text = 'The spirals of GALAXIES: 6,000 ETOILE\u0301 étoiles at Pach\uFFFDn';
    expect([...encodeText(checkTextPipeline(card), text)]).toEqual([2, 1, 6, 1, 5, 1, 4, 0]);
  });
});
