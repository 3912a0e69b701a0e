import { open, readFile, readdir, rm } from 'node:fs/promises';
import { hostname } from 'node:os';
import path from 'node:path';
import { MessierError } from '../core/errors.js';

/** Files of this process's locks: one that lies there without being among them is an ended process's of the same number. */
const heldHere = new Set<string>();

/** A folder held by this process. */
export interface FolderLock {
  release(): Promise<void>;
}

/**
 * Holds a folder for this process alone by an empty file named after it: machine, process number and the process's start time (on Linux;
 * elsewhere 0). Each process writes its own file before it looks for others, so that of two that come at the same instant one or both are
 * refused, never none. Files of processes that ended are removed. Of another machine's file nobody can tell whether its process lives: it
 * counts as held.
 *
 * @throws MessierError `train/locked` where another process, or this one, holds the folder; `file/write` where it can't be written.
 */
export async function lockFolder(folder: string): Promise<FolderLock> {
  const host = hostname().replaceAll(/[^A-Za-z0-9.]/g, '_');
  const own = lockName({ host, pid: process.pid, start: (await processStart(process.pid)) ?? 0 });
  const file = path.resolve(folder, own);
  if (heldHere.has(file)) throw held(folder, own, `This process (${process.pid})`);
  heldHere.add(file);
  try {
    await (await open(file, 'w')).close();
  } catch (cause) {
    heldHere.delete(file);
    const reason = cause instanceof Error ? cause.message : String(cause);
    throw new MessierError('file/write', `"${file}" can't be written: ${reason}. Check the folder and its free space.`, {
      cause,
    });
  }
  const release = async () => {
    await rm(file, { force: true });
    heldHere.delete(file);
  };
  try {
    for (const name of await readdir(folder)) {
      const other = parseName(name);
      if (!other || name === own) continue;
      if (other.host !== host) throw held(folder, name, `Process ${other.pid} on "${other.host}"`);
      if (await lives(other)) throw held(folder, name, `Process ${other.pid}`);
      await rm(path.join(folder, name), { force: true });
    }
  } catch (error) {
    await release();
    throw error;
  }
  return { release };
}

interface Holder {
  readonly host: string;
  readonly pid: number;
  /** Clock ticks after the machine's start; 0 where the system does not tell. */
  readonly start: number;
}

const lockName = ({ host, pid, start }: Holder): string => `training-${host}-${pid}-${start}.lock`;

function parseName(name: string): Holder | undefined {
  const [, host, pid, start] = /^training-([^-]*)-(\d+)-(\d+)\.lock$/.exec(name) ?? [];
  return host === undefined ? undefined : { host, pid: Number(pid), start: Number(start) };
}

/** Does that very process still run? A number used again by a later process does not count. */
async function lives({ pid, start }: Holder): Promise<boolean> {
  try {
    process.kill(pid, 0);
  } catch (error) {
    if (hasCode(error, 'ESRCH')) return false;
    // EPERM: it runs for another user.
  }
  const now = await processStart(pid);
  return now === undefined || start === 0 || now === start;
}

/** When a process started, from /proc; -1 for one that ended and waits for its parent, `undefined` where there is no /proc. */
async function processStart(pid: number): Promise<number | undefined> {
  try {
    const text = await readFile(`/proc/${pid}/stat`, 'utf8');
    // The fields after the name, which may hold spaces and brackets: the first is the state, the 20th the start time.
    const fields = text.slice(text.lastIndexOf(')') + 2).split(' ');
    return fields[0] === 'Z' || fields[0] === 'X' ? -1 : Number(fields[19]);
  } catch {
    return undefined;
  }
}

function held(folder: string, file: string, who: string): MessierError {
  return new MessierError(
    'train/locked',
    `One process at a time trains in a folder. ${who} trains in "${folder}". Wait for it, choose another folder, or, if it no longer runs, delete "${file}" there.`,
  );
}

const hasCode = (error: unknown, code: string): boolean => error instanceof Error && 'code' in error && error.code === code;
