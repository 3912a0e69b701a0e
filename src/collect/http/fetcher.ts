import { Agent } from 'node:http';
import { Agent as SecureAgent } from 'node:https';
import type { z } from 'zod';
import { MessierError } from '../../core/errors.js';
import { Passing, retrying } from '../retry.js';
import { addressGuard, type AddressGuard } from './address-guard.js';
import { Budget } from './budget.js';
import { parseAnswer, WrongAnswer } from './json-answer.js';
import { secretsOf, shown, withoutKey } from './excerpt.js';
import { Lanes } from './rate.js';
import { addressOf, follow, isPassing, send, type Agents, type Answer } from './request.js';
import { retryAfter } from './retry-after.js';
import type { Fetched, Fetcher, FetcherOptions, FetchRequest } from './types.js';
import { packings, unpack } from './unpack.js';

/** Bytes of a body unless told. */
const usualBytes = 2 ** 26;
/** Of JSON, which takes twenty times its bytes as objects; a page of a hundred results has 0.3 MB. */
const usualJson = 2 ** 23;
/** Milliseconds: a server that asks for more is left alone. */
const longestWait = 600_000;
/** Connections that nobody needs for ten seconds are closed. */
const kept = { keepAlive: true, timeout: 10_000 };
/** Bytes of a refusal that are read for its message. */
const refusalBytes = 1024;

/**
 * Makes a {@link Fetcher}.
 *
 * @param guard What decides which addresses are asked; made of the options unless told.
 * @throws MessierError `collect/options` for a limit that is not above zero, `collect/origin`.
 *
 * @example
 * const fetcher = createFetcher({ rate: 5, budget: 10_000 });
 * const { bytes, type } = await fetcher.bytes('https://images-assets.nasa.gov/image/PIA04499/PIA04499~medium.jpg');
 */
export function createFetcher(options: FetcherOptions = {}, guard: AddressGuard = addressGuard(options)): Fetcher {
  for (const name of ['rate', 'atOnce', 'attempts', 'backoff', 'stall', 'longest', 'budget'] as const) {
    const value = options[name];
    if (value === undefined || (value > 0 && Number.isFinite(value))) continue;
    throw new MessierError('collect/options', `"${name}" must be a number above 0, ${String(value)} received.`);
  }
  return new HttpFetcher(options, guard);
}

/** A request with everything that its attempts share. */
interface Job {
  readonly url: URL;
  readonly request: FetchRequest;
  readonly secrets: readonly string[];
}

class HttpFetcher implements Fetcher {
  private readonly limits;
  private readonly budget: Budget;
  private readonly lanes: Lanes;
  private readonly agents: Agents = { http: new Agent(kept), https: new SecureAgent(kept) };

  constructor(
    options: FetcherOptions,
    private readonly guard: AddressGuard,
  ) {
    const { rate = 2, atOnce = 4, attempts = 6, backoff = 1000, stall = 30_000, longest = 120_000, budget } = options;
    this.limits = { attempts, backoff, stall, longest };
    this.budget = new Budget(budget);
    this.lanes = new Lanes(rate, atOnce);
  }

  get used(): number {
    return this.budget.used;
  }

  async bytes(url: string, request: FetchRequest = {}): Promise<Fetched> {
    return this.attempts(url, request, (fetched) => fetched);
  }

  async json<T>(url: string, schema: z.ZodType<T>, request: FetchRequest = {}): Promise<T> {
    const asked = { accept: 'application/json', maxBytes: usualJson, ...request };
    return this.attempts(url, asked, (fetched, { secrets }) => parseAnswer(fetched, schema, secrets));
  }

  close(): void {
    this.agents.http.destroy();
    this.agents.https.destroy();
  }

  private async attempts<T>(text: string, request: FetchRequest, use: (fetched: Fetched, job: Job) => T): Promise<T> {
    const url = addressOf(text);
    const job = { url, request, secrets: secretsOf(url, request.headers) };
    const { attempts, backoff } = this.limits;
    let result: { readonly value: T } | undefined;
    const failed = (cause: Passing, tries: string): MessierError => {
      const code = cause instanceof WrongAnswer ? 'collect/answer' : 'collect/failed';
      return new MessierError(code, `"${shown(url.href, job.secrets)}" can't be fetched, after ${tries}: ${cause.message}`, {
        cause,
      });
    };
    const once = async () => {
      result = { value: use(await this.once(job), job) };
    };
    await retrying(url.href, { attempts, backoff, signal: request.signal, failed }, once);
    if (!result) throw new Error('an attempt that succeeds leaves its result');
    return result.value;
  }

