import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdir, readdir, utimes, writeFile } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { afterAll, beforeAll, beforeEach, describe, expect, test } from 'vitest';
import { loader, projectFile } from '../../test/support/child.js';
import { startS3, type Fault, type S3Server } from '../../test/support/s3.js';
import { sha256 } from '../formats/hash.js';
import { S3Blobs } from './s3-blobs.js';
import type { S3Patience } from './s3-client.js';
import { s3Settings } from './s3-settings.js';
import { partBytes, partsAbove } from './s3-upload.js';

const text = (words: string) => new TextEncoder().encode(words);
/** A machine under load may stand still for longer than `stall` by itself: then one attempt more is made. */
const eager = { attempts: 20, backoff: 1, stall: 500 };

let s3: S3Server;
let tests = 0;
let bucket = '';
let store: S3Blobs;
const buckets = Array.from({ length: 60 }, (_, index) => `bucket-${index}`);
beforeAll(async () => {
  s3 = await startS3(buckets);
});
afterAll(() => s3.stop());
beforeEach(() => {
  s3.calm();
  bucket = buckets[tests++]!;
  store = open();
});

function open(
  url = `s3://${bucket}/pre`,
  env: Readonly<Record<string, string>> = {},
  patience: S3Patience = { attempts: 3, backoff: 1 },
): S3Blobs {
  const own = {
    AWS_ACCESS_KEY_ID: s3.keys.accessKey,
    AWS_SECRET_ACCESS_KEY: s3.keys.secretKey,
    AWS_ENDPOINT_URL_S3: s3.endpoint,
  };
  return new S3Blobs(s3Settings(url, { ...own, ...env }), patience);
}

/** Makes unfinished uploads of this bucket older than a day. */
async function ageUploads(): Promise<void> {
  const uploads = join(s3.folder(bucket), '._S3rver_uploads');
  const old = new Date(Date.now() - 25 * 60 * 60 * 1000);
  for (const id of await readdir(uploads)) await utimes(join(uploads, id, 'key'), old, old);
}

/** The first `times` requests of this kind fail. */
function failing(kind: RegExp, fault: Fault, times = 1): void {
  let left = times;
  s3.fault = (request) => (kind.test(request) && left-- > 0 ? fault : undefined);
}

const slowDown: Fault = {
  status: 503,
  body: '<?xml version="1.0"?><Error><Code>SlowDown</Code><Message>Reduce your rate</Message></Error>',
};
const passing: readonly (readonly [string, Fault])[] = [
  ['a connection that breaks', 'reset'],
  ['a connection that stands still', 'stall'],
  ['an answer that is lost', 'lose answer'],
  ['an answer that is cut', 'cut answer'],
  ['a store that asks for less', slowDown],
  ['a proxy that is overloaded', { status: 502, body: '<html><body>Bad Gateway</body></html>' }],
  ['too many requests', { status: 429, headers: { 'retry-after': '0' } }],
  ['a request that took too long', { status: 400, body: '<Error><Code>RequestTimeout</Code></Error>' }],
];

describe.each(passing)('%s', (_, fault) => {
  // HEAD is answered without a body: nothing to cut, and no code.
  const ofHead = fault === 'cut answer' || (typeof fault === 'object' && fault.status === 400) ? 'reset' : fault;

  test('is met by another attempt, for every request', async () => {
    store = open(undefined, {}, eager);
    failing(/^PUT/, fault);
    const hash = await store.put(text('to and fro'));
    failing(/^GET/, fault, 2);
    expect(await store.get(hash)).toEqual(text('to and fro'));
    failing(/^HEAD/, ofHead);
    expect(await store.has(hash)).toBe(true);
    failing(/^GET/, fault);
    const found: string[] = [];
    for await (const blob of store.list()) found.push(blob.hash);
    expect(found).toEqual([hash]);
    failing(/^DELETE/, fault === 'cut answer' ? 'reset' : fault);
    expect(await store.remove(hash)).toBe(true);
    expect(s3.requests.length).toBeGreaterThanOrEqual(6 + 5);
  });

  test('is told of once attempts are used up', async () => {
    failing(/./, fault, Infinity);
    store = open(undefined, {}, { ...eager, attempts: 3 });
    const error = await store.get('0'.repeat(64)).catch((caught: unknown) => caught);
    expect(error).toMatchObject({
      code: 'blob/s3-failed',
      message: expect.stringContaining('3 attempts failed at http') as string,
    });
    expect(s3.requests).toHaveLength(3);
  });
});

