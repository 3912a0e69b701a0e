import { describe, expect, it } from 'vitest';
import { retryAfter } from './retry-after.js';

describe('retryAfter', () => {
  it.each([
    ['0', 0],
    ['120', 120_000],
    [' 7 ', 7000],
    ['9999999999', 9_999_999_999_000],
  ])('reads seconds: "%s"', (header, wait) => {
    expect(retryAfter(header, undefined)).toBe(wait);
  });

  it("counts a date from the server's own clock, in each form that HTTP knows", () => {
    const now = 'Sun, 06 Nov 1994 08:49:07 GMT';
    expect(retryAfter('Sun, 06 Nov 1994 08:49:37 GMT', now)).toBe(30_000);
    expect(retryAfter('Sunday, 06-Nov-94 08:49:37 GMT', now)).toBe(30_000);
    expect(retryAfter('Sun, 06 Nov 1994 08:00:00 GMT', now)).toBe(0);
    const wait = retryAfter(new Date(Date.now() + 60_000).toUTCString(), 'yesterday');
    expect(wait).toBeGreaterThan(50_000);
    expect(wait).toBeLessThanOrEqual(60_000);
  });

  it.each([undefined, '', '-5', '1.5', 'soon', '12 seconds', '1e9', '99999999999', 'Sun, 99 Xyz 1994 08:49:37 GMT'])(
    'makes nothing of %s',
    (header) => {
      expect(retryAfter(header, undefined)).toBeUndefined();
    },
  );
});
