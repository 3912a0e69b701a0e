import { MessierError } from '../../core/errors.js';
import type { Fetcher } from '../http/types.js';
import { askFor } from './ask.js';
import { readNasaItem, readNasaPage, type NasaEntry, type NasaPage } from './nasa-answers.js';
import type { NasaAddresses } from './nasa-assets.js';

/** What restricts a search. */
export interface NasaFilter {
  /** Years in which pictures were made, inclusive. */
  readonly years?: { readonly from?: number | undefined; readonly until?: number | undefined } | undefined;
  /** A centre of NASA: `JPL`, `GSFC`. */
  readonly center?: string | undefined;
}

/** One result: what it says, or why it can't be used. */
export interface NasaResult {
  readonly term: string;
  /** Where it stood, for results without a name. */
  readonly place: string;
  readonly entry: NasaEntry | MessierError;
}

/** Results on a page, and pages of a search: the service answers no further one, with 400. */
export const nasaPaging = { size: 100, pages: 100 } as const;

/** The library's oldest pictures. */
const firstYear = 1900;

/**
 * Results of several terms of search, a page of each in turn, so that each term's best come first. Of a search with more results than the
 * service gives (10,000) the others are asked for year by year, from the latest; of a year with more than that, the rest is out of reach.
 * Nothing is asked for before it is needed. Each term's results come once.
 *
 * @throws MessierError `collect/answer`, and what the fetcher throws.
 */
export async function* searchTerms(
  fetcher: Fetcher,
  addresses: NasaAddresses,
  terms: readonly string[],
  options: NasaFilter & { readonly signal?: AbortSignal | undefined },
): AsyncGenerator<NasaResult, void, undefined> {
  let searches = terms.map((term) => new Search(fetcher, addresses, term, options).pages());
  while (searches.length > 0) {
    const left: typeof searches = [];
    for (const search of searches) {
      const page = await search.next();
      if (page.done) continue;
      yield* page.value;
      left.push(search);
    }
    searches = left;
  }
}

type Years = NonNullable<NasaFilter['years']>;

/** The search by one term. */
class Search {
  private readonly seen = new Set<string>();

  constructor(
    private readonly fetcher: Fetcher,
    private readonly addresses: NasaAddresses,
    private readonly term: string,
    private readonly options: NasaFilter & { readonly signal?: AbortSignal | undefined },
  ) {}

  async *pages(): AsyncGenerator<readonly NasaResult[], void, undefined> {
    const { years = {} } = this.options;
    const isWhole = yield* this.range(years);
    if (isWhole) return;
    const last = years.until ?? new Date().getUTCFullYear();
    for (let year = last; year >= Math.max(years.from ?? firstYear, firstYear); year--) {
      yield* this.range({ from: year, until: year });
    }
  }

  /** @returns Whether every result of these years was given. */
  private async *range({ from, until }: Years): AsyncGenerator<readonly NasaResult[], boolean, undefined> {
    const own = new Set<string>();
    let total: number | undefined;
    let given = 0;
    for (let page = 1; page <= nasaPaging.pages; page++) {
      const address = this.addresses.search({
        q: this.term,
        media_type: 'image',
        page,
        page_size: nasaPaging.size,
        year_start: from,
        year_end: until,
        center: this.options.center,
      });
      const answer = await this.page(address, page > 1);
      if (!answer) return total === undefined || given >= total;
      const { items } = answer;
      total = answer.total;
      given += items.length;
      const results = items.map((item, at) =>
        this.result(item, `${this.term}: ${from ?? ''}-${until ?? ''} page ${page} result ${at + 1}`),
      );
      const named = results.flatMap(({ entry }) => (entry instanceof MessierError ? [] : [entry.id]));
      // A service that gives its first page for every number would never end.
      const isOver = items.length === 0 || (named.length > 0 && named.every((id) => own.has(id)));
      for (const id of named) own.add(id);
      yield results.filter(({ entry }) => entry instanceof MessierError || !this.seen.has(entry.id));
      for (const id of named) this.seen.add(id);
      if (isOver || (total !== undefined && given >= total)) return true;
    }
    return false;
  }

  /** @returns `undefined` where a further page is refused: the end, sooner than expected. */
  private async page(address: string, isFurther: boolean): Promise<NasaPage | undefined> {
    try {
      return await askFor(this.fetcher, address, readNasaPage, this.options.signal);
    } catch (error) {
      if (isFurther && error instanceof MessierError && error.code === 'collect/http') return undefined;
      throw error;
    }
  }

  private result(item: unknown, place: string): NasaResult {
    try {
      return { term: this.term, place, entry: readNasaItem(item) };
    } catch (error) {
      if (error instanceof MessierError) return { term: this.term, place, entry: error };
      throw error;
    }
  }
}
