import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { fts5Match, fts5Text, parseSearch, searchLimits, searchWords, tsqueryText, tsvectorText } from './search-words.js';

const code = (work: () => unknown): unknown => {
  try {
    work();
    return undefined;
  } catch (error) {
    return (error as { code?: unknown }).code;
  }
};

describe('words of an item', () => {
  it('are stems, title first', () => {
    expect(searchWords('Rings of <b>Saturn</b>', 'Seen by Cassini&rsquo;s camera')).toEqual([
      ...['ring', 'of', 'saturn', 'seen', 'by', 'cassini', 'camera'],
    ]);
    expect(searchWords('', '')).toEqual([]);
  });

  it('are bounded in number, repeats and bytes, and a text beyond the limit of words is cut instead of refused', () => {
    const many = Array.from({ length: 20_000 }, (_, index) => `w${index}`).join(' ');
    expect(searchWords(many)).toHaveLength(searchLimits.words);
    expect(searchWords('nebulae '.repeat(300_000))).toHaveLength(searchLimits.repeats);
    expect(searchWords('nebula '.repeat(300), 'comet')).toEqual([...Array<string>(searchLimits.repeats).fill('nebula'), 'comet']);
    const wide = Array.from({ length: 15_000 }, (_, index) => '\u{4E00}'.repeat(50) + String(index)).join(' ');
    const found = searchWords(wide);
    expect(found.length).toBeLessThan(15_000);
    expect(Buffer.byteLength(found.join(''))).toBeLessThanOrEqual(searchLimits.bytes);
    expect(Buffer.byteLength(found.join(''))).toBeGreaterThan(searchLimits.bytes - 200);
  });

  it('hold nothing that either database reads as a sign, whatever the text', () => {
    fc.assert(
      fc.property(fc.string({ unit: 'binary', maxLength: 200 }), (text) => {
        const words = searchWords(text);
        for (const word of words) expect(word).toMatch(/^[\p{L}\p{M}\p{N}\uFFFD']+$/u);
        expect(words.join('')).not.toMatch(/\p{Cs}/u);
        expect(fts5Text(words).split(' ').filter(Boolean)).toEqual(words);
      }),
      { numRuns: 500 },
    );
  });

  it('are numbered for PostgreSQL, with quotes doubled', () => {
    expect(tsvectorText(["o'neil", 'ring'])).toBe("'o''neil':1 ring:2 ");
  });
});

describe('a search', () => {
  it('has words, phrases and what to leave out', () => {
    expect(parseSearch('"spiral galaxies" Rings -art -"black holes" -star-forming')).toEqual({
      included: [['spiral', 'galaxi'], ['ring']],
      excluded: [['art'], ['black', 'hole'], ['star', 'form']],
    });
  });

  it('takes curly quotation marks, one that is never closed, and hyphens within words', () => {
    expect(parseSearch('“dust tail” x').included).toEqual([['dust', 'tail'], ['x']]);
    expect(parseSearch('comet "dust tail').included).toEqual([['comet'], ['dust', 'tail']]);
    expect(parseSearch('x-ray').included).toEqual([['x'], ['ray']]);
  });

  it('reads operators as words', () => {
    const search = parseSearch("a OR b* NEAR(c, 2) title:d ^e ! & | <-> f' OR 1=1 --");
    expect(search.excluded).toEqual([]);
    expect(fts5Match(search)).toBe(
      '("a" AND "or" AND "b" AND "near" AND "c" AND "2" AND "titl" AND "d" AND "e" AND "f" AND "or" AND "1" AND "1")',
    );
    expect(tsqueryText(parseSearch('"a b" c -d'))).toBe("('a' <-> 'b') & ('c') & !('d')");
    expect(fts5Match(parseSearch('"a b" c -d -"e f"'))).toBe('("a b" AND "c") NOT ("d" OR "e f")');
  });

  it.each(['', ' \t', '"', '""', '-', '-ring', '!!! &', '-"black hole"', 'x'.repeat(65)])(
    'is refused without a word: %j',
    (text) => {
      expect(code(() => parseSearch(text))).toBe('catalogue/search');
    },
  );

  it('is bounded', () => {
    expect(code(() => parseSearch('a '.repeat(6000)))).toBe('catalogue/search');
    expect(code(() => parseSearch('a '.repeat(searchLimits.searchWords + 1)))).toBe('catalogue/search');
    expect(parseSearch('a '.repeat(searchLimits.searchWords)).included).toHaveLength(searchLimits.searchWords);
  });
});
