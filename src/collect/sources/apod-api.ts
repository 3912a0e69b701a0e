/** The service of Astronomy Pictures of the Day as a source. */
import type { NewLabel } from '../../catalogue/types.js';
import { MessierError } from '../../core/errors.js';
import { mirrored } from '../mirror.js';
import type { Held } from '../byte-room.js';
import type { Fetcher } from '../http/types.js';
import type { Offer, Source } from '../source.js';
import { entryDay, readApodAnswer, readApodDay, type ApodDay } from './apod-api-answers.js';
import { askFor, askForPicture } from './ask.js';
import { nasaTerms } from './nasa-classes.js';
import { seen } from './plain-text.js';
import { namedIn, notSky, skyRule } from './sky-words.js';

/** What is collected. */
export interface ApodApiOptions {
  /** Days, inclusive: `2015-01-01`. From the first, 1995-06-16, to today unless told. */
  readonly since?: string | undefined;
  readonly until?: string | undefined;
  /** The environment's `NASA_API_KEY`, else `DEMO_KEY`, unless told. */
  readonly apiKey?: string | undefined;
  /** `standard` is the picture on the page, about 1000 pixels wide; `high` the one behind it. Where one is absent, the other. */
  readonly size?: 'standard' | 'high' | undefined;
  /** Address of a service that stands for APOD's, pictures included; the environment's `MESSIER_APOD_API` unless told. */
  readonly mirror?: string | undefined;
}

const demoKey = 'DEMO_KEY';
const firstDay = '1995-06-16';
/** After the first picture there was none for three days. */
const secondDay = '1995-06-20';
const dayMs = 86_400_000;

/** Days of one request: as many as the service gives where it is asked for a number of them. */
export const apodChunk = 100;

/** Refused requests in a row: two more than it takes to find one day among {@link apodChunk}. */
const mostFailures = 10;

const terms = 'https://apod.nasa.gov/apod/lib/about_apod.html#srapply';
const licences = {
  stated: `Copyright of its holder (${terms})`,
  open: `No copyright stated by APOD; credit as on its page (${terms})`,
} as const;

/** Files that are tried in place of one that is gone. */
const ofOneFile = new Set(['collect/http', 'collect/forbidden', 'collect/size']);

/**
 * Asks the service of Astronomy Pictures of the Day (https://api.nasa.gov/planetary/apod) for ranges of days, in their order. Labels come from the
 * title, where it names one class alone and no drawing or diagram (origin `keyword`); other days have none. Videos are refused one by one
 * (`apod/video`), entries without a day too (`apod/entry`). Days that the service does not have (yet) are not offered: days begin in
 * Washington, and today's picture may come later. A range with a day that the service fails on is halved until that day stands alone.
 *
 * @throws MessierError `apod/days`, `collect/origin`; from `offers`: `collect/answer`, and what the fetcher throws, of `DEMO_KEY` (30 requests an hour,
 * 50 a day) with the way out.
 *
 * @example
 * const source = apodSource(fetcher, { since: '2015-01-01', until: '2015-12-31' });
 */
