import { constants } from 'node:buffer';
import { createHash } from 'node:crypto';
import { availableParallelism } from 'node:os';
import { basename, dirname, join } from 'node:path';
import { crc32 } from 'node:zlib';
import { MessierError } from '../core/errors.js';
import type { WorkOptions } from '../core/progress.js';
import { removeLeftovers, writeAtomically } from '../formats/atomic.js';
import { readFileWhole } from '../formats/read-file.js';
import { decodeSafetensors, encodeSafetensors } from '../formats/safetensors.js';
import { tensorBytes } from '../onnx/tensors.js';
import { isTensorInfo, type Model, type Tensor } from '../onnx/types.js';
import { encodeModel } from '../onnx/write.js';
import { createSession } from '../runtime/session.js';
import { augmentInto, unchanged, type Change } from './augment.js';
import { checkItems } from './batch-maker.js';
import { CacheReader } from './cache-reader.js';
import type { PixelCache, Preprocess } from './types.js';
import { makeFolders } from '../formats/make-folders.js';

/** Changes whenever the same pictures would give other features. */
const format = 1;
/** Views of pictures that go through the network at once. */
const viewsAtOnce = 32;
/** Most values of a cache: 512 MiB. */
export const MOST_FEATURES = 2 ** 27;

const { a, b, c, d } = unchanged;
const mirrors: readonly Change[] = [unchanged, { ...unchanged, a: -a }, { ...unchanged, d: -d }, { ...unchanged, a: -a, d: -d }];
/** The views of `deploy`, in its order. */
const changes: Readonly<Record<FeatureCacheOptions['views'], readonly Change[]>> = {
  one: [unchanged],
  flips: mirrors,
  dihedral: [...mirrors, ...mirrors.map((mirror) => ({ ...mirror, a: b, b: mirror.d, c: mirror.a, d: c }))],
};

/** Whose features are kept, and where. */
export interface FeatureCacheOptions extends WorkOptions {
  /** Input `image` float32 (N, channels, size, size); its first output (N, D) are the features. */
  readonly model: Model;
  readonly preprocess: Preprocess;
  /** The views of each picture, as in {@link ModelCard}: itself, mirrored, or all eight positions. */
  readonly views: 'one' | 'flips' | 'dihedral';
  /** Takes one file a cache, named by what determines it. Made where it is absent. */
  readonly folder: string;
  /** Every core unless told. Results depend on it in the last bits, so that each number has a cache of its own. */
  readonly threads?: number | undefined;
}

/** Features of every picture of a pixel cache. */
export interface FeatureCache {
  /** float32 (N, views, D), pictures in the order of the pixel cache. */
  readonly features: Tensor;
  /** Whether they were there already. */
  readonly reused: boolean;
}

/**
 * What a network that stays as it is makes of every picture and its views, computed once: a head on it then trains in seconds
 * (`logisticRegression`). The file `folder/<key>.safetensors` is found again by the network's weights and graph, the pictures, preprocess,
 * views and threads; it appears whole or not at all, and one that was altered is made anew.
 *
 * @throws MessierError `dataset/batches` where network and pixel cache do not fit, `dataset/features` where the model gives no rows of float32,
 * `cache/limit`, `cache/read`, `file/write`, what the session throws; the signal's reason
 *
 * @example
 * const { features } = await makeFeatureCache(cache, { model: featureModel(backbone), preprocess, views: 'flips', folder: 'cache' });
 */
export async function makeFeatureCache(cache: PixelCache, options: FeatureCacheOptions): Promise<FeatureCache> {
  const { folder, progress, signal, threads = availableParallelism() } = options;
  signal?.throwIfAborted();
  checkItems(cache, { indices: [0], preprocess: options.preprocess }, 1);
  const key = featureKey(cache, options, threads);
  const file = join(folder, `${key}.safetensors`);
  const total = cache.items.length;
  const found = await readFeatures(file, key);
  if (found) {
    progress?.({ stage: 'reuse features', done: total, total, unit: 'pictures' });
    return { features: found, reused: true };
  }
  await prepareFolder(folder);
  const features = await compute(cache, options, threads);
  const metadata = { format: 'messier-features', key, crc32: checksum(features) };
  await writeAtomically(file, encodeSafetensors(new Map([['features', features]]), metadata));
  return { features, reused: false };
}