  private async once(job: Job): Promise<Fetched> {
    const { accept = '*/*', headers = {}, maxBytes = usualBytes, held } = job.request;
    const plain = { accept, 'accept-encoding': packings };
    // Before it waits for its turn at a host, which others have that may wait for room.
    held?.clear();
    const answer = await follow(job.url, headers, (url, own) => this.inTurn(url, { ...own, ...plain }, job.request.signal));
    try {
      if (answer.status !== 200) throw await this.refusal(answer, job);
      const promised = Number(answer.headers['content-length'] ?? 0);
      const blocks: Uint8Array[] = [];
      let size = 0;
      for await (const block of unpack(answer.body, answer.headers['content-encoding'] ?? '', answer.url)) {
        size += block.length;
        if (Math.max(size, promised) > maxBytes) break;
        await held?.take(block.length);
        blocks.push(block);
      }
      if (Math.max(size, promised) > maxBytes) {
        const way = 'Fetch it by other means.';
        throw new MessierError('collect/size', `"${shown(job.url.href, job.secrets)}" is larger than ${maxBytes} bytes. ${way}`);
      }
      const type = (answer.headers['content-type'] ?? '').split(';', 1)[0] ?? '';
      const said = Object.entries(answer.headers).map(([name, value]) => [name, [value].flat().join(', ')]);
      return {
        bytes: Buffer.concat(blocks),
        url: withoutKey(answer.url),
        type: type.trim().toLowerCase(),
        headers: Object.fromEntries(said) as Record<string, string>,
      };
    } catch (error) {
      held?.clear();
      throw error;
    } finally {
      answer.close();
    }
  }

  /** Sends a request when its host's turn has come; its place there is free once the answer is closed. */
  private async inTurn(url: URL, headers: Readonly<Record<string, string>>, signal: AbortSignal | undefined): Promise<Answer> {
    const { stall, longest } = this.limits;
    this.guard.check(url);
    const leave = await this.lanes.of(url).enter(signal);
    try {
      this.budget.take();
      const answer = await send(url, { guard: this.guard, headers, agents: this.agents, stall, longest, signal });
      const close = (): void => {
        answer.close();
        leave();
      };
      return { ...answer, close };
    } catch (error) {
      leave();
      throw error;
    }
  }

  /** What an answer without content means. */
  private async refusal(answer: Answer, { url, secrets }: Job): Promise<Error> {
    const { status, statusText, headers } = answer;
    const body = await startOf(answer);
    const text = body === '' ? '' : `, "${shown(body, secrets)}"`;
    const said = `the server answers ${status} ${shown(statusText)}`.trim() + text;
    const address = `"${shown(url.href, secrets)}"`;
    const wait = retryAfter(headers['retry-after'], headers.date);
    const remaining = headers['x-ratelimit-remaining'];
    const isUsedUp = status === 429 && (wait ?? (remaining === '0' ? Infinity : 0)) > longestWait;
    if (isUsedUp) {
      const when = wait === undefined ? 'Start again in an hour' : `Start again in ${Math.ceil(wait / 60_000)} minutes`;
      const problem = `The server's limit of requests is used up: ${address}, ${said}.`;
      return new MessierError('collect/quota', `${problem} ${when}, or use a key of your own: it goes on there.`);
    }
    if (isPassing(status)) {
      if (wait !== undefined && wait <= longestWait) this.lanes.of(answer.url).hold(wait);
      return new Passing(said, wait);
    }
    const isClosed = status === 401 || status === 403;
    const way = isClosed ? 'Check the key, or whether it may be fetched at all.' : 'Check the address.';
    return new MessierError(isClosed ? 'collect/forbidden' : 'collect/http', `${address} can't be fetched: ${said}. ${way}`);
  }
}

/** The beginning of a refusal's text, as far as it comes. */
async function startOf(answer: Answer): Promise<string> {
  const blocks: Uint8Array[] = [];
  let size = 0;
  try {
    for await (const block of unpack(answer.body, answer.headers['content-encoding'] ?? '', answer.url)) {
      blocks.push(block);
      size += block.length;
      if (size >= refusalBytes) break;
    }
  } catch (error) {
    // The refusal counts, whatever becomes of its text; only the caller's abort comes first.
    if (!(error instanceof Passing) && !(error instanceof MessierError)) throw error;
  }
  return Buffer.concat(blocks).toString('utf8').slice(0, refusalBytes);
}
