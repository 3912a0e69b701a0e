import { appendFile, readdir, rm } from 'node:fs/promises';
import path from 'node:path';
import { MessierError } from '../core/errors.js';
import { writeAtomically } from '../formats/atomic.js';
import type { EpochRecord } from './types.js';

const name = 'metrics.jsonl';
const line = (record: EpochRecord): string => `${JSON.stringify(record)}\n`;

/** Makes `metrics.jsonl` say what the checkpoint knows: a killed process may have left a line too few, or half a one. */
export async function rewriteMetrics(folder: string, history: readonly EpochRecord[]): Promise<void> {
  for (const file of await readdir(folder)) {
    if (file.startsWith(`${name}.`) && file.endsWith('.tmp')) await rm(path.join(folder, file), { force: true });
  }
  await writeAtomically(path.join(folder, name), history.map(line).join(''));
}

/** Adds a line; who follows the file sees it at once. Throws `file/write`. */
export async function appendMetrics(folder: string, record: EpochRecord): Promise<void> {
  const file = path.join(folder, name);
  try {
    await appendFile(file, line(record));
  } catch (cause) {
    const reason = cause instanceof Error ? cause.message : String(cause);
    throw new MessierError('file/write', `"${file}" can't be written: ${reason}. Check the folder and its free space.`, {
      cause,
    });
  }
}
