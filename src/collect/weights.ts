import { stat } from 'node:fs/promises';
import { join } from 'node:path';
import { MessierError } from '../core/errors.js';
import type { WorkOptions } from '../core/progress.js';
import { loadModel } from '../formats/model-file.js';
import { readFileWhole } from '../formats/read-file.js';
import { decodeSafetensors } from '../formats/safetensors.js';
import type { Model, Tensor } from '../onnx/types.js';
import { download, type FetchOptions } from './download.js';
import { mirrored } from './mirror.js';
import { publishedWeights, type PublishedWeights } from './published-weights.js';
import { statedHash } from './stated-hash.js';
import { makeFolders } from '../formats/make-folders.js';

/** Where downloaded weights lie, and whence they come. */
export interface WeightsOptions extends WorkOptions, FetchOptions {
  /** `weights` in MESSIER_HOME. */
  readonly folder: string;
  /** A mirror that answers under the same paths; else the environment's MESSIER_MIRROR, else the publisher. */
  readonly origin?: string | undefined;
}

/** Weights that are there: an ONNX model of any architecture, or a state dict for one of ours. */
export type OpenedWeights =
  | { readonly kind: 'model'; readonly path: string; readonly model: Model }
  | {
      readonly kind: 'tensors';
      readonly path: string;
      readonly tensors: ReadonlyMap<string, Tensor>;
      /** Of downloaded ones: size, mean, deviation, terms. */
      readonly published?: PublishedWeights | undefined;
    };

/** The longest safetensors file that is read, in bytes; VGG16 has 0.55 GB. */
const longestWeights = 4e9;

/** Where the weights of an architecture lie once they are fetched. */
export function weightsPath(folder: string, { name }: PublishedWeights): string {
  return join(folder, `${name}.safetensors`);
}

/** Are the weights of an architecture here? */
export async function hasWeights(architecture: string, folder: string): Promise<boolean> {
  if (!Object.hasOwn(publishedWeights, architecture)) return false;
  return stat(weightsPath(folder, publishedOf(architecture))).then(
    (found) => found.isFile(),
    () => false,
  );
}

/**
 * Fetches the published weights of an architecture where they are not here yet: resumed, and verified by a SHA-256 known beforehand or else
 * stated by the publisher. What is here was verified when it came and is not asked for again.
 *
 * @returns The path of the safetensors file.
 * @throws MessierError `weights/unpublished` where there are none for that name, `download/unstated`, `collect/origin`, and what {@link download}
 * throws.
 *
 * @example
 * const path = await fetchWeights('convnext-atto', { folder: 'weights' });
 */
export async function fetchWeights(architecture: string, options: WeightsOptions): Promise<string> {
  const { folder, origin = process.env['MESSIER_MIRROR'], ...others } = options;
  const rest = { ...others, named: [...(others.named ?? []), ...(origin ? [origin] : [])] };
  const weights = publishedOf(architecture);
  const path = weightsPath(folder, weights);
  if (await hasWeights(architecture, folder)) return path;
  const url = mirrored(weights.url, origin);
  await makeFolders(folder).catch((error: unknown) => {
    const reason = error instanceof Error ? error.message : String(error);
    throw new MessierError('download/disk', `"${folder}" can't be made: ${reason}. Set MESSIER_HOME to another folder.`, {
      cause: error,
    });
  });
  const checksum =
    weights.sha256 === undefined ? await statedHash(url, rest) : ({ algorithm: 'sha256', digest: weights.sha256 } as const);
  await download({ url, checksum, path }, rest);
  return path;
}

/**
 * Weights by the path of an `.onnx` or `.safetensors` file, or by the name of an architecture, whose published ones are fetched.
 *
 * @throws MessierError `weights/kind` for other files (pickles are not read: they can run code), what {@link fetchWeights}, `loadModel` and
 * `decodeSafetensors` throw, `file/absent`, `file/limit`.
 *
 * @example
 * const weights = await openWeights('mobilenet.onnx', { folder });
 */
export async function openWeights(nameOrPath: string, options: WeightsOptions): Promise<OpenedWeights> {
  if (/\.onnx$/i.test(nameOrPath)) return { kind: 'model', path: nameOrPath, model: loadModel(nameOrPath) };
  const isFile = /\.safetensors$/i.test(nameOrPath);
  if (!isFile && /[./\\]/.test(nameOrPath)) {
    throw new MessierError(
      'weights/kind',
      `Weights are an .onnx or .safetensors file, or the name of an architecture, not "${nameOrPath}". ` +
        'Save a .pth file anew in PyTorch: safetensors.torch.save_file(model.state_dict(), "model.safetensors").',
    );
  }
  const path = isFile ? nameOrPath : await fetchWeights(nameOrPath, options);
  const { tensors } = decodeSafetensors(await readFileWhole(path, longestWeights));
  return { kind: 'tensors', path, tensors, ...(isFile ? {} : { published: publishedOf(nameOrPath) }) };
}

function publishedOf(architecture: string): PublishedWeights {
  const weights = Object.hasOwn(publishedWeights, architecture) ? publishedWeights[architecture] : undefined;
  if (weights) return weights;
  throw new MessierError(
    'weights/unpublished',
    `No published weights are known for "${architecture}"; there are some for ${Object.keys(publishedWeights).join(', ')}. ` +
      'Choose one of them, or give the path of an .onnx or .safetensors file.',
  );
}
