import { describe, expect, it } from 'vitest';
import { chooseFiles, hasSize, NasaAddresses, sizeOrder } from './nasa-assets.js';

describe('addresses of the library', () => {
  const real = new NasaAddresses();

  it('come over https, escaped', () => {
    expect(real.file('http://images-assets.nasa.gov/image/a b/a b~orig.jpg')).toBe(
      'https://images-assets.nasa.gov/image/a%20b/a%20b~orig.jpg',
    );
    expect(real.file('https://images-assets.nasa.gov/image/100%/Ó#2%20x.jpg')).toBe(
      'https://images-assets.nasa.gov/image/100%25/%C3%93%232%20x.jpg',
    );
    expect(real.file('//images-assets.nasa.gov/a.jpg')).toBe('https://images-assets.nasa.gov/a.jpg');
    expect(real.file('http://elsewhere.org/a.jpg')).toBe('http://elsewhere.org/a.jpg');
    expect(real.search({ q: 'star cluster', page: 2, center: undefined })).toBe(
      'https://images-api.nasa.gov/search?q=star+cluster&page=2',
    );
    expect(real.manifest('a/b c')).toBe('https://images-api.nasa.gov/asset/a%2Fb%20c');
    for (const wrong of ['file:///etc/passwd', 'javascript:alert(1)', 'http://[', 'ftp://x/y.jpg']) {
      expect(() => real.file(wrong)).toThrow(expect.objectContaining({ code: 'nasa/address' }) as Error);
    }
  });

  it('of both hosts lead to a mirror, others stay', () => {
    const mirror = new NasaAddresses('http://localhost:8080/nasa/');
    expect(mirror.search({ q: 'x' })).toBe('http://localhost:8080/nasa/search?q=x');
    expect(mirror.file('http://images-assets.nasa.gov/image/a/a~orig.jpg')).toBe('http://localhost:8080/nasa/image/a/a~orig.jpg');
    expect(mirror.published('http://images-assets.nasa.gov/image/a/a~orig.jpg')).toBe(
      'https://images-assets.nasa.gov/image/a/a~orig.jpg',
    );
    expect(mirror.file('https://example.org/a.jpg')).toBe('https://example.org/a.jpg');
    expect(() => new NasaAddresses('localhost:8080')).toThrow(expect.objectContaining({ code: 'collect/origin' }) as Error);
  });
});

describe('the choice of size', () => {
  it('is the wanted one, else the next larger, else the next smaller', () => {
    expect(sizeOrder('medium')).toEqual(['medium', 'large', 'orig', 'small']);
    expect(sizeOrder('orig')).toEqual(['orig', 'large', 'medium', 'small']);
    expect(sizeOrder('small')).toEqual(['small', 'medium', 'large', 'orig']);
    expect(sizeOrder('thumb')[0]).toBe('thumb');
  });

  it('prefers JPEG and PNG of any size to TIFF and GIF, and takes no thumbnail unasked', () => {
    const files = ['a~orig.tif', 'a~large.jpg', 'a~small.JPG', 'a~thumb.jpg', 'metadata.json', 'a.srt'];
    expect(chooseFiles(files, 'orig')).toEqual(['a~large.jpg', 'a~small.JPG', 'a~orig.tif']);
    expect(chooseFiles(files, 'medium')).toEqual(['a~large.jpg', 'a~small.JPG', 'a~orig.tif']);
    expect(chooseFiles(files, 'thumb')[0]).toBe('a~thumb.jpg');
    expect(chooseFiles(['a~thumb.jpg', 'metadata.json'], 'large')).toEqual([]);
    expect(chooseFiles(['a.png', 'a~small.png'], 'orig')).toEqual(['a.png', 'a~small.png']);
    expect(chooseFiles(['a~orig.gif', 'a~orig.tif'], 'orig')).toEqual(['a~orig.gif', 'a~orig.tif']);
  });

  it('knows when a list of all files brings no better one', () => {
    expect(hasSize(['a~medium.jpg'], 'medium')).toBe(true);
    expect(hasSize(['a~large.jpg'], 'medium')).toBe(false);
    expect(hasSize(['a~orig.tif'], 'orig')).toBe(false);
    expect(hasSize([], 'thumb')).toBe(false);
  });
});
