import { createHash } from 'node:crypto';
import { parseHTML } from 'linkedom/worker';
import { expect, test } from 'vitest';
import { dataCases } from '../../test/support/report-cases.js';
import { dataReportPage } from './data-page.js';
import { mapScript } from './embedding-map-script.js';
import { embeddingMap } from './embedding-map.js';
import type { DataReport } from './types.js';

type PictureMap = NonNullable<DataReport['map']>;
const sixty = dataCases['sixty labels'].map as PictureMap;

/** Points of a drawing by kind. */
function drawn(markup: string): { readonly kind: string; readonly points: number; readonly isOther: boolean }[] {
  const { document } = parseHTML(markup) as unknown as {
    document: { querySelectorAll(selector: string): Iterable<{ getAttribute(name: string): string | null }> };
  };
  return [...document.querySelectorAll('path')].map((path) => ({
    kind: path.getAttribute('data-kind') ?? '',
    points: (path.getAttribute('d') ?? '').split('h0').length - 1,
    isOther: (path.getAttribute('class') ?? '').includes('other'),
  }));
}

test('the browser knows the script by its hash', () => {
  expect(createHash('sha256').update(mapScript.text).digest('base64')).toBe(mapScript.hash);
  expect(mapScript.text).not.toMatch(/<\/|<!--|innerHTML|\beval\b|fetch|import/);
});

test('every point is drawn once, without any script; eight labels have a mark of their own', () => {
  const paths = drawn(embeddingMap(sixty, sixty.points).text);
  expect(paths).toHaveLength(9);
  expect(paths.reduce((sum, { points }) => sum + points, 0)).toBe(sixty.points);
  expect(paths.filter(({ isOther }) => isOther)).toEqual([{ kind: '8', points: sixty.points - 8 * 40, isOther: true }]);
  // The rarest last, on top.
  const sizes = paths.map(({ points }) => points);
  expect(sizes).toEqual([...sizes].sort((a, b) => b - a));
});

test('says what it is made of, how far it can be trusted, and that it is a sample', () => {
  const page = (changes: Partial<PictureMap>, items = sixty.points) => embeddingMap({ ...sixty, ...changes }, items).text;
  expect(page({})).toContain('<b>mobilenet-v2</b>');
  expect(page({})).toContain('0.967: pictures that lie together can be taken for alike');
  expect(page({})).toContain('81.2\u00A0%');
  expect(page({ network: undefined })).toContain('measures of colour and texture');
  expect(page({ trustworthiness: 0.6 })).toContain('many pictures that lie together are not alike');
  expect(page({ knnAccuracy: undefined })).not.toContain('most of their');
  expect(page({})).not.toContain('Drawn are');
  expect(page({}, 90_000)).toContain('of 90,000 pictures, chosen by content');
});

test('points without a label, points all in one place, and texts of any kind have their places', () => {
  const one = { id: 'a', label: '', title: undefined, x: 3, y: 3 };
  const text = embeddingMap({ ...sixty, points: 2, places: [one, one] }, 2).text;
  expect(text).not.toMatch(/NaN|Infinity/);
  expect(text).toContain('(no label)');
  const evil = { ...one, label: '</script><b>', title: 'x'.repeat(1e6), id: '\u0000\uD800</script>' };
  const page = dataReportPage({ ...dataCases['five labels'], map: { ...sixty, points: 2, places: [evil, one] } });
  expect(page.length).toBeLessThan(300_000);
  expect(page.match(/<\/script>/g)).toHaveLength(3);
  const start = page.indexOf('>', page.indexOf('id="map-points"')) + 1;
  const data = JSON.parse(page.slice(start, page.indexOf('</script>', start))) as { points: unknown[][] };
  expect(data.points[0]?.slice(3, 5)).toEqual(['</script><b>', '\u0000\uD800</script>']);
});
