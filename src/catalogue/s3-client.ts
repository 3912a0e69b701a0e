import { setTimeout as sleep } from 'node:timers/promises';
import { AwsV4Signer } from 'aws4fetch';
import { MessierError } from '../core/errors.js';
import { sha256 } from '../formats/hash.js';
import { mayPass, refusal, saysError, withoutSecrets, type S3Answer } from './s3-answers.js';
import type { S3Settings } from './s3-settings.js';

/** A request to a bucket. Each may be sent again: it has the same effect once and twice. */
export interface S3Request {
  readonly method: 'GET' | 'HEAD' | 'PUT' | 'POST' | 'DELETE';
  /** Of an object; `''` for the bucket. */
  readonly key: string;
  readonly query?: Readonly<Record<string, string>> | undefined;
  readonly headers?: Readonly<Record<string, string>> | undefined;
  readonly body?: Uint8Array | undefined;
  readonly signal?: AbortSignal | undefined;
  /** Bytes that the answer may have. */
  readonly most?: number | undefined;
}

/** How often and how patiently. */
export interface S3Patience {
  /** Attempts before a request counts as failed; 6 unless told. */
  readonly attempts?: number | undefined;
  /** Milliseconds before the second attempt, doubled for each further one; 250 unless told. */
  readonly backoff?: number | undefined;
  /** Milliseconds without a byte after which a connection counts as lost; 30,000 unless told. */
  readonly stall?: number | undefined;
}

const longestWait = 20_000;
/** Bytes a second of the slowest connection that is waited for. */
const slowest = 32 * 1024;
/** Bytes of a list's page, a thousand names, and of every other answer but blobs. */
const largestAnswer = 8 * 2 ** 20;

/**
 * Sends signed requests (AWS Signature Version 4) and repeats them where that may help: no connection, a lost or stalled one, an answer that
 * was cut, 408, 429, 5xx, SlowDown. Waits twice as long as the last time, with up to half of it at random, or as long as the store asks.
 *
 * Bodies are signed by their SHA-256 rather than as UNSIGNED-PAYLOAD: then the store itself refuses bytes that were damaged on the way, and
 * nobody can change them where the endpoint is plain http. The hash is a blob's name and known anyway.
 */
export class S3Client {
  constructor(
    private readonly settings: S3Settings,
    private readonly patience: S3Patience = {},
  ) {}

  /** @throws MessierError as `refusal` says, and `blob/s3-failed` after the last attempt. */
  async send(request: S3Request): Promise<S3Answer> {
    const { attempts = 6, backoff = 250 } = this.patience;
    const what = `${request.method} ${request.key === '' ? this.settings.bucket : request.key}`;
    for (let attempt = 1; ; attempt++) {
      request.signal?.throwIfAborted();
      let failure: string;
      let asked: number | undefined;
      let cause: unknown;
      try {
        const answer = await this.#once(request);
        // Long work, the end of an upload in parts, is answered with 200 before it has failed.
        const isError = request.method === 'POST' && saysError(answer);
        if (answer.status >= 200 && answer.status < 300 && !isError) return answer;
        const error = refusal(answer, this.settings, what);
        if (!mayPass(answer)) throw error;
        failure = error.message;
        asked = Number(answer.headers.get('retry-after') ?? NaN) * 1000;
      } catch (error) {
        request.signal?.throwIfAborted();
        if (error instanceof MessierError) throw error;
        cause = error;
        failure = `${what}: ${withoutSecrets(reasonOf(error), this.settings)}.`;
      }
      if (attempt >= attempts) {
        throw new MessierError(
          'blob/s3-failed',
          `${failure} ${attempt} attempts failed at ${this.settings.address}. Check the connection and AWS_ENDPOINT_URL_S3; start again to go on.`,
          { cause },
        );
      }
      const own = Math.min(longestWait, backoff * 2 ** (attempt - 1)) * (1 + Math.random() / 2);
      await sleep(asked !== undefined && asked >= 0 ? Math.min(asked, longestWait) : own, undefined, {
        signal: request.signal,
      }).catch((error: unknown) => {
        request.signal?.throwIfAborted();
        throw error;
      });
    }
  }

