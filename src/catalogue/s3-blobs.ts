import { MessierError } from '../core/errors.js';
import type { WorkOptions } from '../core/progress.js';
import { sha256 } from '../formats/hash.js';
import { absent, blobName, corrupt, hashOfName, hashToStore } from './blob-names.js';
import { largestBlob, staleAfter, type BlobListOptions, type BlobStore, type StoredBlob } from './blob-types.js';
import { readXml, type Xml } from './s3-answers.js';
import { S3Client, type S3Patience } from './s3-client.js';
import type { S3Settings } from './s3-settings.js';
import { endOldUploads, partsAbove, uploadInParts } from './s3-upload.js';

/** Readings of a blob that was damaged before it counts as damaged in the store and not on the way. */
const readings = 2;

/**
 * Blobs as objects of a bucket, in any store that speaks S3: `prefix/ab/cdef...`, as {@link FolderBlobs} names its files.
 *
 * Every method throws `blob/s3-access`, `blob/s3-bucket`, `blob/s3-region`, `blob/s3-clock`, `blob/s3-answer` with the store's own code, or
 * `blob/s3-failed` after several attempts.
 *
 * @example
 * const blobs = new S3Blobs(s3Settings('s3://pictures/messier', process.env));
 * await blobs.check();
 */
export class S3Blobs implements BlobStore {
  readonly location: string;
  readonly #client: S3Client;
  readonly #prefix: string;

  constructor(settings: S3Settings, patience: S3Patience = {}) {
    this.#client = new S3Client(settings, patience);
    this.#prefix = settings.prefix === '' ? '' : `${settings.prefix}/`;
    this.location = `s3://${settings.bucket}/${settings.prefix} (${settings.address})`;
  }

  /** Asks for the first name in the bucket: address, keys, region and clock are right, and HEAD's 404 means one thing from now on. */
  async check(signal?: AbortSignal): Promise<void> {
    await this.#page({ 'max-keys': '1' }, signal);
  }

  /** Puts bytes also where they are already, which gives them the time of this put and replaces damaged ones. */
  async put(bytes: Uint8Array, { signal }: Pick<WorkOptions, 'signal'> = {}): Promise<string> {
    signal?.throwIfAborted();
    const hash = hashToStore(bytes);
    const key = this.#key(hash);
    if (bytes.length > partsAbove) await uploadInParts(this.#client, key, bytes, signal);
    else await this.#client.send({ method: 'PUT', key, body: bytes, signal });
    return hash;
  }

  async get(hash: string, { signal }: Pick<WorkOptions, 'signal'> = {}): Promise<Uint8Array> {
    const key = this.#key(hash);
    for (let reading = 1; ; reading++) {
      const answer = await orAbsent(this.#client.send({ method: 'GET', key, signal, most: largestBlob }));
      if (!answer) throw absent(hash, this.location);
      if (sha256(answer.body) === hash) return answer.body;
      if (reading === readings) throw corrupt(hash, this.location, answer.body.length);
    }
  }

  async has(hash: string): Promise<boolean> {
    return (await this.#head(hash)) !== undefined;
  }

  async *list({ signal, foreign }: BlobListOptions = {}): AsyncIterable<StoredBlob> {
    for (let token: string | undefined = ''; token !== undefined;) {
      const page = await this.#page(token === '' ? {} : { 'continuation-token': token }, signal);
      const isEncoded = page.text('EncodingType') === 'url';
      for (const entry of page.all('Contents')) {
        const name = (isEncoded ? decoded(entry.text('Key')) : entry.text('Key')).slice(this.#prefix.length);
        const hash = hashOfName(name);
        if (hash !== undefined)
          yield { hash, bytes: number(entry.text('Size')), putAt: number(Date.parse(entry.text('LastModified'))) };
        // Consoles put an empty object where people make a "folder".
        else if (name !== '') foreign?.(name);
      }
      token = nextToken(page, token);
    }
  }

  /** Between the question for its time and the removal others may put it: some milliseconds, which S3 gives no means to close. */
  async remove(hash: string, { before }: { readonly before?: number | undefined } = {}): Promise<boolean> {
    const there = await this.#head(hash);
    if (!there) return false;
    // Told in whole seconds.
    if (before !== undefined && number(Date.parse(there.get('last-modified') ?? '')) + 1000 > before) return false;
    await this.#client.send({ method: 'DELETE', key: this.#key(hash) });
    return true;
  }

  /** MinIO lists unfinished uploads of whole names alone, and ends old ones itself; a store that lists none at all has none for us. */
  async sweep({ signal }: Pick<WorkOptions, 'signal'> = {}): Promise<number> {
    try {
      return await endOldUploads(this.#client, this.#prefix, Date.now() - staleAfter, signal);
    } catch (error) {
      if (error instanceof MessierError && error.code === 'blob/s3-lacks') return 0;
      throw error;
    }
  }

  async #head(hash: string): Promise<Headers | undefined> {
    return (await orAbsent(this.#client.send({ method: 'HEAD', key: this.#key(hash) })))?.headers;
  }

  async #page(query: Readonly<Record<string, string>>, signal: AbortSignal | undefined): Promise<Xml> {
    const asked = { 'list-type': '2', 'encoding-type': 'url', prefix: this.#prefix, ...query };
    return readXml(await this.#client.send({ method: 'GET', key: '', query: asked, signal }), 'ListBucketResult');
  }

  #key(hash: string): string {
    return this.#prefix + blobName(hash);
  }
}

async function orAbsent<T>(answer: Promise<T>): Promise<T | undefined> {
  return answer.catch((error: unknown) => {
    if (error instanceof MessierError && error.code === 'blob/s3-absent') return undefined;
    throw error;
  });
}

function nextToken(page: Xml, last: string): string | undefined {
  if (page.text('IsTruncated') === 'false') return undefined;
  const token = page.text('NextContinuationToken');
  if (token === '' || token === last) {
    throw new MessierError(
      'blob/s3-answer',
      'The S3 store lists its bucket without an end and without a next page. Check its log.',
    );
  }
  return token;
}

function number(value: string | number): number {
  const read = value === '' ? NaN : Number(value);
  if (Number.isFinite(read) && read >= 0) return read;
  throw new MessierError(
    'blob/s3-answer',
    'The S3 store should tell size and time of each object. Check that AWS_ENDPOINT_URL_S3 is an S3 store.',
  );
}

/** Keys as they were, from the form in which any of their characters fits into XML. */
function decoded(key: string): string {
  try {
    return decodeURIComponent(key.replaceAll('+', ' '));
  } catch {
    // Encoded by no rule: it is shown as it came, and is no blob.
    return key;
  }
}