export function apodSource(fetcher: Fetcher, options: ApodApiOptions = {}): Source {
  const { size = 'standard', mirror = process.env['MESSIER_APOD_API'] || undefined } = options;
  const today = easternDay(new Date());
  const since = dayOf(options.since ?? firstDay, 'since');
  const until = dayOf(options.until ?? today, 'until');
  if (since > until) throw new MessierError('apod/days', `The first day, ${since}, lies after the last, ${until}.`);
  const key = options.apiKey ?? (process.env['NASA_API_KEY'] || demoKey);
  // A mirror may be named with the service's path or without.
  const origin = mirror?.replace(/\/+(?:planetary\/apod\/*)?$/, '');
  const service = mirrored('https://api.nasa.gov/planetary/apod', origin);
  const wantedClasses = skyRule(new Map(Object.entries(nasaTerms)));
  const labelsOf = ({ title }: ApodDay): readonly NewLabel[] => {
    const { only } = namedIn(wantedClasses, [title]);
    if (only === undefined || notSky([title], '') !== undefined) return [];
    return [{ kind: 'label', class: only, origin: 'keyword', by: 'title', confidence: undefined }];
  };
  const offerOf = (day: ApodDay): Offer => ({
    sourceId: day.date,
    url: `https://apod.nasa.gov/apod/ap${day.date.slice(2).replaceAll('-', '')}.html`,
    title: day.title,
    description: day.explanation,
    date: day.date,
    credit: day.copyright,
    copyright: day.copyright,
    licence: day.copyright === undefined ? licences.open : licences.stated,
    labels: labelsOf(day),
    read: (signal, held) => readPicture(day, { fetcher, origin, size }, signal, held),
  });
  return {
    name: 'apod',
    async *offers({ signal, wanted }) {
      const days = new Days(
        (from, to) => {
          const range = new URLSearchParams({ api_key: key, start_date: from, end_date: to });
          return askFor(fetcher, `${service}?${range.toString()}`, readApodAnswer, signal).catch((error: unknown) => {
            throw key === demoKey ? withHint(error) : error;
          });
        },
        { since: since < firstDay ? firstDay : since, until: until < today ? until : today, today },
      );
      for await (const offer of days.offers(offerOf)) {
        signal?.throwIfAborted();
        const [label] = offer.labels;
        if (wanted(label?.class ?? '')) yield offer;
      }
    },
  };
}

/** The day in Washington, where APOD's days begin. */
export const easternDay = (time: Date): string => time.toLocaleDateString('sv-SE', { timeZone: 'America/New_York' });

function dayOf(text: string, name: string): string {
  const time = /^\d{4}-\d\d-\d\d$/.test(text) ? Date.parse(text) : NaN;
  if (!Number.isNaN(time) && new Date(time).toISOString().startsWith(text)) return text;
  throw new MessierError('apod/days', `--${name}: a day such as 2015-01-31 expected, "${text.slice(0, 40)}" received.`);
}

const later = (day: string, days: number): string => new Date(Date.parse(day) + days * dayMs).toISOString().slice(0, 10);

/** Asks for ranges of days. */
class Days {
  private failures = 0;
  private hasBrought = false;
  private problem: MessierError | undefined;
  private isOver = false;

  constructor(
    private readonly ask: (from: string, to: string) => Promise<readonly unknown[]>,
    private readonly bounds: { readonly since: string; readonly until: string; readonly today: string },
  ) {}

  async *offers(offerOf: (day: ApodDay) => Offer): AsyncGenerator<Offer, void, undefined> {
    const { since, until } = this.bounds;
    if (since === firstDay) yield* this.range(firstDay, firstDay, offerOf);
    for (let from = since < secondDay ? secondDay : since; from <= until && !this.isOver; from = later(from, apodChunk)) {
      const to = later(from, apodChunk - 1);
      yield* this.range(from, to < until ? to : until, offerOf);
    }
    // That today's picture is not there yet is no fault; that nothing is there is one.
    if (this.problem && !this.hasBrought && since !== this.bounds.today) throw this.problem;
  }

  private async *range(from: string, to: string, offerOf: (day: ApodDay) => Offer): AsyncGenerator<Offer, void, undefined> {
    if (this.isOver) return;
    const isOne = from === to;
    let entries: readonly unknown[];
    try {
      entries = await this.ask(from, to);
    } catch (error) {
      const code = error instanceof MessierError ? error.code : '';
      if (!(error instanceof MessierError && (code === 'collect/http' || code === 'collect/failed'))) throw error;
      const isAbsent = code === 'collect/http';
      this.problem = error;
      if (++this.failures === mostFailures) {
        // The service knows no day from here on; one that knows none at all is not what it should be.
        if (!(this.hasBrought && isAbsent)) throw error;
        this.isOver = true;
      } else if (!isOne) {
        const middle = later(from, Math.floor((Date.parse(to) - Date.parse(from)) / dayMs / 2));
        yield* this.range(from, middle, offerOf);
        yield* this.range(later(middle, 1), to, offerOf);
      } else if (!isAbsent) yield refused(from, error);
      return;
    }
    this.failures = 0;
    this.hasBrought = true;
    for (const [place, entry] of entries.entries())
      yield offered(entry, isOne ? from : undefined, `${from}..${to} entry ${place + 1}`, offerOf);
  }
}

/** @param asked The day, where one alone was asked for. */
function offered(entry: unknown, asked: string | undefined, place: string, offerOf: (day: ApodDay) => Offer): Offer {
  const day = entryDay(entry) ?? asked;
  if (day === undefined) {
    return refused(place, new MessierError('apod/entry', `${place}: a date expected, ${seen(entry)} received. It is left out.`));
  }
  try {
    return offerOf(readApodDay(entry, day));
  } catch (error) {
    if (error instanceof MessierError) return refused(day, error);
    throw error;
  }
}

function refused(sourceId: string, problem: MessierError): Offer {
  return { sourceId, labels: [], read: () => Promise.reject(problem) };
}

function withHint(error: unknown): unknown {
  if (!(error instanceof MessierError) || !['collect/quota', 'collect/forbidden', 'collect/failed'].includes(error.code))
    return error;
  const hint = `${demoKey} allows 30 requests an hour and 50 a day. A key of your own, free at https://api.nasa.gov, allows 1,000 an hour:`;
  return new MessierError(error.code, `${error.message} ${hint} set NASA_API_KEY.`, { cause: error });
}

interface Where {
  readonly fetcher: Fetcher;
  readonly origin: string | undefined;
  readonly size: 'standard' | 'high';
}

async function readPicture(
  day: ApodDay,
  { fetcher, origin, size }: Where,
  signal: AbortSignal | undefined,
  held: Held | undefined,
): ReturnType<Offer['read']> {
  const addresses = size === 'high' ? [day.high, day.standard] : [day.standard, day.high];
  let last: MessierError | undefined;
  for (const url of new Set(addresses.filter((address) => address !== undefined))) {
    const isOwn = new URL(url).hostname === 'apod.nasa.gov';
    try {
      const { bytes } = await askForPicture(fetcher, isOwn ? mirrored(url, origin) : url, signal, held);
      return { bytes, url };
    } catch (error) {
      if (!(error instanceof MessierError && ofOneFile.has(error.code))) throw error;
      last = error;
    }
  }
  // One day's picture is hardly forbidden: we may be shut out, and come back.
  if (last?.code === 'collect/forbidden') throw last;
  const why = last ? ` The last: ${last.message}` : '';
  throw new MessierError('apod/absent', `${day.date}: its picture can't be had.${why}`, { cause: last });
}