  async #once(request: S3Request): Promise<S3Answer> {
    const { method, body, signal, most = largestAnswer } = request;
    const { url, headers } = await signed(this.settings, request, new Date());
    const watch = new Watch(this.patience.stall ?? 30_000, body?.length ?? 0, signal);
    try {
      // Redirects are not followed: the signature holds for one host.
      const init = { method, headers, signal: watch.signal, redirect: 'manual' as const };
      const response = await fetch(url, body === undefined ? init : { ...init, body });
      watch.answered(Number(response.headers.get('content-length') ?? most));
      return { status: response.status, headers: response.headers, body: await readBody(response, most, watch) };
    } finally {
      watch.end();
    }
  }
}

/** A request with the header Authorization. */
export async function signed(
  settings: S3Settings,
  { method, key, query = {}, headers = {}, body }: S3Request,
  now: Date,
): Promise<{ readonly url: string; readonly headers: Headers }> {
  const path = key === '' ? '' : `/${key.split('/').map(encodeURIComponent).join('/')}`;
  const search = Object.entries(query).map(([name, value]) => `${encodeURIComponent(name)}=${encodeURIComponent(value)}`);
  const signer = new AwsV4Signer({
    method,
    url: `${settings.address}${path}${search.length === 0 ? '' : `?${search.join('&')}`}`,
    headers: { ...headers, 'x-amz-content-sha256': sha256(body ?? '') },
    service: 's3',
    region: settings.region,
    accessKeyId: settings.accessKey,
    secretAccessKey: settings.secretKey,
    ...(settings.sessionToken === undefined ? {} : { sessionToken: settings.sessionToken }),
    datetime: now.toISOString().replace(/[:-]|[.]\d{3}/g, ''),
  });
  const request = await signer.sign();
  return { url: request.url.href, headers: request.headers };
}

async function readBody(response: Response, most: number, watch: Watch): Promise<Uint8Array> {
  const blocks: Uint8Array[] = [];
  let bytes = 0;
  const said = Number(response.headers.get('content-length') ?? 0);
  for await (const block of (response.body ?? []) as AsyncIterable<Uint8Array>) {
    watch.step();
    blocks.push(block);
    bytes += block.length;
    if (Math.max(bytes, said) > most) {
      throw new MessierError(
        'blob/limit',
        `An S3 store's answer has up to ${most} bytes; this one has at least ${Math.max(bytes, said)}.`,
      );
    }
  }
  const whole = new Uint8Array(bytes);
  let at = 0;
  for (const block of blocks) {
    whole.set(block, at);
    at += block.length;
  }
  return whole;
}

/** Ends a request that stands still, or whose bytes drip. */
class Watch {
  readonly #lost = new AbortController();
  readonly signal: AbortSignal;
  #stalled: NodeJS.Timeout;
  #slow: NodeJS.Timeout | undefined;

  constructor(
    private readonly stall: number,
    toSend: number,
    signal: AbortSignal | undefined,
  ) {
    this.signal = signal ? AbortSignal.any([signal, this.#lost.signal]) : this.#lost.signal;
    // How much of a body has gone is not told: the slowest connection's time for all of it counts as one wait.
    this.#stalled = this.#timer(stall + (toSend / slowest) * 1000);
  }

  answered(toCome: number): void {
    this.step();
    this.#slow = this.#timer(this.stall + (toCome / slowest) * 1000);
  }

  step(): void {
    clearTimeout(this.#stalled);
    this.#stalled = this.#timer(this.stall);
  }

  end(): void {
    clearTimeout(this.#stalled);
    clearTimeout(this.#slow);
  }

  #timer(milliseconds: number): NodeJS.Timeout {
    return setTimeout(() => this.#lost.abort(new Error('the connection stands still')), Math.min(milliseconds, 2 ** 31 - 1));
  }
}

/** fetch hides its reason behind "fetch failed". */
function reasonOf(error: unknown): string {
  if (!(error instanceof Error)) return String(error);
  const { cause } = error;
  if (cause instanceof AggregateError) return cause.errors.map(reasonOf).join('; ');
  return cause instanceof Error && cause.message !== '' ? cause.message : error.message;
}
