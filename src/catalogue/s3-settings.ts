import { MessierError } from '../core/errors.js';

/** Where a bucket is and who asks. */
export interface S3Settings {
  readonly bucket: string;
  /** Without slashes at its ends; `''` for the whole bucket. */
  readonly prefix: string;
  /** The bucket's address, without a slash at its end: `http://localhost:9000/bucket`, `https://bucket.s3.eu-west-1.amazonaws.com`. */
  readonly address: string;
  readonly region: string;
  readonly accessKey: string;
  readonly secretKey: string;
  /** Of temporary keys. */
  readonly sessionToken: string | undefined;
}

/**
 * Reads `s3://bucket/prefix` and the variables that AWS's own tools read: AWS_ENDPOINT_URL_S3, AWS_ENDPOINT_URL, AWS_REGION,
 * AWS_DEFAULT_REGION, AWS_ACCESS_KEY_ID, AWS_SECRET_ACCESS_KEY, AWS_SESSION_TOKEN. Own endpoints are asked by path (`endpoint/bucket`), AWS by host
 * name, but for buckets with a dot in their name, which AWS's certificates don't cover.
 *
 * @throws MessierError `blob/s3-url`, `blob/s3-endpoint`, `blob/s3-keys`.
 *
 * @example
 * s3Settings('s3://pictures/messier', process.env);
 */
export function s3Settings(url: string, env: Readonly<Record<string, string | undefined>>): S3Settings {
  const { bucket, prefix } = place(url);
  const region = env['AWS_REGION'] || env['AWS_DEFAULT_REGION'] || 'us-east-1';
  if (!/^[a-z0-9-]{1,64}$/.test(region)) {
    throw new MessierError('blob/s3-region', `AWS_REGION is a name like eu-central-1, received ${quoted(region)}.`);
  }
  const endpoint = env['AWS_ENDPOINT_URL_S3'] || env['AWS_ENDPOINT_URL'];
  const accessKey = env['AWS_ACCESS_KEY_ID'] ?? '';
  const secretKey = env['AWS_SECRET_ACCESS_KEY'] ?? '';
  const sessionToken = env['AWS_SESSION_TOKEN'] || undefined;
  // What no header takes would come back in an error of another's making, with the secret in it.
  if (![accessKey, secretKey, sessionToken ?? 'none'].every((text) => /^[\x21-\x7e]+$/.test(text))) {
    throw new MessierError(
      'blob/s3-keys',
      `The bucket "${bucket}" asks for keys: printable ASCII without spaces. Set AWS_ACCESS_KEY_ID, AWS_SECRET_ACCESS_KEY and, for temporary ones, AWS_SESSION_TOKEN.`,
    );
  }
  const address = endpoint === undefined ? amazon(bucket, region) : `${own(endpoint)}/${bucket}`;
  return { bucket, prefix, address, region, accessKey, secretKey, sessionToken };
}

function place(url: string): Pick<S3Settings, 'bucket' | 'prefix'> {
  const [, bucket = '', rest = ''] = /^s3:\/\/([^/]*)(?:\/(.*))?$/s.exec(url) ?? [];
  const prefix = rest.replace(/\/$/, '');
  // Characters that every store takes in keys, and that no program reads as something else.
  const isPrefix = prefix === '' || prefix.split('/').every((part) => /^[\w!.*'()-]+$/.test(part) && !/^[.]+$/.test(part));
  if (!/^[a-z0-9][a-z0-9.-]{1,61}[a-z0-9]$/.test(bucket) || !isPrefix || prefix.length > 512) {
    throw new MessierError(
      'blob/s3-url',
      `A store of blobs is s3://bucket or s3://bucket/prefix: 3 to 63 lower-case letters, digits, dots and hyphens; ` +
        `then letters, digits and !-_.*'() between slashes. Received ${quoted(url)}. Correct MESSIER_BLOBS.`,
    );
  }
  return { bucket, prefix };
}

function amazon(bucket: string, region: string): string {
  const host = `s3.${region}.amazonaws.com${region.startsWith('cn-') ? '.cn' : ''}`;
  return bucket.includes('.') ? `https://${host}/${bucket}` : `https://${bucket}.${host}`;
}

function own(endpoint: string): string {
  const url = URL.canParse(endpoint) ? new URL(endpoint) : undefined;
  const isPlain = url?.username === '' && url.password === '' && url.search === '' && url.hash === '';
  if (!isPlain || !/^https?:$/.test(url.protocol)) {
    // Not printed: it may hold a password.
    throw new MessierError(
      'blob/s3-endpoint',
      'AWS_ENDPOINT_URL_S3 (or AWS_ENDPOINT_URL) is an address like http://localhost:9000, without user, password and query. Correct it.',
    );
  }
  return `${url.origin}${url.pathname.replace(/\/+$/, '')}`;
}

function quoted(text: string): string {
  return JSON.stringify(text.slice(0, 100));
}
