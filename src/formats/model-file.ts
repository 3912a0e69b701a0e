import { closeSync, fstatSync, openSync, readSync, realpathSync, statSync } from 'node:fs';
import { basename, dirname, isAbsolute, join, relative, sep } from 'node:path';
import { MessierError } from '../core/errors.js';
import { defaultReadLimits, type ReadLimits } from '../onnx/proto/limits.js';
import { readModel } from '../onnx/read.js';
import type { Model } from '../onnx/types.js';
import { upgradeModel } from '../onnx/upgrade/index.js';
import { encodeModel, type ExternalTarget } from '../onnx/write.js';
import { writeAtomically } from './atomic.js';

/** How a model file is loaded. */
export interface LoadOptions {
  readonly limits?: Partial<ReadLimits>;
  /** Bring models of an opset before 17 to it. On unless told; everything but looking at a file needs it. */
  readonly upgrade?: boolean;
}

/**
 * Reads an ONNX file and the files of its external tensors, which lie in the same folder or below it.
 *
 * @throws MessierError `onnx/file` where a file can't be read, `onnx/external` for external data outside the folder or beyond the end of
 * their file, and what readModel and upgradeModel throw.
 */
export function loadModel(path: string, options: LoadOptions = {}): Model {
  const { limits = {}, upgrade = true } = options;
  const bytes = readPart(path, 0, undefined, limits.bytes ?? defaultReadLimits.bytes);
  const folder = dirname(path);
  const external = (location: string, offset: number, length: number | undefined): Uint8Array =>
    readPart(insideOf(folder, location), offset, length, limits.tensorBytes ?? defaultReadLimits.tensorBytes);
  const model = readModel(bytes, { limits, external, owned: true });
  return upgrade ? upgradeModel(model) : model;
}

/** How a model file is saved. */
export interface SaveOptions {
  /** Puts large tensors into a file of this name beside the model; needed above 2 GiB. */
  readonly external?: ExternalTarget;
}

/**
 * Writes an ONNX file, whole at every instant ({@link writeAtomically}). External tensors go first, so that a model never names data
 * that are not there.
 *
 * @throws MessierError `onnx/external` for a location that is no plain file name, `onnx/limit` above 2 GiB without external data, `file/write`.
 */
export async function saveModel(model: Model, path: string, options: SaveOptions = {}): Promise<void> {
  const { external } = options;
  const isPlain =
    external && basename(external.location) === external.location && !['', '.', '..', basename(path)].includes(external.location);
  if (external && !isPlain) {
    throw new MessierError(
      'onnx/external',
      `External data lie beside the model under a name of their own, not at "${external.location}".`,
    );
  }
  const encoded = encodeModel(model, external ? { external } : {});
  const folder = dirname(path);
  if (external) await writeAtomically(join(folder, external.location), encoded.external);
  await writeAtomically(path, encoded.model);
}

function insideOf(folder: string, location: string): string {
  const path = join(folder, location);
  if (location !== '' && !isAbsolute(location) && !location.includes('\0') && !leaves(folder, path)) {
    const real = realPath(path);
    // A symbolic link may lead out of the folder where the name does not.
    if (!leaves(realPath(folder), real)) return real;
  }
  throw new MessierError(
    'onnx/external',
    `External data lie in the model's folder or below it; "${location.slice(0, 256)}" does not.`,
  );
}

function leaves(folder: string, path: string): boolean {
  const way = relative(folder, path);
  return way === '..' || way.startsWith(`..${sep}`) || isAbsolute(way);
}

function realPath(path: string): string {
  try {
    return realpathSync(path);
  } catch (error) {
    throw unreadable(path, error);
  }
}

/** `length` bytes from `offset` on, all up to the end where it is not given. The size is known before memory is taken. */
function readPart(path: string, offset: number, length: number | undefined, most: number): Uint8Array {
  let file: number;
  try {
    // Opening a pipe would wait for its writer.
    if (!statSync(path).isFile()) throw new Error('it is no regular file');
    file = openSync(path, 'r');
  } catch (error) {
    throw unreadable(path, error);
  }
  try {
    const { size } = fstatSync(file);
    const wanted = length ?? size - offset;
    if (wanted < 0 || offset + wanted > size) {
      throw new MessierError(
        'onnx/external',
        `"${path}" has ${size} bytes; bytes ${offset} to ${offset + wanted} were asked for.`,
      );
    }
    if (wanted > most) throw new MessierError('onnx/limit', `At most ${most} bytes are read at once, "${path}" has ${wanted}.`);
    return readFully(file, offset, new Uint8Array(wanted), path);
  } finally {
    closeSync(file);
  }
}

function readFully(file: number, offset: number, bytes: Uint8Array, path: string): Uint8Array {
  let done = 0;
  while (done < bytes.length) {
    const count = tryRead(file, bytes, done, offset + done, path);
    if (count === 0) throw new MessierError('onnx/truncated', `"${path}" ended after ${offset + done} bytes while it was read.`);
    done += count;
  }
  return bytes;
}

function tryRead(file: number, bytes: Uint8Array, at: number, position: number, path: string): number {
  try {
    return readSync(file, bytes, at, Math.min(bytes.length - at, 2 ** 30), position);
  } catch (error) {
    throw unreadable(path, error);
  }
}

function unreadable(path: string, cause: unknown): MessierError {
  const reason = cause instanceof Error ? cause.message : String(cause);
  return new MessierError('onnx/file', `"${path}" can't be read: ${reason}. Check the path.`, { cause });
}
