/** A server that answers as NASA's image library and the service of Astronomy Pictures of the Day do, fails as told, and notes what is asked. */
import { createServer, type IncomingMessage, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { json } from 'node:stream/consumers';
import { z } from 'zod';
import { DailyPictures } from './apod.js';
import { failures, play, sendReply, type Failure } from './failures.js';
import { Library } from './nasa.js';
import type { ReplayOptions } from './options.js';
import { jsonReply, notFound, type Reply } from './reply.js';

export type { ReplayOptions } from './options.js';

/** A request that came. */
export interface Asked {
  readonly method: string;
  /** Path and query as sent. */
  readonly url: string;
  /** Milliseconds of `performance.now` of the server's process. */
  readonly at: number;
  readonly agent: string | undefined;
  readonly headers: Readonly<Record<string, string | readonly string[] | undefined>>;
  /** Requests under way when it came, itself included. */
  readonly atOnce: number;
}

const failureNames = Object.keys(failures) as (keyof typeof failures)[];
const orderSchema = z.object({ pattern: z.string(), failures: z.array(z.enum(failureNames)) });

/** A part of path and query as sent, or an expression for them. */
export type Pattern = string | RegExp;

export class Replay {
  /** Every request, in the order in which they came. */
  readonly log: Asked[] = [];
  readonly library: Library;
  private readonly apod: DailyPictures;
  private readonly rules: { readonly pattern: Pattern; readonly kinds: Failure[]; readonly always: boolean }[] = [];
  private readonly waiting = new Set<() => void>();
  private readonly server = createServer((request, response) => void this.receive(request, response));
  private under = 0;

  private constructor(private readonly options: ReplayOptions) {
    this.library = new Library(options);
    this.apod = new DailyPictures(options);
  }

  /**
   * @example
   * const replay = await Replay.start({ perClass: 5 });
   * replay.fail('/search', 'error-500', 'truncated');
   * await replay.close();
   */
  static async start(options: ReplayOptions = {}): Promise<Replay> {
    const replay = new Replay(options);
    await new Promise<void>((done) => replay.server.listen(options.port ?? 0, '127.0.0.1', done));
    return replay;
  }

  /** `http://127.0.0.1:40123`. */
  get origin(): string {
    return `http://127.0.0.1:${(this.server.address() as AddressInfo).port}`;
  }

  /** The next requests that match fail one after the other in these ways; later ones are answered. */
  fail(pattern: Pattern, ...kinds: Failure[]): void {
    this.rules.push({ pattern, kinds, always: false });
  }

  /** Every request that matches fails. */
  failAlways(pattern: Pattern, failure: Failure): void {
    this.rules.push({ pattern, kinds: [failure], always: true });
  }

  /** Forgets failures that are still to come. */
  heal(): void {
    this.rules.length = 0;
  }

  /** The requests that match. */
  asked(pattern: Pattern): readonly Asked[] {
    return this.log.filter(({ url }) => matches(url, pattern));
  }

  /** Waits until so many requests that match have come. */
  async until(pattern: Pattern, count = 1): Promise<void> {
    while (this.asked(pattern).length < count) {
      await new Promise<void>((done) => this.waiting.add(done));
    }
  }

  async close(): Promise<void> {
    this.server.closeAllConnections();
    await new Promise((done) => this.server.close(done));
  }

  private async receive(request: IncomingMessage, response: ServerResponse): Promise<void> {
    const { method = '', url = '/', headers } = request;
    if (url.startsWith('/replay/')) {
      await this.control(request, response);
      return;
    }
    this.under++;
    response.once('close', () => this.under--);
    this.log.push({ method, url, headers, at: performance.now(), agent: headers['user-agent'], atOnce: this.under });
    const rule = this.rules.find(({ pattern, kinds }) => kinds.length > 0 && matches(url, pattern));
    const failure = rule?.always ? rule.kinds[0] : rule?.kinds.shift();
    for (const done of this.waiting) done();
    this.waiting.clear();
    const reply = await this.answer(new URL(url, this.origin));
    if (response.destroyed) return;
    if (failure === undefined) sendReply(reply, response);
    else play(failure, reply, response);
  }

  /** For the process that started this one: /replay/fail and /replay/log. */
  private async control(request: IncomingMessage, response: ServerResponse): Promise<void> {
    if (request.url === '/replay/log') {
      sendReply(jsonReply(this.log), response);
      return;
    }
    const order = orderSchema.parse(await json(request));
    this.fail(order.pattern, ...order.failures);
    sendReply(jsonReply({}), response);
  }

  private async answer(url: URL): Promise<Reply> {
    return this.options.more?.[url.pathname] ?? (await this.library.answer(url)) ?? (await this.apod.answer(url)) ?? notFound;
  }
}

const matches = (url: string, pattern: Pattern): boolean =>
  typeof pattern === 'string' ? url.includes(pattern) : pattern.test(url);
