import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, test, vi } from 'vitest';
import { startS3 } from '../../test/support/s3.js';
import { openBlobs } from './open-blobs.js';

let home = '';
beforeEach(async () => {
  home = await mkdtemp(join(tmpdir(), 'messier-open-'));
});
afterEach(async () => {
  vi.unstubAllEnvs();
  await rm(home, { recursive: true, force: true });
});

test('the folder is the default; MESSIER_BLOBS names another, or a bucket', async () => {
  vi.stubEnv('MESSIER_HOME', home);
  vi.stubEnv('MESSIER_BLOBS', undefined);
  expect((await openBlobs()).location).toBe(join(home, 'blobs'));
  expect((await openBlobs({ home: '/elsewhere' })).location).toBe(join('/elsewhere', 'blobs'));
  vi.stubEnv('MESSIER_BLOBS', join(home, 'own'));
  expect((await openBlobs()).location).toBe(join(home, 'own'));
  expect((await openBlobs({ url: '' })).location).toBe(join(home, 'blobs'));

  const s3 = await startS3(['pictures']);
  try {
    vi.stubEnv('MESSIER_BLOBS', 's3://pictures/messier');
    vi.stubEnv('AWS_ENDPOINT_URL_S3', s3.endpoint);
    vi.stubEnv('AWS_ACCESS_KEY_ID', s3.keys.accessKey);
    vi.stubEnv('AWS_SECRET_ACCESS_KEY', s3.keys.secretKey);
    const store = await openBlobs();
    expect(store.location).toBe(`s3://pictures/messier (${s3.endpoint}/pictures)`);
    expect(await store.get(await store.put(Uint8Array.of(1, 2)))).toEqual(Uint8Array.of(1, 2));
    vi.stubEnv('AWS_SECRET_ACCESS_KEY', 'wrong');
    await expect(openBlobs()).rejects.toMatchObject({ code: 'blob/s3-access' });
  } finally {
    await s3.stop();
  }
});

test.each(['http://host/bucket', 'gs://bucket', 'S3://bucket', 's3://b'])('%s is no store', async (url) => {
  await expect(openBlobs({ url })).rejects.toMatchObject({ code: 'blob/s3-url' });
});
