import { request as httpRequest, type Agent, type IncomingHttpHeaders, type IncomingMessage } from 'node:http';
import { request as httpsRequest, type Agent as SecureAgent } from 'node:https';
import { MessierError } from '../../core/errors.js';
import { Passing } from '../retry.js';
import type { AddressGuard } from './address-guard.js';
import { shown } from './excerpt.js';
import { userAgent } from './user-agent.js';
import { Watch, type Limits } from './watch.js';

/** Connections that are kept for further requests. */
export interface Agents {
  readonly http: Agent;
  readonly https: SecureAgent;
}

/** How something is asked for. */
export interface SendOptions extends Limits {
  readonly guard: AddressGuard;
  readonly method?: 'GET' | 'HEAD' | undefined;
  readonly headers?: Readonly<Record<string, string>> | undefined;
  /** A connection of its own for each request unless told. */
  readonly agents?: Agents | undefined;
}

/** The head of an answer, and its body on its way. */
export interface Answer {
  readonly url: URL;
  readonly status: number;
  readonly statusText: string;
  readonly headers: IncomingHttpHeaders;
  /** As sent, not unpacked. Throws `Passing` where it breaks off or stalls. Whoever does not read it to its end calls `close`. */
  readonly body: AsyncIterable<Uint8Array>;
  close(): void;
}

/** Redirections that are followed. */
const mostMoves = 5;

/**
 * Sends one request, after the guard has looked at its address; redirections are answers.
 *
 * @throws Passing where another attempt may help: no connection, a lost or a stalled one.
 * @throws MessierError of the guard.
 */
export async function send(url: URL, options: SendOptions): Promise<Answer> {
  const { guard, method = 'GET', headers, agents, signal } = options;
  signal?.throwIfAborted();
  guard.check(url);
  const [ask, agent] =
    url.protocol === 'https:' ? ([httpsRequest, agents?.https] as const) : ([httpRequest, agents?.http] as const);
  const all = { 'user-agent': userAgent, ...headers };
  const request = ask(url, { method, headers: all, agent: agent ?? false, lookup: guard.lookup(url) });
  let response: IncomingMessage | undefined;
  const watch = new Watch(options, (reason) => (response ?? request).destroy(reason));
  try {
    response = await new Promise<IncomingMessage>((resolve, reject) => {
      request.on('response', resolve);
      // Stays after the head has come: an error of the socket is the body's then.
      request.on('error', reject);
      // After "101 Switching Protocols", which nobody asked for, Node closes without a word.
      request.on('close', () => reject(new Passing('the connection ended without an answer')));
      request.end();
    });
  } catch (error) {
    watch.close();
    throw watch.lost(error);
  }
  const { statusCode: status = 0, statusMessage: statusText = '' } = response;
  const source = response;
  const close = (): void => {
    watch.close();
    source.destroy();
  };
  watch.start();
  return { url, status, statusText, headers: response.headers, body: read(response, watch), close };
}

async function* read(response: IncomingMessage, watch: Watch): AsyncIterable<Uint8Array> {
  try {
    for await (const block of response as AsyncIterable<Uint8Array>) {
      watch.pause();
      yield block;
      watch.start();
    }
  } catch (error) {
    throw watch.lost(error);
  } finally {
    watch.close();
  }
}

/**
 * Sends a request and follows up to five redirections, each looked at by the guard like the first address. From https to http none is followed, unless the
 * first address was http; headers of `own` go to the first origin alone.
 *
 * @param sending What sends each of them: {@link send}, or what waits for its turn before.
 * @throws MessierError `collect/address`, and what `sending` throws.
 */
export async function follow(
  first: URL,
  own: Readonly<Record<string, string>>,
  sending: (url: URL, own: Readonly<Record<string, string>>) => Promise<Answer>,
): Promise<Answer> {
  let url = first;
  let headers = own;
  for (let moves = 0; ; moves++) {
    const answer = await sending(url, headers);
    const { location } = answer.headers;
    if (![301, 302, 303, 307, 308].includes(answer.status) || location === undefined) return answer;
    answer.close();
    const next = target(location, url);
    if (moves === mostMoves) {
      throw new MessierError(
        'collect/address',
        `"${shown(first.href)}" is redirected more than ${mostMoves} times. Check the address.`,
      );
    }
    if (url.protocol === 'https:' && next.protocol === 'http:' && first.protocol !== 'http:') {
      throw new MessierError(
        'collect/address',
        `"${shown(first.href)}" is redirected from https to "${shown(next.href)}", which anybody on the way could change. Give that address itself if it is meant.`,
      );
    }
    if (next.origin !== url.origin) headers = {};
    url = next;
  }
}

function target(location: string, from: URL): URL {
  // Servers write addresses in UTF-8, Node reads headers as Latin-1.
  const text = Buffer.from(location, 'latin1').toString('utf8');
  if (URL.canParse(text, from.href)) return new URL(text, from);
  throw new MessierError('collect/address', `"${shown(from.href)}" is redirected to "${shown(text)}", which is no address.`);
}

/** Parses an address. */
export function addressOf(text: string): URL {
  if (URL.canParse(text)) return new URL(text);
  throw new MessierError('collect/address', `Only http and https addresses are fetched, not "${shown(text)}".`);
}

/** May another attempt at this help? Request timeout, too early, too many requests, and the server's own failures. */
export const isPassing = (status: number): boolean => [408, 425, 429].includes(status) || status >= 500;