test('an answer that drips does not last for ever', async () => {
  store = open(undefined, {}, eager);
  const hash = await store.put(new Uint8Array(1000));
  failing(/^GET/, 'drip', 1);
  expect((await store.get(hash)).length).toBe(1000);
  expect(s3.requests.filter((request) => request.startsWith('GET')).length).toBeGreaterThanOrEqual(2);
});

test('bytes that are damaged on the way are asked for again; damaged in the store they are corrupt', async () => {
  const hash = await store.put(text('fragile'));
  failing(/^GET/, 'flip a bit', 1);
  expect(await store.get(hash)).toEqual(text('fragile'));
  failing(/^GET/, 'flip a bit', 2);
  await expect(store.get(hash)).rejects.toMatchObject({ code: 'blob/corrupt' });
});

describe('a refusal', () => {
  test('says which setting is wrong, with the code of the store and no secret', async () => {
    const cases: readonly (readonly [string, RegExp, S3Blobs])[] = [
      [
        'blob/s3-access',
        /SignatureDoesNotMatch.*AWS_SECRET_ACCESS_KEY/,
        open(undefined, { AWS_SECRET_ACCESS_KEY: 'hidden-secret' }),
      ],
      ['blob/s3-access', /InvalidAccessKeyId.*AWS_ACCESS_KEY_ID/, open(undefined, { AWS_ACCESS_KEY_ID: 'nobody' })],
      ['blob/s3-region', /Set AWS_REGION to us-east-1/, open(undefined, { AWS_REGION: 'eu-west-3' })],
      ['blob/s3-bucket', /NoSuchBucket.*no such bucket at http.*\/nowhere/, open('s3://nowhere')],
    ];
    for (const [code, message, wrong] of cases) {
      for (const ask of [() => wrong.check(), () => wrong.put(text('x')), () => wrong.list()[Symbol.asyncIterator]().next()]) {
        const error = await ask().catch((caught: unknown) => caught);
        expect(error).toMatchObject({ code, message: expect.stringMatching(message) as string });
        expect(String(error)).not.toContain('hidden-secret');
      }
    }
    // No attempt was repeated.
    expect(s3.requests).toHaveLength(cases.length * 3);
  });

  test('for a clock that is off says by how much', async () => {
    s3.ahead = 2 * 60 * 60 * 1000;
    await expect(store.check()).rejects.toMatchObject({
      code: 'blob/s3-clock',
      message: expect.stringContaining('120 minutes behind') as string,
    });
    s3.ahead = -s3.ahead;
    await expect(store.check()).rejects.toMatchObject({ message: expect.stringContaining('120 minutes ahead of') as string });
  });

  test('may repeat our secret and control the terminal; neither is printed', async () => {
    const secret = { AWS_SECRET_ACCESS_KEY: 'hidden-secret', AWS_SESSION_TOKEN: 'hidden-token' };
    const body = '<Error><Code>AccessDenied</Code><Message>hidden-secret hidden-token \x1b[2J"&lt;&#10;END</Message></Error>';
    failing(/./, { status: 403, body }, Infinity);
    const error = await open(undefined, secret)
      .check()
      .catch((caught: unknown) => String(caught));
    expect(error).toContain('("*** ***  [2J < END")');
  });

  test.each<readonly [string, Fault]>([
    ['a page of a proxy', { status: 200, body: '<html><body>Please log in</body></html>' }],
    ['no XML', { status: 200, body: '{"objects":[]}' }],
    ['nothing', { status: 200 }],
    ['half a list', { status: 200, body: '<ListBucketResult><IsTruncated>false</IsTruncated><Contents><Key>a' }],
    ['a list without an end', { status: 200, body: '<ListBucketResult><IsTruncated>true</IsTruncated></ListBucketResult>' }],
    [
      'a size that is none',
      {
        status: 200,
        body: `<ListBucketResult><IsTruncated>false</IsTruncated><Contents><Key>pre/aa/${'b'.repeat(62)}</Key><Size>-1</Size></Contents></ListBucketResult>`,
      },
    ],
    ['a status of its own', { status: 418, body: 'teapot' }],
    ['a redirect', { status: 418, headers: { location: 'http://127.0.0.1:1/' } }],
    [
      'nested without end',
      { status: 200, body: `${'<ListBucketResult>'.repeat(200_000)}${'</ListBucketResult>'.repeat(200_000)}` },
    ],
  ])('%s is no list', async (_, fault) => {
    failing(/./, fault, Infinity);
    await expect(store.list()[Symbol.asyncIterator]().next()).rejects.toMatchObject({ code: 'blob/s3-answer' });
    expect(s3.requests).toHaveLength(1);
  });

  test('a list that gives the same page again, one that is too long, and a redirect are refused', async () => {
    const page =
      '<ListBucketResult><IsTruncated>true</IsTruncated><NextContinuationToken>x</NextContinuationToken></ListBucketResult>';
    failing(/./, { status: 200, body: page }, Infinity);
    await expect(store.list()[Symbol.asyncIterator]().next()).rejects.toMatchObject({ code: 'blob/s3-answer' });
    failing(/./, { status: 200, body: ' '.repeat(9 * 2 ** 20) }, Infinity);
    await expect(store.check()).rejects.toMatchObject({ code: 'blob/limit' });
    failing(/./, { status: 301, headers: { location: 'http://127.0.0.1:1/', 'x-amz-bucket-region': 'ap-south-1' } }, Infinity);
    await expect(store.check()).rejects.toMatchObject({
      code: 'blob/s3-region',
      message: expect.stringContaining('ap-south-1') as string,
    });
  });
});

