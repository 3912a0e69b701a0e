import { mkdir, stat } from 'node:fs/promises';
import { dirname, resolve } from 'node:path';

/**
 * Makes a folder and those above it that are missing, beside other processes that do the same. Node's own recursive mkdir never ends where the system
 * says of a new folder that the one above it is absent, as below /proc.
 *
 * @returns The uppermost folder that was made; `undefined` where all of them were there.
 * @throws The system's error: no permission, no space, a file in the way.
 *
 * @example
 * await makeFolders('runs/first/checkpoints');
 */
export async function makeFolders(path: string): Promise<string | undefined> {
  const missing: string[] = [];
  for (let folder = resolve(path); !(await isFolder(folder)); folder = dirname(folder)) missing.unshift(folder);
  for (const folder of missing) {
    await mkdir(folder).catch(async (error: unknown) => {
      if (!(await isFolder(folder))) throw error;
    });
  }
  return missing[0];
}

const isFolder = (path: string): Promise<boolean> =>
  stat(path).then(
    (found) => found.isDirectory(),
    () => path === dirname(path),
  );
