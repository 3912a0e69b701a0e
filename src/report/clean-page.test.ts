import { expect, it } from 'vitest';
import { cleanPage } from './clean-page.js';
import type { CleanPicture, CleanReport } from './clean-types.js';

const uri = 'data:image/webp;base64,AAAA';
const hostile = '<script>alert(1)</script>","=1\n.jpg';
const picture = (file: string, kinds: CleanPicture['reasons'], own?: string): CleanPicture => ({
  file,
  score: 0.75,
  reasons: kinds,
  class: own,
  suggested: kinds.some(({ kind }) => kind === 'label') ? 'star' : undefined,
  uri: kinds.some(({ kind }) => kind === 'unreadable') ? undefined : uri,
});
const pictures = [
  picture('torn.jpg', [{ kind: 'unreadable', text: 'It ends early.' }]),
  picture(
    hostile,
    [
      { kind: 'label', text: 'looks like star (90 %) rather than comet (2 %)' },
      { kind: 'text', text: 'shows what looks like lines of text' },
    ],
    '__proto__',
  ),
  picture('fine.jpg', [], 'comet'),
];
const report: CleanReport = {
  name: 'six & more',
  location: 'pictures/',
  suspects: pictures,
  pictures,
  counts: { unreadable: 1, label: 1, text: 1 },
  network: undefined,
  noise: 0.012,
};

it('shows pictures with scores, labels and reasons, and filters them without a script', () => {
  const page = cleanPage(report);
  const count = (pattern: RegExp): number => [...page.matchAll(pattern)].length;
  expect(count(/<li class="(kind-|")/g)).toBe(3);
  expect(count(/<img src="data:image\/webp/g)).toBe(2);
  expect(count(/<li class="kind-label kind-text">/g)).toBe(1);
  expect([...page.matchAll(/type="radio" name="show" id="([^"]+)"/g)].map(([, id]) => id)).toEqual([
    'show-all',
    'show-unreadable',
    'show-label',
    'show-text',
  ]);
  expect(page).toContain('.review:has(#show-label:checked) li:not(.kind-label)');
  expect([...page.matchAll(/<script(?! type="application\/json")/g)]).toHaveLength(0);
  expect(page).not.toContain('<script>alert');
});

it('gives a table of decisions to fill in, names quoted', () => {
  const page = cleanPage(report);
  // As a browser reads it, which resolves entities there.
  const text = /<textarea[^>]*>([^<]*)</.exec(page)?.[1] ?? '';
  const [head, first] = text.split('\n');
  expect(head).toBe('file,decision,class');
  expect(first).toBe('torn.jpg,,');
  expect(text.replaceAll('&quot;', '"').replaceAll('&lt;', '<').replaceAll('&gt;', '>')).toContain(
    '"<script>alert(1)</script>"",""=1\n.jpg",,star',
  );
});

it('says so where nothing was found, and takes no picture from elsewhere', () => {
  expect(cleanPage({ ...report, pictures: [], suspects: [], counts: {} })).toContain('Nothing is out of the ordinary.');
  const outside = { ...picture('a.jpg', [], 'comet'), uri: 'https://example.org/a.jpg' };
  expect(() => cleanPage({ ...report, pictures: [outside] })).toThrow(expect.objectContaining({ code: 'report/picture' }));
});
