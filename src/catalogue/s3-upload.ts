import { MessierError } from '../core/errors.js';
import { readXml, type Xml } from './s3-answers.js';
import type { S3Client } from './s3-client.js';

/** Files above so many bytes go up in parts: 16 MiB. A lost connection costs one part then. */
export const partsAbove = 16 * 2 ** 20;
/** Bytes of a part, above S3's least of 5 MiB; a blob has at most 128 parts, far from S3's 10,000. */
export const partBytes = 8 * 2 ** 20;
const partsAtOnce = 3;
/** Requests that end an upload, until the store says that there is none. */
const endings = 3;

/**
 * Uploads a large file in parts. Where that fails, and where the signal says stop, the parts are given up: nothing stays that is paid for. What a
 * killed process leaves, {@link endOldUploads} ends.
 */
export async function uploadInParts(
  client: S3Client,
  key: string,
  body: Uint8Array,
  signal: AbortSignal | undefined,
): Promise<void> {
  // Where the answer is lost and asked for again there are two uploads; the first is swept after a day.
  const begun = readXml(
    await client.send({ method: 'POST', key, query: { uploads: '' }, signal }),
    'InitiateMultipartUploadResult',
  );
  const uploadId = begun.text('UploadId');
  try {
    const tags = await sendParts(client, key, uploadId, body, signal);
    await complete(client, key, uploadId, tags, body.length, signal);
  } catch (error) {
    // Without the signal, which may be why we are here. The first failure is the one to tell of.
    await endUpload(client, key, uploadId).catch(() => undefined);
    throw error;
  }
}

/** Ends uploads under a prefix that were begun before a time (milliseconds since 1970). How many. */
export async function endOldUploads(
  client: S3Client,
  prefix: string,
  before: number,
  signal: AbortSignal | undefined,
): Promise<number> {
  const old: { readonly key: string; readonly id: string }[] = [];
  let from: Record<string, string> = {};
  for (let truncated = true; truncated;) {
    const query = { uploads: '', prefix, ...from };
    const page = readXml(await client.send({ method: 'GET', key: '', query, signal }), 'ListMultipartUploadsResult');
    for (const upload of page.all('Upload')) {
      if (Date.parse(upload.text('Initiated')) < before) old.push({ key: upload.text('Key'), id: upload.text('UploadId') });
    }
    truncated = page.text('IsTruncated') === 'true';
    from = nextPage(page, from);
  }
  for (const { key, id } of old) await endUpload(client, key, id, signal);
  return old.length;
}

function nextPage(page: Xml, last: Readonly<Record<string, string>>): Record<string, string> {
  const next = { 'key-marker': page.text('NextKeyMarker'), 'upload-id-marker': page.text('NextUploadIdMarker') };
  const isSame = next['key-marker'] === last['key-marker'] && next['upload-id-marker'] === last['upload-id-marker'];
  if (page.text('IsTruncated') === 'true' && (isSame || next['key-marker'] === '')) {
    throw new MessierError('blob/s3-answer', 'The S3 store lists unfinished uploads without an end. Check its log.');
  }
  return next;
}

/** The tags of all parts, in order. All requests have ended when it returns or throws, so that none arrives after the upload's end. */
async function sendParts(
  client: S3Client,
  key: string,
  uploadId: string,
  body: Uint8Array,
  signal: AbortSignal | undefined,
): Promise<readonly string[]> {
  const failed = new AbortController();
  const stop = signal ? AbortSignal.any([signal, failed.signal]) : failed.signal;
  const tags = new Array<string>(Math.ceil(body.length / partBytes));
  let next = 0;
  const sendSome = async () => {
    while (next < tags.length) {
      const part = next++;
      const query = { partNumber: String(part + 1), uploadId };
      const bytes = body.subarray(part * partBytes, (part + 1) * partBytes);
      const answer = await client.send({ method: 'PUT', key, query, body: bytes, signal: stop });
      tags[part] = answer.headers.get('etag') ?? '';
    }
  };
  const lanes = Array.from({ length: partsAtOnce }, () =>
    sendSome().catch((error: unknown) => {
      failed.abort(error);
      throw error;
    }),
  );
  await Promise.allSettled(lanes);
  await Promise.all(lanes);
  return tags;
}

async function complete(
  client: S3Client,
  key: string,
  uploadId: string,
  tags: readonly string[],
  bytes: number,
  signal: AbortSignal | undefined,
): Promise<void> {
  const parts = tags.map((tag, index) => `<Part><PartNumber>${index + 1}</PartNumber><ETag>${escaped(tag)}</ETag></Part>`);
  const body = new TextEncoder().encode(`<CompleteMultipartUpload>${parts.join('')}</CompleteMultipartUpload>`);
  try {
    // It may take minutes and then fail under status 200; the client treats that as the failure it is.
    readXml(await client.send({ method: 'POST', key, query: { uploadId }, body, signal }), 'CompleteMultipartUploadResult');
  } catch (error) {
    // An answer that was lost: the upload is over because it succeeded.
    if (!(error instanceof MessierError) || error.code !== 'blob/s3-upload') throw error;
    const there = await client.send({ method: 'HEAD', key, signal });
    if (Number(there.headers.get('content-length')) !== bytes) throw error;
  }
}

/** A part that was given up on its way may still arrive after the upload's end; then it is there again, and ended again. */
async function endUpload(client: S3Client, key: string, uploadId: string, signal?: AbortSignal): Promise<void> {
  try {
    for (let ending = 0; ending < endings; ending++) {
      await client.send({ method: 'DELETE', key, query: { uploadId }, signal });
    }
  } catch (error) {
    if (!(error instanceof MessierError) || error.code !== 'blob/s3-upload') throw error;
  }
}

function escaped(text: string): string {
  return text.replace(/[&<>]/g, (sign) => `&#${sign.charCodeAt(0)};`);
}
