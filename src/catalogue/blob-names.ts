import { MessierError } from '../core/errors.js';
import { sha256 } from '../formats/hash.js';
import { largestBlob } from './blob-types.js';

/**
 * Where a blob lies in its store: `ab/cdef...`, so that a folder of a million files has 256 folders of 4,000. The same in folders and
 * buckets: one may be copied into the other.
 *
 * @throws MessierError `blob/hash`.
 */
export function blobName(hash: string): string {
  if (!/^[0-9a-f]{64}$/.test(hash)) {
    throw new MessierError(
      'blob/hash',
      `A blob's hash has 64 hexadecimal digits in lower case (SHA-256), received ${JSON.stringify(hash.slice(0, 80))}.`,
    );
  }
  return `${hash.slice(0, 2)}/${hash.slice(2)}`;
}

/** The hash of the blob with this name; `undefined` for any other name. */
export function hashOfName(name: string): string | undefined {
  return /^[0-9a-f]{2}\/[0-9a-f]{62}$/.test(name) ? name.replace('/', '') : undefined;
}

/** The hash of bytes that are to be stored. @throws MessierError `blob/limit`. */
export function hashToStore(bytes: Uint8Array): string {
  if (bytes.length > largestBlob) {
    throw new MessierError('blob/limit', `Files up to ${largestBlob} bytes are stored, this one has ${bytes.length}.`);
  }
  return sha256(bytes);
}

export function absent(hash: string, location: string): MessierError {
  return new MessierError(
    'blob/absent',
    `There is no blob ${hash} in ${location}. "messier catalogue verify" lists what is missing, "messier collect ... --repair" brings it back.`,
  );
}

export function corrupt(hash: string, location: string, bytes: number): MessierError {
  return new MessierError(
    'blob/corrupt',
    `Blob ${hash} in ${location} is damaged: its ${bytes} bytes have another SHA-256. "messier collect ... --repair" replaces it.`,
  );
}
