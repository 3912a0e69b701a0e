import { describe, expect, it } from 'vitest';
import { leftOut } from './figures.js';

describe('leftOut', () => {
  it('tells what people took out from what could not be read', () => {
    const items = ['review/dropped', 'picture/broken', 'review/dropped'].map((code) => ({ code }));
    expect(leftOut(items)).toEqual({ skipped: 1, dropped: 2 });
    expect(leftOut([])).toEqual({ skipped: 0, dropped: 0 });
  });
});
