const httpDate = /^[A-Z][a-z]{2,8},? .*\d{2}:\d{2}:\d{2}/;

/**
 * Milliseconds that a server asks to wait (RFC 9110, 10.2.3: Retry-After), from seconds or from a date; a date is counted from the server's own clock where
 * it tells it. `undefined` where it asks nothing, or says nothing that can be read.
 *
 * @example
 * retryAfter('120', undefined); // 120000
 */
export function retryAfter(header: string | undefined, serverDate: string | undefined): number | undefined {
  const text = header?.trim() ?? '';
  if (/^\d{1,10}$/.test(text)) return Number(text) * 1000;
  if (!httpDate.test(text)) return undefined;
  const now = httpDate.test(serverDate ?? '') ? Date.parse(serverDate ?? '') : NaN;
  const wait = Date.parse(text) - (Number.isNaN(now) ? Date.now() : now);
  return Number.isNaN(wait) ? undefined : Math.max(0, wait);
}
