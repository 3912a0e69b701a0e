import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { createFetcher } from '../http/fetcher.js';
import { NasaAddresses } from './nasa-assets.js';
import { nasaPaging, searchTerms } from './nasa-search.js';

/** A library of 26,836 results, of which 30 in each year, without end. */
const asked: URLSearchParams[] = [];
const server = createServer(({ url = '' }, response) => {
  const of = new URL(url, 'http://x').searchParams;
  asked.push(of);
  const page = Number(of.get('page'));
  const year = of.get('year_start') === of.get('year_end') ? of.get('year_start') : null;
  const ids = Array.from({ length: year === null ? 100 : 30 }, (_, at) => (year === null ? `${page}-${at}` : `${year}-${at}`));
  const collection = {
    items: ids.map((id) => ({ data: [{ nasa_id: id }] })),
    metadata: { total_hits: year === null ? 26_836 : 30 },
  };
  response.end(JSON.stringify({ collection }));
});
beforeAll(() => new Promise<void>((done) => server.listen(0, '127.0.0.1', done)));
afterAll(() => {
  server.closeAllConnections();
  server.close();
});

describe('a search', () => {
  it('ends at the hundredth page, as the service does, and goes on year by year from the latest', async () => {
    const origin = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
    const fetcher = createFetcher({ named: [origin], rate: 10_000 });
    const found = new Set<string>();
    for await (const { entry } of searchTerms(fetcher, new NasaAddresses(origin), ['mars'], {
      years: { from: 2019, until: 2021 },
    })) {
      if (!(entry instanceof Error)) found.add(entry.id);
    }
    fetcher.close();
    const whole = asked.filter((of) => of.get('year_start') !== of.get('year_end'));
    expect(whole.map((of) => Number(of.get('page')))).toEqual(Array.from({ length: nasaPaging.pages }, (_, at) => at + 1));
    expect(asked.slice(whole.length).map((of) => of.get('year_start'))).toEqual(['2021', '2020', '2019']);
    expect(found.size).toBe(10_000 + 3 * 30);
  });
});