/** SHA-256 of all that determines the features. */
function featureKey(
  { path, side, channels, items }: PixelCache,
  { model, preprocess, views }: FeatureCacheOptions,
  threads: number,
): string {
  const hash = createHash('sha256');
  const { size, mean, deviation } = preprocess;
  const pictures = items.map(({ id, hash: content }) => [id, content]);
  // The folder of a pixel cache is named by what determines its pixels.
  hash.update(JSON.stringify([format, basename(dirname(path)), side, channels, pictures, size, mean, deviation, views, threads]));
  for (const piece of encodeModel(model).model) hash.update(piece);
  return hash.digest('hex');
}

/** What a file holds; `undefined` where there is none or it is damaged. */
async function readFeatures(file: string, key: string): Promise<Tensor | undefined> {
  try {
    const { tensors, metadata } = decodeSafetensors(await readFileWhole(file, constants.MAX_LENGTH));
    const features = tensors.get('features');
    return features && metadata['key'] === key && metadata['crc32'] === checksum(features) ? features : undefined;
  } catch (error) {
    if (error instanceof MessierError) return undefined;
    throw error;
  }
}

function checksum(features: Tensor): string {
  return crc32(tensorBytes(features), crc32(features.dims.join())).toString(16);
}

async function compute(cache: PixelCache, options: FeatureCacheOptions, threads: number): Promise<Tensor> {
  const { model, preprocess, progress, signal } = options;
  const { size, channels } = preprocess;
  const views = changes[options.views];
  const total = cache.items.length;
  const atOnce = viewsAtOnce / views.length;
  const part = channels * size * size;
  const { output, width } = outputOf(model);
  const features = allocate(total * views.length * width);
  const reader = new CacheReader(cache);
  try {
    checkItems(cache, { indices: [total - 1], preprocess }, reader.count);
    const session = await createSession(model, { device: 'cpu', threads });
    try {
      const pixels = new Uint8Array(reader.bytesEach);
      const run = async (start: number): Promise<Tensor | undefined> => {
        const count = Math.min(atOnce, total - start);
        const data = new Float32Array(count * views.length * part);
        for (let picture = 0; picture < count; picture++) {
          reader.read(start + picture, pixels);
          for (const [view, change] of views.entries()) {
            augmentInto(data, (picture * views.length + view) * part, pixels, { ...preprocess, side: cache.side }, change);
          }
        }
        const image: Tensor = { type: 'float32', dims: [count * views.length, channels, size, size], data };
        return (await session.run({ image }, [output], { transfer: true }))[output];
      };
      let next = run(0);
      for (let start = 0; start < total; start += atOnce) {
        const current = next;
        // While the network works on one part, the pixels of the next are made.
        if (start + atOnce < total) {
          next = run(start + atOnce);
          next.catch(() => undefined);
        }
        const rows = (await current)?.data as Float32Array;
        features.set(rows, start * views.length * width);
        signal?.throwIfAborted();
        progress?.({ stage: 'compute features', done: Math.min(total, start + atOnce), total, unit: 'pictures' });
      }
      return { type: 'float32', dims: [total, views.length, width], data: features };
    } finally {
      await session.release();
    }
  } finally {
    reader.close();
  }
}

/** The first output, rows of so many numbers. */
function outputOf({ graph }: Model): { readonly output: string; readonly width: number } {
  const [output] = graph.outputs;
  const shape = output && isTensorInfo(output) && output.type === 'float32' ? output.shape : undefined;
  const [, width] = shape ?? [];
  if (output && shape?.length === 2 && typeof width === 'number' && width > 0) return { output: output.name, width };
  throw new MessierError(
    'dataset/features',
    `Features are the model's first output, float32 (N, D); "${output?.name ?? ''}" is (${shape?.join(', ') ?? '?'}). Pass what featureModel makes.`,
  );
}

function allocate(count: number): Float32Array {
  if (count <= MOST_FEATURES) return new Float32Array(count);
  throw new MessierError(
    'cache/limit',
    `A feature cache holds at most ${MOST_FEATURES} values; these pictures and views have ${count}. Take fewer views, or pictures.`,
  );
}

/** Makes the folder, and removes what killed processes left half-written. */
async function prepareFolder(folder: string): Promise<void> {
  try {
    await makeFolders(folder);
  } catch (cause) {
    const reason = cause instanceof Error ? cause.message : String(cause);
    throw new MessierError('file/write', `The folder "${folder}" can't be made: ${reason}. Check the path.`, { cause });
  }
  await removeLeftovers(folder);
}
