import { join, resolve } from 'node:path';
import { messierHome } from '../formats/home.js';
import type { BlobStore } from './blob-types.js';
import { FolderBlobs } from './folder-blobs.js';
import { S3Blobs } from './s3-blobs.js';
import { s3Settings } from './s3-settings.js';

/**
 * The store that MESSIER_BLOBS names: a folder or `s3://bucket/prefix`; `blobs` under {@link messierHome} unless told. Of a bucket, address, keys,
 * region and clock are tried at once.
 *
 * @param options.url In place of MESSIER_BLOBS.
 * @param options.home In place of {@link messierHome}.
 * @throws MessierError `blob/s3-url`, `blob/s3-keys` and what `S3Blobs` throws.
 *
 * @example
 * const blobs = await openBlobs();
 */
export async function openBlobs({
  home = messierHome(),
  url = process.env['MESSIER_BLOBS'] ?? '',
  signal,
}: { readonly home?: string; readonly url?: string; readonly signal?: AbortSignal | undefined } = {}): Promise<BlobStore> {
  if (url === '') return new FolderBlobs(join(home, 'blobs'));
  if (!/^[a-z][a-z0-9+.-]+:\/\//i.test(url)) return new FolderBlobs(resolve(url));
  const store = new S3Blobs(s3Settings(url, process.env));
  await store.check(signal);
  return store;
}
