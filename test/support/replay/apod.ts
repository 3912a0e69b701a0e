/** The service of Astronomy Pictures of the Day: /planetary/apod and the files under /apod/image. */
import { randomStream } from '../../../src/core/random.js';
import { drawPicture, pictureSize, skyClasses } from './pictures.js';
import { jsonReply, notFound, type Reply } from './reply.js';
import type { ReplayOptions } from './options.js';

const first = '1995-06-16';
/** Days on which none came out. */
const silent = ['1995-06-17', '1995-06-18', '1995-06-19'];
const dayMs = 86_400_000;
const dayOf = (time: number): string => new Date(time).toISOString().slice(0, 10);

/** Calls that a key has in the real service, in an hour. */
const usualLimit = 2000;

export class DailyPictures {
  private readonly today: string;
  private readonly used = new Map<string, number>();

  constructor(private readonly options: ReplayOptions) {
    this.today = options.today ?? '2026-05-18';
  }

  /** @returns `undefined` where the path is none of the service's. */
  async answer(url: URL): Promise<Reply | undefined> {
    if (url.pathname === '/planetary/apod') return this.call(url);
    const name = /^\/apod\/image\/\d{4}\/(\w+)\.jpg$/.exec(url.pathname)?.[1];
    if (name === undefined) return url.pathname.startsWith('/apod/') ? notFound : undefined;
    const day = /^\d+/.exec(name)?.[0] ?? '0';
    const kind = skyClasses[Number(day) % skyClasses.length] ?? 'star';
    const body = await drawPicture(day, kind, pictureSize(day, (this.options.side ?? 480) / (name.endsWith('_big') ? 1 : 2)));
    return { status: 200, headers: { 'content-type': 'image/jpeg' }, body };
  }

  private call(url: URL): Reply {
    const key = url.searchParams.get('api_key');
    const refused = (code: string, message: string, status = 403) => jsonReply({ error: { code, message } }, status);
    if (key === null) return refused('API_KEY_MISSING', 'No api_key was supplied. Get one at https://api.nasa.gov:443');
    if (!(this.options.keys ?? ['DEMO_KEY']).includes(key)) {
      return refused('API_KEY_INVALID', 'An invalid api_key was supplied. Get one at https://api.nasa.gov:443');
    }
    const limit = this.options.limit ?? usualLimit;
    const used = (this.used.get(key) ?? 0) + 1;
    this.used.set(key, used);
    const headers = { 'x-ratelimit-limit': String(limit), 'x-ratelimit-remaining': String(Math.max(0, limit - used)) };
    const over =
      'You have exceeded your rate limit. Try again later or contact us at https://api.nasa.gov:443/contact/ for assistance';
    const reply = used > limit ? refused('OVER_RATE_LIMIT', over, 429) : this.entries(url);
    return { ...reply, headers: { ...reply.headers, ...headers } };
  }

  private entries({ searchParams: asked, origin }: URL): Reply {
    const wrong = (msg: string) => jsonReply({ code: 400, msg, service_version: 'v1' }, 400);
    const days: string[] = [];
    for (const name of ['date', 'start_date', 'end_date']) {
      const day = asked.get(name);
      if (day === null) continue;
      if (!/^\d{4}-\d\d-\d\d$/.test(day) || Number.isNaN(Date.parse(day)))
        return wrong(`time data '${day}' does not match format '%Y-%m-%d'`);
      if (day < first || day > this.today) return wrong(`Date must be between Jun 16, 1995 and ${this.today}.`);
    }
    const [date, start, end, count] = ['date', 'start_date', 'end_date', 'count'].map((name) => asked.get(name));
    if ((date && (start || count)) || (count && start) || (end && !start))
      return wrong(
        'Bad Request: invalid field combination passed. Allowed request fields for apod method are: date, start_date, end_date, count.',
      );
    if (start) {
      if (end && end < start) return wrong('start_date cannot be after end_date');
      for (let at = Date.parse(start); at <= Date.parse(end ?? this.today); at += dayMs) days.push(dayOf(at));
    } else if (count) {
      const number = Number(count);
      if (!Number.isInteger(number) || number < 1 || number > 100) return wrong('Count must be positive and cannot exceed 100');
      const stream = randomStream(1, 'apod', number);
      const span = (Date.parse(this.today) - Date.parse(first)) / dayMs;
      for (let n = 0; n < number; n++) days.push(dayOf(Date.parse(first) + dayMs * stream.integer(span)));
    } else {
      const day = date ?? this.today;
      if (silent.includes(day))
        return jsonReply({ code: 404, msg: `No data available for date: ${day}`, service_version: 'v1' }, 404);
      return jsonReply(this.entry(day, asked.get('thumbs') === 'True', origin));
    }
    const entries = days
      .filter((day) => !silent.includes(day))
      .map((day) => this.entry(day, asked.get('thumbs') === 'True', origin));
    return jsonReply(this.options.apod === 'changed' && entries.length === 1 ? entries[0] : entries);
  }

  private entry(day: string, thumbs: boolean, origin: string): Record<string, unknown> {
    const number = Math.round(Date.parse(day) / dayMs);
    const kind = skyClasses[Number(day.replaceAll('-', '').slice(2)) % skyClasses.length] ?? 'star';
    const site = this.options.hrefs === 'own' ? origin : 'https://apod.nasa.gov';
    const short = day.replaceAll('-', '').slice(2);
    const file = `${site}/apod/image/${short.slice(0, 4)}/${short}`;
    const changed = this.options.apod === 'changed';
    const common = {
      date: day,
      title: `A ${kind} on day ${number}`,
      explanation: `What is this? It is a ${kind}, seen on ${day}. Tomorrow's picture: the sky`,
      ...(number % 4 === 0 ? { copyright: number % 8 === 0 ? '\nA. Photographer\n& Friends\n' : 'A. Photographer' } : {}),
      ...(changed
        ? { service: { version: 'v2' }, concepts: 'concept_tags functionality turned off' }
        : { service_version: 'v1' }),
    };
    // Few days hold no picture: a video, or a page that has no address.
    if (number % 23 === 7) return { ...common, media_type: 'other' };
    if (number % 19 === 5) {
      const url = `${number % 2 === 0 ? 'https:' : ''}//www.youtube.com/embed/${short}?rel=0`;
      return {
        ...common,
        media_type: 'video',
        url,
        ...(thumbs ? { thumbnail_url: `https://img.youtube.com/vi/${short}/0.jpg` } : {}),
      };
    }
    const url = changed && number % 3 === 0 ? `${file}.jpg`.replace(/^https?:/, '') : `${file}.jpg`;
    return { ...common, media_type: 'image', url, ...(changed && number % 2 === 0 ? {} : { hdurl: `${file}_big.jpg` }) };
  }
}
