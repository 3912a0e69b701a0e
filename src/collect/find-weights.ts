/** Pretrained weights that are on this machine, for work that is better with them and possible without. */
import { readdir, stat } from 'node:fs/promises';
import { basename, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { MessierError } from '../core/errors.js';
import type { WorkOptions } from '../core/progress.js';
import { modelNames } from '../models/index.js';
import type { FetchOptions } from './download.js';
import { publishedWeights } from './published-weights.js';
import { fetchWeights } from './weights.js';

/** A file of weights. */
export interface FoundWeights {
  readonly path: string;
  /** Whose state dict it is; `undefined` of an ONNX model, which says so itself. */
  readonly architecture?: string | undefined;
}

export interface FindWeightsOptions extends WorkOptions, FetchOptions {
  /** `weights` in MESSIER_HOME: searched, and where asked-for weights are downloaded to. */
  readonly folder: string;
  /** Unless told, that of the process. */
  readonly environment?: Readonly<Record<string, string | undefined>> | undefined;
}

/**
 * Weights to describe pictures with. Asked for: a file, or the name of an architecture, whose published weights are fetched. Unasked, what lies here
 * already: the file that MESSIER_WEIGHTS names, else the first by name in `folder`, else the first in `weights` of MESSIER_SHARED_DATA,
 * or without that variable of `shared/data` beside a checkout of the source; nothing is downloaded. Of a safetensors file the name tells the architecture: `resnet18.safetensors`, or as it was published.
 *
 * @returns `undefined` where nobody asked and there are none.
 * @throws MessierError `weights/kind` for another kind of file or one whose architecture is unknown, `file/absent`, what {@link fetchWeights} throws.
 *
 * @example
 * const weights = await findWeights(undefined, { folder: join(messierHome(), 'weights') });
 */
export async function findWeights(asked: string | undefined, options: FindWeightsOptions): Promise<FoundWeights | undefined> {
  const { folder, environment = process.env, ...work } = options;
  const named = asked ?? environment['MESSIER_WEIGHTS'];
  if (named !== undefined && named !== '') {
    if (modelNames().includes(named)) return { path: await fetchWeights(named, { folder, ...work }), architecture: named };
    if (await isFile(named)) return weightsOf(named) ?? refuse(named);
    throw new MessierError(
      'file/absent',
      `There are no weights "${named}". Give the path of an .onnx or .safetensors file, or one of ${Object.keys(publishedWeights).join(', ')}.`,
    );
  }
  const shared = environment['MESSIER_SHARED_DATA'] ?? (options.environment ? '' : besideCheckout);
  for (const place of [folder, ...(shared === '' ? [] : [join(shared, 'weights')])]) {
    for (const name of (await readdir(place).catch(() => [])).sort()) {
      const path = join(place, name);
      const found = weightsOf(path);
      if (found && (await isFile(path))) return found;
    }
  }
  return undefined;
}

/** Where developers have the shared data. */
const besideCheckout = fileURLToPath(new URL('../../../shared/data', import.meta.url));

const isFile = (path: string): Promise<boolean> =>
  stat(path).then(
    (found) => found.isFile(),
    () => false,
  );

/** What a file's name says; `undefined` where that is not enough to open it. */
function weightsOf(path: string): FoundWeights | undefined {
  if (/\.onnx$/i.test(path)) return { path };
  if (!/\.safetensors$/i.test(path)) return undefined;
  const stem = basename(path).replace(/\.safetensors$/i, '');
  const architecture = modelNames().find((name) => name === stem || publishedWeights[name]?.name === stem);
  return architecture === undefined ? undefined : { path, architecture };
}

function refuse(path: string): never {
  throw new MessierError(
    'weights/kind',
    `Weights are an .onnx file, or a .safetensors file that is named after its architecture, not "${path}". ` +
      `Rename it, as resnet18.safetensors; known are ${modelNames().join(', ')}.`,
  );
}
