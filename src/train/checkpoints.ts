import { constants } from 'node:buffer';
import { readdir, rm } from 'node:fs/promises';
import path from 'node:path';
import { MessierError } from '../core/errors.js';
import { writeAtomically } from '../formats/atomic.js';
import { readFileWhole } from '../formats/read-file.js';
import type { Tensor } from '../onnx/types.js';
import { decodeCheckpoint, encodeCheckpoint, type Checkpoint } from './checkpoint.js';
import { makeFolders } from '../formats/make-folders.js';

/** What is kept: the newest and, should it be damaged, the one before. */
const KEPT = 2;

/** A run to go on with, and the weights of its best epoch. */
export interface Found extends Checkpoint {
  readonly bestTensors?: ReadonlyMap<string, Tensor> | undefined;
}

/**
 * The folder `checkpoints/` of a run: `step-00001234.safetensors` holds a run after so many steps, `best-00001234.safetensors` the weights of
 * the epoch that ended there. A file is written once and whole; a best epoch's before the first checkpoint that names it, so that every
 * checkpoint finds its own best weights, whenever the process is killed. The newest two of each kind are kept, which is enough: every
 * epoch ends in a checkpoint, so two of them in a row know at most two best epochs.
 */
export class Checkpoints {
  private readonly folder: string;

  constructor(runFolder: string) {
    this.folder = path.join(runFolder, 'checkpoints');
  }

  /** Steps of the checkpoints there are, newest first. */
  async steps(): Promise<number[]> {
    return this.stepsOf('step');
  }

  /** Makes the folder where there is none, and removes what a killed process left half-written. Only for the folder's one user. */
  async prepare(): Promise<void> {
    await makeFolders(this.folder);
    for (const name of await readdir(this.folder)) {
      if (name.endsWith('.tmp')) await rm(path.join(this.folder, name), { force: true });
    }
  }

  /**
   * The newest checkpoint that is sound, `undefined` where there is none at all. What lies after it is removed: it belongs to a future that
   * comes again.
   *
   * @throws MessierError `train/checkpoint` where there are some and all are damaged; `file/...` where one can't be read.
   */
  async newest(onNotice: (text: string) => void): Promise<Found | undefined> {
    const failures: string[] = [];
    for (const step of await this.steps()) {
      try {
        const found = await this.read(step);
        await this.removeAfter(step);
        return found;
      } catch (error) {
        if (!(error instanceof MessierError) || error.code === 'file/read') throw error;
        failures.push(`${fileName('step', step)}: ${error.message}`);
        onNotice(`The checkpoint after step ${step} is damaged and passed over. ${error.message}`);
      }
    }
    if (failures.length === 0) return undefined;
    throw new MessierError(
      'train/checkpoint',
      `None of the checkpoints in "${this.folder}" is usable. ${failures.join(' ')} Train anew in another folder.`,
    );
  }

  /** Writes a checkpoint and removes those that are no longer needed. */
  async save(checkpoint: Checkpoint): Promise<void> {
    await this.write('step', checkpoint.state.step, checkpoint);
    for (const kind of ['step', 'best'] as const) {
      for (const step of (await this.stepsOf(kind)).slice(KEPT)) await this.remove(kind, step);
    }
  }

  /** Writes the weights of the best epoch, which ended after `checkpoint.state.step`. Comes before the {@link save} of that epoch. */
  async saveBest(checkpoint: Checkpoint): Promise<void> {
    await this.write('best', checkpoint.state.step, checkpoint);
  }

  private async read(step: number): Promise<Found> {
    const checkpoint = await this.readFile('step', step);
    const { best } = checkpoint.state;
    if (!best) return checkpoint;
    return { ...checkpoint, bestTensors: (await this.readFile('best', best.step)).tensors };
  }

  private async readFile(kind: Kind, step: number): Promise<Checkpoint> {
    return decodeCheckpoint(await readFileWhole(path.join(this.folder, fileName(kind, step)), constants.MAX_LENGTH));
  }

  private async write(kind: Kind, step: number, checkpoint: Checkpoint): Promise<void> {
    await writeAtomically(path.join(this.folder, fileName(kind, step)), encodeCheckpoint(checkpoint));
  }

  private async removeAfter(step: number): Promise<void> {
    for (const kind of ['step', 'best'] as const) {
      for (const later of await this.stepsOf(kind)) if (later > step) await this.remove(kind, later);
    }
  }

  private async remove(kind: Kind, step: number): Promise<void> {
    await rm(path.join(this.folder, fileName(kind, step)), { force: true });
  }

  private async stepsOf(kind: Kind): Promise<number[]> {
    const names = await readdir(this.folder).catch((error: unknown) => {
      if (error instanceof Error && 'code' in error && error.code === 'ENOENT') return [];
      throw error;
    });
    const found = names.map((name) => new RegExp(`^${kind}-(\\d{8,})\\.safetensors$`).exec(name)?.[1]);
    return found
      .filter((digits) => digits !== undefined)
      .map(Number)
      .sort((a, b) => b - a);
  }
}

type Kind = 'step' | 'best';

const fileName = (kind: Kind, step: number): string => `${kind}-${String(step).padStart(8, '0')}.safetensors`;
