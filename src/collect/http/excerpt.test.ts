import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { secretsOf, shown, withoutKey } from './excerpt.js';

describe('shown', () => {
  it('writes what terminals would act on as what it is', () => {
    expect(shown('a\u0000b\u001b[31mred\u009b\u202e\u2028\ufeff\ud800c')).toBe(
      'a\\u{0}b\\u{1b}[31mred\\u{9b}\\u{202e}\\u{2028}\\u{feff}\\u{d800}c',
    );
    expect(shown('Pléiades 🌌 "M45"')).toBe('Pléiades 🌌 "M45"');
  });

  it('is short, whatever comes', () => {
    expect(shown('x'.repeat(1e6))).toBe(`${'x'.repeat(200)}...`);
    const text = fc.array(fc.integer({ min: 0, max: 0xffff }), { maxLength: 500 }).map((codes) => String.fromCharCode(...codes));
    fc.assert(fc.property(text, (any) => !/\p{C}/u.test(shown(any)) && shown(any).length < 3000));
  });

  it('hides keys, wherever they stand', () => {
    expect(shown('https://api.nasa.gov/x?api_key=abc&date=1#y')).toBe('https://api.nasa.gov/x?api_key=***&date=1#y');
    expect(shown('<a href="?date=1&API-KEY=abc">')).toBe('<a href="?date=1&API-KEY=***">');
    const url = new URL('https://x/?api_key=a%2Bb');
    expect(shown('got "a+b" or a%2Bb with tok', secretsOf(url, { authorization: 'tok' }))).toBe('got "***" or *** with ***');
  });

  it('hides a key that the cut would split', () => {
    expect(shown(`${'x'.repeat(190)}SECRET-KEY-OF-MINE`, ['SECRET-KEY-OF-MINE'])).not.toContain('SECRET');
  });
});

describe('withoutKey', () => {
  it('takes the key out and leaves the rest as it is spelled', () => {
    expect(withoutKey(new URL('https://x/a?date=1&api_key=abc'))).toBe('https://x/a?date=1');
    expect(withoutKey(new URL('https://x/a%20b?q=%20c+d'))).toBe('https://x/a%20b?q=%20c+d');
  });
});
