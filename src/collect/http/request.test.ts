import { describe, expect, it } from 'vitest';
import { follow, type Answer } from './request.js';

/** Follows from an address over these; the last one answers. */
async function way(first: string, ...moves: string[]): Promise<string> {
  const sending = (url: URL): Promise<Answer> => {
    const next = moves.shift();
    const head = next === undefined ? { status: 200, headers: {} } : { status: 301, headers: { location: next } };
    return Promise.resolve({ url, ...head, statusText: '', body: (async function* () {})(), close: () => undefined });
  };
  return (await follow(new URL(first), {}, sending)).url.href;
}

describe('follow', () => {
  it('goes to https and stays there', async () => {
    expect(await way('http://nasa.gov/a', 'https://nasa.gov/a', '/b')).toBe('https://nasa.gov/b');
    await expect(way('https://nasa.gov/a', 'http://nasa.gov/a')).rejects.toMatchObject({ code: 'collect/address' });
    await expect(way('https://nasa.gov/a', '/b', 'http://nasa.gov/c', 'https://nasa.gov/d')).rejects.toThrow(/from https to/);
  });

  it('goes back to http only from an address that was http', async () => {
    expect(await way('http://nasa.gov/a', 'https://nasa.gov/a', 'http://nasa.gov/b')).toBe('http://nasa.gov/b');
  });
});
