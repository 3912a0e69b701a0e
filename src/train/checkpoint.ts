import { crc32 } from 'node:zlib';
import { MessierError } from '../core/errors.js';
import { decodeSafetensors, encodeSafetensors } from '../formats/safetensors.js';
import { tensorBytes } from '../onnx/tensors.js';
import type { Tensor } from '../onnx/types.js';
import type { EpochRecord } from './types.js';

/** Sums over the steps of an epoch under way. */
export interface EpochSums {
  readonly steps: number;
  /** Of the steps' mean losses. */
  readonly loss: number;
  readonly correct: number;
  /** Of the last step. */
  readonly rate: number;
  readonly seconds: number;
  /** Seconds. */
  readonly waited: number;
}

/** The epoch that the monitor likes best, and the step after which it ended. */
export interface BestEpoch {
  readonly epoch: number;
  readonly step: number;
  readonly value: number;
}

/** How far a run has come: all of it but the tensors. Plain JSON, whose numbers are exact. */
export interface RunState {
  /** See `planOf`: what must be the same for the run to go on. */
  readonly plan: RunPlan;
  readonly threads: number;
  /** Steps done. */
  readonly step: number;
  readonly sums: EpochSums;
  readonly history: readonly EpochRecord[];
  readonly best?: BestEpoch | undefined;
  /** Of the whole run so far. */
  readonly seconds: number;
}

/** What determines a run besides its thread count. */
export interface RunPlan {
  readonly fingerprint: string;
  readonly epochs: number;
  readonly seed: number;
  readonly 'steps an epoch': number;
  readonly 'batch size': number;
}

/** A run stopped between two steps. */
export interface Checkpoint {
  readonly state: RunState;
  readonly tensors: ReadonlyMap<string, Tensor>;
}

const formatVersion = '1';

/** A checkpoint as a safetensors file, with a checksum over everything: a disk may give back other bytes than it took. */
export function encodeCheckpoint({ state, tensors }: Checkpoint): Uint8Array[] {
  const text = JSON.stringify(state);
  return encodeSafetensors(tensors, {
    format: 'messier-checkpoint',
    version: formatVersion,
    state: text,
    crc32: checksum(text, tensors),
  });
}

/**
 * Reads what {@link encodeCheckpoint} wrote.
 *
 * @throws MessierError `train/checkpoint` where it is no checkpoint, of another version, or altered; `tensors/...` where it is no sound file.
 */
export function decodeCheckpoint(bytes: Uint8Array): Checkpoint {
  const { tensors, metadata } = decodeSafetensors(bytes);
  const { format, version, state } = metadata;
  if (format !== 'messier-checkpoint' || state === undefined) throw unusable('it holds no training state');
  if (version !== formatVersion)
    throw unusable(`its format is version ${version ?? 'none'}, this program knows ${formatVersion}`);
  if (metadata['crc32'] !== checksum(state, tensors))
    throw unusable('its checksum is wrong: the file was altered after it was written');
  return { state: JSON.parse(state) as RunState, tensors };
}

function checksum(state: string, tensors: ReadonlyMap<string, Tensor>): string {
  let sum = crc32(state);
  for (const [name, tensor] of [...tensors].sort(([a], [b]) => (a < b ? -1 : 1))) {
    sum = crc32(tensorBytes(tensor), crc32(`${name} ${tensor.type} ${tensor.dims.join()}`, sum));
  }
  return sum.toString(16).padStart(8, '0');
}

function unusable(reason: string): MessierError {
  return new MessierError('train/checkpoint', `No usable checkpoint: ${reason}. Delete it to go on from the one before.`);
}
