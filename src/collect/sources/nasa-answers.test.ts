import { describe, expect, it } from 'vitest';
import { readManifest, readNasaItem, readNasaPage } from './nasa-answers.js';

const data = { nasa_id: 'PIA1', title: 'A comet', media_type: 'image' };
const item = { href: 'http://images-assets.nasa.gov/image/PIA1/collection.json', data: [data] };
const code = (of: string) => expect.objectContaining({ code: of }) as Error;

describe('a page of results', () => {
  it('is read in the shape of the service and in its parts', () => {
    const page = { items: [item], total: 7 };
    expect(readNasaPage({ collection: { items: [item], metadata: { total_hits: 7 } } }, 'x')).toEqual(page);
    expect(readNasaPage({ items: [item], metadata: { total_hits: 7 } }, 'x')).toEqual(page);
    expect(readNasaPage([item], 'x')).toEqual({ items: [item], total: undefined });
    expect(readNasaPage({ collection: { items: [], metadata: { total_hits: 'many' } } }, 'x').total).toBeUndefined();
  });

  it('says what came in its place', () => {
    expect(() => readNasaPage({ reason: 'x', status: 'y' }, '"here"')).toThrow(/"here".*an object with "reason", "status"/);
    expect(() => readNasaPage({ collection: { results: [] } }, 'x')).toThrow(/an object with "results"/);
    for (const wrong of [null, 'text', 3, { items: {} }]) expect(() => readNasaPage(wrong, 'x')).toThrow(code('collect/answer'));
  });
});

describe('a result', () => {
  it('gives its fields as plain text', () => {
    const entry = readNasaItem({
      href: item.href,
      data: [
        {
          ...data,
          title: ' Comet\n<b>ISON</b> ',
          description: 'Tail &amp; head',
          keywords: ['comet, ISON', 'Comet', 7],
          date_created: '2013-11-01T00:00:00Z',
          center: 'JPL',
          photographer: 'A. Person',
          secondary_creator: 'NASA/JPL',
        },
      ],
      links: [{ href: 'a~thumb.jpg', rel: 'preview', render: 'image' }, { href: 'a.srt', render: 'text' }, null],
    });
    expect(entry).toEqual({
      id: 'PIA1',
      title: 'Comet ISON',
      description: 'Tail & head',
      keywords: ['comet', 'ISON'],
      date: '2013-11-01',
      center: 'JPL',
      credit: 'NASA/JPL; A. Person',
      copyright: undefined,
      manifest: item.href,
      files: ['a~thumb.jpg'],
    });
  });

  it('may lack everything but a name', () => {
    expect(readNasaItem({ data: { nasa_id: 'x' } })).toMatchObject({
      id: 'x',
      title: '',
      credit: 'NASA',
      manifest: undefined,
      files: [],
    });
    expect(readNasaItem({ href: item.href, data: [{}] }).id).toBe('PIA1');
    const odd = {
      ...data,
      title: 5,
      keywords: { a: 1 },
      date_created: 'June',
      description: null,
      description_508: 'Said otherwise',
    };
    expect(readNasaItem({ data: [odd], links: 'none' })).toMatchObject({
      title: '',
      keywords: [],
      date: undefined,
      description: 'Said otherwise',
    });
    expect(readNasaItem({ data: [{ ...data, keywords: 'a, b' }] }).keywords).toEqual(['a', 'b']);
  });

  it('states the rights of others', () => {
    const holder = (more: object) => readNasaItem({ data: [{ ...data, ...more }] }).copyright;
    expect(holder({ description: 'Ring System Artwork - copyright Rick Sternbach 1977' })).toBe('Rick Sternbach 1977');
    expect(holder({ secondary_creator: 'Image copyright: Karen Teramura, UH IfA' })).toBe('Karen Teramura, UH IfA');
    expect(holder({ description: 'Seen from afar. © 2009 ESO. All rights.' })).toBe('2009 ESO');
    expect(holder({ rights: 'ESO' })).toBe('ESO');
    expect(holder({ description: 'NASA content is not subject to copyright in the United States.' })).toBeUndefined();
  });

  it('is refused without a name, or where it is no picture', () => {
    const wrongs = [
      null,
      'x',
      {},
      { data: [] },
      { data: [{}] },
      { data: [{ nasa_id: 'a\0b' }] },
      { data: [{ nasa_id: 'x'.repeat(501) }] },
    ];
    for (const wrong of wrongs) expect(() => readNasaItem(wrong)).toThrow(code('nasa/item'));
    expect(() => readNasaItem({ data: [{ ...data, media_type: 'video' }] })).toThrow(code('nasa/media'));
  });
});

describe('the list of files', () => {
  it('is one of addresses or the service’s own', () => {
    expect(readManifest(['a', 'b', 3], 'x')).toEqual(['a', 'b']);
    expect(readManifest({ collection: { items: [{ href: 'a' }, {}] } }, 'x')).toEqual(['a']);
    for (const wrong of [null, {}, [], [3], 'a', { collection: {} }])
      expect(() => readManifest(wrong, 'x')).toThrow(code('collect/answer'));
    expect(() =>
      readManifest(
        Array.from({ length: 1001 }, () => 'a'),
        'x',
      ),
    ).toThrow(/a list of 1001/);
  });
});