test('nobody at the address', async () => {
  const nobody = open(undefined, { AWS_ENDPOINT_URL_S3: 'http://127.0.0.1:9' });
  await expect(nobody.check()).rejects.toMatchObject({
    code: 'blob/s3-failed',
    message: expect.stringMatching(/ECONNREFUSED|bad port/) as string,
  });
});

test('lists go on page after page', async () => {
  const folder = join(s3.folder(bucket), 'pre');
  const hashes = Array.from({ length: 1050 }, (_, index) => sha256(String(index)));
  for (const hash of hashes) {
    const path = join(folder, hash.slice(0, 2), `${hash.slice(2)}._S3rver_object`);
    await mkdir(dirname(path), { recursive: true });
    await writeFile(path, hash.slice(0, 7));
  }
  const found: string[] = [];
  for await (const { hash, bytes } of store.list()) {
    found.push(hash);
    expect(bytes).toBe(7);
  }
  expect(found.sort()).toEqual(hashes.sort());
  expect(s3.requests).toHaveLength(2);
});

describe('a file above the limit for one request', () => {
  const large = new Uint8Array(partsAbove + 1).fill(5);
  const hash = sha256(large);
  const parts = Math.ceil(large.length / partBytes);

  test('goes up in parts', async () => {
    expect(await store.put(large)).toBe(hash);
    const sent = s3.requests.map((request) => request.replace(/.*?[?&](uploads|partNumber|uploadId).*/, '$1'));
    expect(sent.sort()).toEqual([...Array<string>(parts).fill('partNumber'), 'uploadId', 'uploads']);
    expect(sha256(await store.get(hash))).toBe(hash);
    expect(await s3.uploads(bucket)).toEqual([]);
  });

  test('meets losses in the middle, and an end whose answer is lost or comes as a failure under status 200', async () => {
    const seen = new Set<string>();
    s3.fault = (request) => {
      const kind = /^PUT.*partNumber=2/.test(request) ? 'part' : /^POST.*uploadId/.test(request) ? 'end' : '';
      if (kind === '' || seen.has(kind)) return undefined;
      seen.add(kind);
      return kind === 'part' ? 'reset' : { status: 200, body: '<Error><Code>InternalError</Code></Error>' };
    };
    await store.put(large);
    expect(seen).toEqual(new Set(['part', 'end']));
    await store.remove(hash);
    failing(/^POST.*uploadId/, 'lose answer');
    await store.put(large);
    expect(sha256(await store.get(hash))).toBe(hash);
    expect(await s3.uploads(bucket)).toEqual([]);
  });

  test('leaves no parts where it fails or is stopped', async () => {
    failing(/^PUT.*partNumber=3/, slowDown, Infinity);
    await expect(store.put(large)).rejects.toMatchObject({ code: 'blob/s3-failed' });
    expect(s3.requests.some((request) => request.startsWith('DELETE'))).toBe(true);
    expect(await s3.uploads(bucket)).toEqual([]);
    const stop = new AbortController();
    s3.fault = (request) => {
      if (/partNumber=3/.test(request)) stop.abort(new Error('enough'));
      return undefined;
    };
    await expect(store.put(large, { signal: stop.signal })).rejects.toThrow('enough');
    expect(await s3.uploads(bucket)).toEqual([]);
    expect(await store.has(hash)).toBe(false);
  });

  test('leaves parts where the store is gone; they are swept after a day', async () => {
    failing(/^(PUT.*partNumber=2|DELETE)/, 'reset', Infinity);
    await expect(store.put(large)).rejects.toMatchObject({
      code: 'blob/s3-failed',
      message: expect.stringContaining('PUT') as string,
    });
    s3.calm();
    expect(await s3.uploads(bucket)).toEqual([`pre/${hash.slice(0, 2)}/${hash.slice(2)}`]);
    expect(await store.sweep()).toBe(0);
    await ageUploads();
    expect(await open(`s3://${bucket}/other`).sweep()).toBe(0);
    expect(await store.sweep()).toBe(1);
    expect(await s3.uploads(bucket)).toEqual([]);
  });
});

