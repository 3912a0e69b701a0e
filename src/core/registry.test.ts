import { describe, expect, it } from 'vitest';
import { Registry } from './registry.js';

const planets = (): Registry<number> =>
  new Registry<number>('planet').register('mercury', 1).register('venus', 2).register('earth', 3);

describe('Registry', () => {
  it('returns what was registered, in order', () => {
    expect(planets().get('venus')).toBe(2);
    expect(planets().has('pluto')).toBe(false);
    expect(planets().names()).toEqual(['mercury', 'venus', 'earth']);
    expect([...planets()]).toEqual([
      ['mercury', 1],
      ['venus', 2],
      ['earth', 3],
    ]);
  });

  it('suggests the nearest names', () => {
    expect(() => planets().get('Vensu')).toThrow(
      expect.objectContaining({
        code: 'planet/unknown',
        message: 'No planet "Vensu". Did you mean "venus"? Known: mercury, venus, earth.',
      }),
    );
    expect(() => planets().get('betelgeuse')).toThrow('No planet "betelgeuse". Known: mercury, venus, earth.');
    expect(() => new Registry('star').get('sirius')).toThrow('No star "sirius". Known: none.');
  });

  it('refuses a name twice', () => {
    expect(() => planets().register('earth', 4)).toThrow(expect.objectContaining({ code: 'planet/duplicate' }));
  });
});
