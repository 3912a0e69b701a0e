import { createHash, createHmac } from 'node:crypto';
import type { IncomingHttpHeaders } from 'node:http';

/** A request as a server sees it. */
export interface SignedRequest {
  readonly method: string;
  /** Path and query as they came. */
  readonly url: string;
  readonly headers: IncomingHttpHeaders;
  readonly body: Uint8Array;
}

export interface KeyPair {
  readonly accessKey: string;
  readonly secretKey: string;
}

const sha256 = (text: string | Uint8Array) => createHash('sha256').update(text).digest('hex');
const hmac = (key: string | Uint8Array, text: string) => createHmac('sha256', key).update(text).digest();

/** RFC 3986: everything but letters, digits and -._~ */
const encode = (text: string) =>
  [...Buffer.from(text)]
    .map((byte) => {
      const sign = String.fromCharCode(byte);
      return /[\w.~-]/.test(sign) ? sign : `%${byte.toString(16).toUpperCase().padStart(2, '0')}`;
    })
    .join('');

/**
 * The server's side of AWS Signature Version 4 for S3, written from the specification and sharing nothing with what signs: the code of S3 that
 * refuses the request, or `undefined` where it is signed by these keys for this region, now, with this body.
 */
export function refusalOf(request: SignedRequest, keys: KeyPair, region: string, now: Date): string | undefined {
  const { headers } = request;
  const fields =
    /^AWS4-HMAC-SHA256 Credential=([^/]+)\/(\d{8})\/([^/]+)\/s3\/aws4_request, ?SignedHeaders=([^,]+), ?Signature=([0-9a-f]{64})$/;
  const [, accessKey, day, scope, names = '', signature] = fields.exec(headers.authorization ?? '') ?? [];
  if (signature === undefined) return headers.authorization === undefined ? 'AccessDenied' : 'AuthorizationHeaderMalformed';
  if (accessKey !== keys.accessKey) return 'InvalidAccessKeyId';
  if (scope !== region) return 'AuthorizationHeaderMalformed';
  const date = String(headers['x-amz-date']);
  const asked = Date.parse(date.replace(/^(\d{4})(\d\d)(\d\d)T(\d\d)(\d\d)(\d\d)Z$/, '$1-$2-$3T$4:$5:$6Z'));
  if (!(Math.abs(asked - now.getTime()) <= 15 * 60_000) || !date.startsWith(day!)) return 'RequestTimeTooSkewed';
  const signed = names.split(';');
  const needed = ['host', ...Object.keys(headers).filter((name) => name.startsWith('x-amz-'))];
  if (!needed.every((name) => signed.includes(name))) return 'AccessDenied';

  const content = String(headers['x-amz-content-sha256']);
  const [path = '', query = ''] = request.url.split('?');
  const pairs =
    query === '' ? [] : query.split('&').map((pair) => pair.split('=').map((part) => encode(decodeURIComponent(part))));
  const canonical = [
    request.method,
    path
      .split('/')
      .map((part) => encode(decodeURIComponent(part)))
      .join('/'),
    pairs
      .map(([name = '', value = '']) => `${name}=${value}`)
      .sort()
      .join('&'),
    ...signed.map((name) => `${name}:${String(headers[name]).trim().replace(/ +/g, ' ')}`),
    '',
    names,
    content,
  ].join('\n');
  const toSign = ['AWS4-HMAC-SHA256', date, `${day!}/${region}/s3/aws4_request`, sha256(canonical)].join('\n');
  const key = [day!, region, 's3', 'aws4_request'].reduce<string | Uint8Array>(hmac, `AWS4${keys.secretKey}`);
  if (hmac(key, toSign).toString('hex') !== signature) return 'SignatureDoesNotMatch';
  return content === sha256(request.body) ? undefined : 'XAmzContentSHA256Mismatch';
}