test('an upload whose process is killed is swept after a day', async () => {
  failing(/partNumber=2/, 'stall', Infinity);
  const program = `
    import { S3Blobs } from ${JSON.stringify(projectFile('src/catalogue/s3-blobs.ts'))};
    import { s3Settings } from ${JSON.stringify(projectFile('src/catalogue/s3-settings.ts'))};
    await new S3Blobs(s3Settings('s3://${bucket}/pre', process.env)).put(new Uint8Array(${partsAbove + 1}));`;
  const env = {
    AWS_ACCESS_KEY_ID: s3.keys.accessKey,
    AWS_SECRET_ACCESS_KEY: s3.keys.secretKey,
    AWS_ENDPOINT_URL_S3: s3.endpoint,
  };
  const child = spawn(process.execPath, ['--import', loader, '--input-type=module', '--eval', program], {
    env: { ...process.env, ...env },
    stdio: 'inherit',
  });
  while (!s3.requests.some((request) => request.includes('partNumber=2'))) await sleep(5);
  child.kill('SIGKILL');
  await once(child, 'exit');
  expect(await s3.uploads(bucket)).toHaveLength(1);
  await ageUploads();
  expect(await store.sweep()).toBe(1);
  expect(await s3.uploads(bucket)).toEqual([]);
});

test('a store that knows no list of uploads has nothing to sweep', async () => {
  failing(/uploads/, { status: 501, body: '<Error><Code>NotImplemented</Code></Error>' }, Infinity);
  expect(await store.sweep()).toBe(0);
  expect(s3.requests).toHaveLength(1);
});
