/** The head that was fitted on frozen features, in its run's folder: what a checkpoint is to other runs. */
import { constants } from 'node:buffer';
import { stat } from 'node:fs/promises';
import { join } from 'node:path';
import { crc32 } from 'node:zlib';
import { MessierError } from '../core/errors.js';
import { writeAtomically } from '../formats/atomic.js';
import { readFileWhole } from '../formats/read-file.js';
import { decodeSafetensors, encodeSafetensors } from '../formats/safetensors.js';
import { tensorBytes } from '../onnx/tensors.js';
import type { Tensor } from '../onnx/types.js';
import { makeFolders } from '../formats/make-folders.js';

/** A fitted head: `head.weight` and `head.bias`. */
export interface FittedHead {
  readonly tensors: ReadonlyMap<string, Tensor>;
  /** Its fitting took. */
  readonly seconds: number;
}

const fileOf = (folder: string): string => join(folder, 'head.safetensors');

/** Throws `train/folder` where the folder holds the head of an earlier run. */
export async function checkHeadless(folder: string): Promise<void> {
  const found = await stat(fileOf(folder)).catch(() => undefined);
  if (!found) return;
  throw new MessierError(
    'train/folder',
    `"${folder}" holds a run, whose head is fitted. Go on with it (resume: true, --resume on the command line), or choose another folder.`,
  );
}

/**
 * The head in a run's folder; `undefined` where there is none, or a damaged one, which is told.
 *
 * @throws MessierError `train/fingerprint` where it is another run's, `file/read`.
 */
export async function readHead(
  folder: string,
  fingerprint: string,
  onNotice?: (text: string) => void,
): Promise<FittedHead | undefined> {
  const file = fileOf(folder);
  if (!(await stat(file).catch(() => undefined))) return undefined;
  const content = decoded(await readFileWhole(file, constants.MAX_LENGTH));
  if (!content || content.metadata['crc32'] !== content.checksum) {
    onNotice?.(`"${file}" is damaged; the head is fitted again.`);
    return undefined;
  }
  if (content.metadata['fingerprint'] === fingerprint) {
    return { tensors: content.tensors, seconds: Number(content.metadata['seconds']) };
  }
  throw new MessierError(
    'train/fingerprint',
    `The head in "${folder}" is of another run: other pictures, weights or settings. A run goes on as it began: set that back, or train in another folder.`,
  );
}

/** Keeps the head of a run, in a folder that may have to be made. Throws `file/write`. */
export async function writeHead(folder: string, fingerprint: string, { tensors, seconds }: FittedHead): Promise<void> {
  const metadata = { format: 'messier-head/1', fingerprint, seconds: String(seconds), crc32: checksumOf(tensors) };
  await makeFolders(folder);
  await writeAtomically(fileOf(folder), encodeSafetensors(tensors, metadata));
}

function decoded(bytes: Uint8Array): (ReturnType<typeof decodeSafetensors> & { readonly checksum: string }) | undefined {
  try {
    const file = decodeSafetensors(bytes);
    return { ...file, checksum: checksumOf(file.tensors) };
  } catch (error) {
    if (error instanceof MessierError) return undefined;
    throw error;
  }
}

function checksumOf(tensors: ReadonlyMap<string, Tensor>): string {
  const sorted = [...tensors].sort(([a], [b]) => (a < b ? -1 : 1));
  return sorted.reduce((sum, [name, tensor]) => crc32(tensorBytes(tensor), crc32(name, sum)), 0).toString(16);
}
