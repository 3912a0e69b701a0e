import { describe, expect, test } from 'vitest';
import { signed, type S3Request } from '../../src/catalogue/s3-client.js';
import { s3Settings } from '../../src/catalogue/s3-settings.js';
import { refusalOf } from '../support/sigv4.js';

// The examples of "Authenticating Requests: Using the Authorization Header (AWS Signature Version 4)", Amazon S3 API Reference.
const keys = { accessKey: 'AKIAIOSFODNN7EXAMPLE', secretKey: 'wJalrXUtnFEMI/K7MDENG/bPxRfiCYEXAMPLEKEY' };
const now = new Date('2013-05-24T00:00:00Z');
const host = 'examplebucket.s3.amazonaws.com';
const settings = {
  ...s3Settings('s3://examplebucket', { AWS_ACCESS_KEY_ID: keys.accessKey, AWS_SECRET_ACCESS_KEY: keys.secretKey }),
  address: `https://${host}`,
};
const empty = 'e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855';

interface Example {
  readonly name: string;
  readonly request: S3Request;
  readonly url: string;
  readonly names: string;
  readonly signature: string;
}

const examples: readonly Example[] = [
  {
    name: 'PUT Object',
    request: {
      method: 'PUT',
      key: 'test$file.text',
      headers: { date: 'Fri, 24 May 2013 00:00:00 GMT', 'x-amz-storage-class': 'REDUCED_REDUNDANCY' },
      body: new TextEncoder().encode('Welcome to Amazon S3.'),
    },
    url: '/test%24file.text',
    names: 'date;host;x-amz-content-sha256;x-amz-date;x-amz-storage-class',
    signature: '98ad721746da40c64f1a55b78f14c238d841ea1380cd77a1b5971af0ece108bd',
  },
  {
    name: 'GET Bucket Lifecycle',
    request: { method: 'GET', key: '', query: { lifecycle: '' } },
    url: '/?lifecycle',
    names: 'host;x-amz-content-sha256;x-amz-date',
    signature: 'fea454ca298b7da1c68078a5d1bdbfbbe0d65c699e0f91ac7a200a0136783543',
  },
  {
    name: 'GET Bucket (List Objects)',
    request: { method: 'GET', key: '', query: { prefix: 'J', 'max-keys': '2' } },
    url: '/?prefix=J&max-keys=2',
    names: 'host;x-amz-content-sha256;x-amz-date',
    signature: '34b48302e7b5fa45bde8084f4b7868a86f0a534bc59db6670ed5711ef69dc6f7',
  },
];

const header = (names: string, signature: string) =>
  `AWS4-HMAC-SHA256 Credential=${keys.accessKey}/20130524/us-east-1/s3/aws4_request,SignedHeaders=${names},Signature=${signature}`;

describe.each(examples)('$name', ({ request, url, names, signature }) => {
  test('is signed as AWS publishes', async () => {
    const { headers } = await signed(settings, request, now);
    expect(headers.get('authorization')?.replaceAll(', ', ',')).toBe(header(names, signature));
  });

  test('passes the gate of the tests as AWS publishes it, and nothing else does', () => {
    const headers = {
      ...request.headers,
      host,
      'x-amz-date': '20130524T000000Z',
      'x-amz-content-sha256':
        request.body === undefined ? empty : '44ce7dd67c959e0d3524ffac1771dfbba87d2b6b4b4e99e42034a8b803f8b072',
      authorization: header(names, signature),
    };
    const seen = { method: request.method, url, headers, body: request.body ?? new Uint8Array(0) };
    const ask = (change: Partial<typeof seen>, at = now) => refusalOf({ ...seen, ...change }, keys, 'us-east-1', at);
    expect(ask({})).toBeUndefined();
    expect(ask({ method: 'DELETE' })).toBe('SignatureDoesNotMatch');
    expect(ask({ url: '/other' })).toBe('SignatureDoesNotMatch');
    expect(ask({ url: `${url}${url.includes('?') ? '&' : '?'}x=1` })).toBe('SignatureDoesNotMatch');
    expect(ask({ body: Uint8Array.of(1) })).toBe('XAmzContentSHA256Mismatch');
    expect(ask({ headers: { ...headers, host: 'elsewhere' } })).toBe('SignatureDoesNotMatch');
    expect(ask({}, new Date(now.getTime() + 16 * 60_000))).toBe('RequestTimeTooSkewed');
    expect(refusalOf(seen, keys, 'eu-west-1', now)).toBe('AuthorizationHeaderMalformed');
    expect(refusalOf(seen, { ...keys, secretKey: 'another' }, 'us-east-1', now)).toBe('SignatureDoesNotMatch');
    expect(refusalOf(seen, { ...keys, accessKey: 'another' }, 'us-east-1', now)).toBe('InvalidAccessKeyId');
  });
});

test('GET Object of the same page, whose range is signed, passes the gate', () => {
  const headers = {
    host,
    range: 'bytes=0-9',
    'x-amz-date': '20130524T000000Z',
    'x-amz-content-sha256': empty,
    authorization: header(
      'host;range;x-amz-content-sha256;x-amz-date',
      'f0e8bdb87c964420e857bd35b5d6ed310bd44f0170aba48dd91039c6036bdb41',
    ),
  };
  const seen = { method: 'GET', url: '/test.txt', headers, body: new Uint8Array(0) };
  expect(refusalOf(seen, keys, 'us-east-1', now)).toBeUndefined();
  expect(refusalOf({ ...seen, headers: { ...headers, range: 'bytes=0-8' } }, keys, 'us-east-1', now)).toBe(
    'SignatureDoesNotMatch',
  );
});

test('a session token is sent and signed', async () => {
  const { headers } = await signed({ ...settings, sessionToken: 'temporary/token=' }, examples[1]!.request, now);
  expect(headers.get('x-amz-security-token')).toBe('temporary/token=');
  expect(headers.get('authorization')).toContain('SignedHeaders=host;x-amz-content-sha256;x-amz-date;x-amz-security-token,');
});
