import { describe, expect, it } from 'vitest';
import { nasaTerms, parseNasaClasses } from './nasa-classes.js';

describe('classes of the command line', () => {
  it('have the terms of the table, their own, or their name', () => {
    expect(parseNasaClasses('galaxy,star=star cluster|open cluster , ring')).toEqual([
      { class: 'galaxy', terms: nasaTerms['galaxy'] },
      { class: 'star', terms: ['star cluster', 'open cluster'] },
      { class: 'ring', terms: ['ring'] },
    ]);
    expect(parseNasaClasses('constructor')).toEqual([{ class: 'constructor', terms: ['constructor'] }]);
    expect(parseNasaClasses('asteroid,comet,galaxy,nebula,planet,star')).toHaveLength(6);
  });

  it.each(['', 'galaxy,', 'star=', 'star=a||b', 'star,star', 'x'.repeat(201), `x=${'y'.repeat(201)}`])('refuses "%s"', (text) => {
    expect(() => parseNasaClasses(text)).toThrow(expect.objectContaining({ code: 'nasa/classes' }) as Error);
  });

  it('search for the name of each class last', () => {
    for (const [name, terms] of Object.entries(nasaTerms)) expect(terms.at(-1)).toBe(name);
  });
});
