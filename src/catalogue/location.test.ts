import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { formatLocation, isCatalogueLocation, parseLocation } from './location.js';
import type { ItemQuery } from './types.js';

const failure = (work: () => unknown): { code?: unknown; message?: string } => {
  try {
    work();
    return {};
  } catch (error) {
    return error as { code: unknown; message: string };
  }
};

const texts = fc.string({ unit: 'grapheme', minLength: 1, maxLength: 12 });
const lists = fc.option(fc.array(texts, { minLength: 1, maxLength: 3 }), { nil: undefined });
const dates = fc.option(fc.constantFrom('2010', '2010-06', '2010-06-01', '2010-06-01T12:00:00.000Z'), { nil: undefined });
const queries: fc.Arbitrary<ItemQuery> = fc.record({
  dataset: fc.option(texts, { nil: undefined }),
  classes: fc.option(fc.array(fc.oneof(texts, fc.constant('')), { minLength: 1, maxLength: 3 }), { nil: undefined }),
  sources: lists,
  reviews: fc.subarray(['open', 'accepted', 'dropped'] as const, { minLength: 1 }),
  text: fc.option(texts, { nil: undefined }),
  since: dates,
  until: dates,
});

describe('a location in the catalogue', () => {
  it('is read', () => {
    expect(
      parseLocation(
        'catalogue:six?class=galaxy,nebula&source=nasa&review=open,dropped&text="dust+tail"%20-art&since=2010&until=2020-06-01',
      ),
    ).toEqual({
      dataset: 'six',
      classes: ['galaxy', 'nebula'],
      sources: ['nasa'],
      reviews: ['open', 'dropped'],
      text: '"dust tail" -art',
      since: '2010',
      until: '2020-06-01',
    });
  });

  it('leaves dropped items out unless told, and stands for the whole catalogue without a name', () => {
    expect(parseLocation('catalogue:')).toEqual({ reviews: ['open', 'accepted'] });
    expect(parseLocation('catalogue:?')).toEqual({ reviews: ['open', 'accepted'] });
    expect(parseLocation('catalogue:?class=')).toEqual({ classes: [''], reviews: ['open', 'accepted'] });
    expect(formatLocation({ reviews: ['accepted', 'open'] })).toBe('catalogue:');
    expect(formatLocation({})).toBe('catalogue:?review=open,accepted,dropped');
  });

  it('is told from paths', () => {
    expect(isCatalogueLocation('catalogue:six')).toBe(true);
    expect(isCatalogueLocation('catalogue')).toBe(false);
    expect(isCatalogueLocation('./catalogue:six')).toBe(false);
  });

  it('is read as what was written', () => {
    fc.assert(
      fc.property(queries, (query) => {
        const given = Object.fromEntries(Object.entries(query).filter(([, value]) => value !== undefined));
        const read = parseLocation(formatLocation(query));
        expect({ ...read, reviews: [...(read.reviews ?? [])].sort() }).toEqual({ ...given, reviews: [...query.reviews!].sort() });
      }),
      { numRuns: 300 },
    );
  });

  it.each([
    ['dataset:six', 'it begins with "catalogue:"'],
    ['catalogue:six?klass=galaxy', '"klass" received'],
    ['catalogue:six?__proto__=galaxy', '"__proto__" received'],
    ['catalogue:six?class', 'class=VALUE'],
    ['catalogue:six?class=a&class=b', 'stands twice'],
    ['catalogue:six?review=maybe', '"maybe" received'],
    ['catalogue:six?since=yesterday', '2010-06-01'],
    ['catalogue:six?until=2010-13', '2010-06-01'],
    ['catalogue:100%', '%25'],
  ])('is refused with the way out: %s', (location, words) => {
    const { code, message } = failure(() => parseLocation(location));
    expect(code).toBe('catalogue/location');
    expect(message).toContain(words);
  });

  it('is not written of what it can not say', () => {
    expect(failure(() => formatLocation({ classes: [] })).code).toBe('catalogue/location');
    expect(failure(() => formatLocation({ dataset: '\uD800' })).code).toBe('catalogue/location');
  });
});
