import { MessierError } from '../core/errors.js';
import type { WorkOptions } from '../core/progress.js';
import type { Checksum, FetchOptions } from './download.js';
import { addressGuard } from './http/address-guard.js';
import { addressOf, isPassing, send } from './http/request.js';
import { retryAfter } from './http/retry-after.js';
import { Passing, retrying } from './retry.js';

/** Redirections that are followed within one server. */
const mostMoves = 5;

/**
 * The SHA-256 of a large file as the Hugging Face hub states it: the header `X-Linked-Etag` of its answer, before it sends on to the storage.
 * Moves within the server (renamed repositories) are followed.
 *
 * @throws MessierError `download/unstated` where the server states none, `download/http` for an answer that trying again won't change,
 * `download/failed` after the last attempt, `collect/private-address`, `collect/address`.
 */
export async function statedHash(url: string, options: WorkOptions & FetchOptions = {}): Promise<Checksum> {
  let digest = '';
  await retrying(url, options, async () => {
    digest = await ask(url, options, mostMoves);
  });
  return { algorithm: 'sha256', digest };
}

async function ask(url: string, options: WorkOptions & FetchOptions, moves: number): Promise<string> {
  const { signal, stall = 30_000 } = options;
  const asked = { guard: addressGuard(options), headers: { 'accept-encoding': 'identity' }, stall, signal };
  const answer = await send(addressOf(url), { ...asked, method: 'HEAD' });
  answer.close();
  const { status, headers } = answer;
  if (isPassing(status)) throw new Passing(`the server answers ${status}`, retryAfter(headers['retry-after'], headers.date));
  if (status >= 400)
    throw new MessierError('download/http', `"${url}" can't be fetched: the server answers ${status}. Check the address.`);
  const digest = /^"?([0-9a-f]{64})"?$/i.exec([headers['x-linked-etag']].flat()[0] ?? '')?.[1];
  if (digest !== undefined) return digest.toLowerCase();
  const { location } = headers;
  const next = status >= 300 && location !== undefined && URL.canParse(location, url) ? new URL(location, url) : undefined;
  if (next?.origin === new URL(url).origin && moves > 0) return ask(next.href, options, moves - 1);
  throw new MessierError(
    'download/unstated',
    `"${url}": the server does not state the file's SHA-256 (X-Linked-Etag), so that it could not be verified. Fetch it by other means and give its path.`,
  );
}
