import { describe, expect, it } from 'vitest';
import { nastyTexts } from '../../test/support/report-cases.js';
import { jsonBlock, markup, pictureSource } from './html.js';

describe('markup', () => {
  it('escapes text and attributes, and leaves markup, lists and nothing as they are', () => {
    const inner = markup`<b>${'<&>'}</b>`;
    expect(markup`<p title="${`"'`}">${inner}${[inner, 1, 'a']}${undefined}</p>`.text).toBe(
      '<p title="&quot;&#39;"><b>&lt;&amp;&gt;</b><b>&lt;&amp;&gt;</b>1a</p>',
    );
  });

  it('replaces U+0000, which HTML does not allow', () => {
    expect(markup`${'a\0b'}`.text).toBe('a\uFFFDb');
  });
});

describe('jsonBlock', () => {
  it('holds any text without ending its element or opening a comment', () => {
    const { text } = jsonBlock('x', nastyTexts);
    const inner = text.slice(text.indexOf('>') + 1, text.lastIndexOf('</script>'));
    expect(inner).not.toContain('<');
    expect(JSON.parse(inner)).toEqual(nastyTexts);
  });
});

describe('pictureSource', () => {
  it('takes bitmaps as data: URIs', () => {
    expect(pictureSource('data:image/png;base64,iVBORw0KGgo=')).toBe('data:image/png;base64,iVBORw0KGgo=');
  });

  it.each([
    'https://example.org/a.png',
    'data:text/html;base64,PHNjcmlwdD4=',
    'data:image/svg+xml;base64,PHN2Zz4=',
    'data:image/png;base64,"onerror=',
    'javascript:1',
    'pictures/a.png',
    '',
  ])('refuses %s', (uri) => {
    expect(() => pictureSource(uri)).toThrow(expect.objectContaining({ code: 'report/picture' }) as Error);
  });
});
