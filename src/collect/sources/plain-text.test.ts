import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { isoDate, keywordList, plainText, seen } from './plain-text.js';

describe('plain text', () => {
  it('loses tags, decodes entities once and becomes one line', () => {
    const html =
      'Image credit: ESA/Hubble &amp; NASA<br>Read&nbsp;more: <a href="http://go.nasa.gov/1" rel="nofollow">go&hellip;</a>\r\n\t<b>x</b>';
    expect(plainText(html, 1000)).toBe('Image credit: ESA/Hubble & NASA Read more: go… x');
    expect(plainText('&amp;lt; &lt;b&gt; &#8217; &#x2019; &Eacute; &notone; &', 1000)).toBe('&lt; <b> ’ ’ É ¬one; &');
    expect(plainText('T < 5 K and > 3 K', 1000)).toBe('T < 5 K and > 3 K');
  });

  it('lets no control characters, turns of direction or half surrogates pass', () => {
    expect(plainText('a\0b\x1b[31mc\u202ed\ud800e', 100)).toBe('a b [31mcd\ufffde');
    expect(plainText('&#0;&#27;x', 100)).toBe('\ufffd x');
    expect(plainText('🌌🌌', 3)).toBe('🌌\ufffd');
    fc.assert(
      fc.property(fc.uint16Array({ maxLength: 200 }), fc.integer({ min: 1, max: 50 }), (units, most) => {
        const plain = plainText(String.fromCharCode(...units), most);
        expect(plain.length).toBeLessThanOrEqual(most);
        expect(plain).not.toMatch(/[\p{Cc}\p{Surrogate}]/u);
      }),
    );
  });

  it('looks at no more of megabytes than it needs', () => {
    for (const part of ['&eacute;', '<b>', '<', '&', '<!--', '&amp', 'x']) {
      expect(plainText(part.repeat(2 ** 21), 1000).length).toBeLessThanOrEqual(1000);
    }
  });
});

describe('keywords', () => {
  it('are split at commas and semicolons, each once whatever its case', () => {
    expect(keywordList(['galaxy, Milky Way, planet', 'Galaxy', ''])).toEqual(['galaxy', 'Milky Way', 'planet']);
    expect(keywordList('Mars; mars;MRO,')).toEqual(['Mars', 'MRO']);
    expect(keywordList(Array.from({ length: 1000 }, (_, at) => `k${at}`))).toHaveLength(100);
  });
});

describe('dates', () => {
  it('are years, days or times in UTC', () => {
    expect(isoDate('2015-03-21T00:00:00Z')).toBe('2015-03-21');
    expect(isoDate('2003-06-20T00:02:58Z')).toBe('2003-06-20T00:02:58Z');
    expect(isoDate('2003-06-20T01:30:00+02:00')).toBe('2003-06-19T23:30:00Z');
    expect(isoDate(' 2003-06-20 01:30 ')).toBe('2003-06-20T01:30:00Z');
    expect(isoDate('1999')).toBe('1999');
    expect(isoDate('1999-07')).toBe('1999');
    expect(isoDate('2003-06-20T25:00:00Z')).toBe('2003-06-20');
    for (const text of ['', 'June 2003', '2003-02-30', '2003-13-01', '20030620', '99-1-1']) expect(isoDate(text)).toBeUndefined();
  });
});

describe('what a value is', () => {
  it('is said in a few words', () => {
    expect(seen({ code: 1, 'm\x1bsg': 2 })).toBe('an object with "code", "m sg"');
    expect(seen([1, 2])).toBe('a list of 2');
    expect(seen({})).toBe('an empty object');
    expect(seen('x'.repeat(100))).toBe(`"${'x'.repeat(80)}"`);
    expect(seen(null)).toBe('null');
  });
});
