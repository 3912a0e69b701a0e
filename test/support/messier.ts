import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { afterAll, beforeAll } from 'vitest';
import { projectFile, runNode, type ChildResult } from './child.js';

/** A temporary folder for the tests of a file, with `MESSIER_HOME` inside it for the commands they run. */
export function workFolder(): { readonly path: () => string; readonly messier: (...args: string[]) => Promise<ChildResult> } {
  let folder = '';
  beforeAll(async () => {
    folder = await mkdtemp(join(tmpdir(), 'messier-test-'));
  });
  afterAll(async () => {
    await rm(folder, { recursive: true, force: true });
  });
  const main = fileURLToPath(projectFile('src/cli/main.ts'));
  return {
    path: () => folder,
    messier: (...args) => runNode(['--import', 'tsx', main, ...args], { MESSIER_HOME: join(folder, 'home') }),
  };
}
