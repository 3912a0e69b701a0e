import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { afterAll, beforeAll } from 'vitest';
import { loader, projectFile, runNode, type ChildResult } from './child.js';

const main = fileURLToPath(projectFile('src/cli/main.ts'));

/** `messier` with these variables; the catalogue is a file and pictures lie beside it, unless they say otherwise. */
export const messierWith =
  (env: NodeJS.ProcessEnv) =>
  (...args: string[]): Promise<ChildResult> =>
    runNode(['--import', loader, main, ...args], { DATABASE_URL: '', MESSIER_BLOBS: '', ...env });

/** A temporary folder for the tests of a file, with `MESSIER_HOME` inside it for the commands they run. */
export function workFolder(): { readonly path: () => string; readonly messier: (...args: string[]) => Promise<ChildResult> } {
  let folder = '';
  beforeAll(async () => {
    folder = await mkdtemp(join(tmpdir(), 'messier-test-'));
  });
  afterAll(async () => {
    await rm(folder, { recursive: true, force: true });
  });
  return {
    path: () => folder,
    messier: (...args) => messierWith({ MESSIER_HOME: join(folder, 'home') })(...args),
  };
}
