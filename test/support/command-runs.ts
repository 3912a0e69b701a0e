/** Commands in children of their own, for end-to-end tests: their JSON, their errors, and what a signal at a chosen moment leaves. */
import { spawn } from 'node:child_process';
import { mkdir, readdir, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { expect } from 'vitest';
import { encodePicture } from '../../src/formats/picture-encode.js';
import { galaxyKinds, galaxyPicture, simulateGalaxy } from '../../src/sky/simulate.js';
import { projectFile, type ChildResult } from './child.js';

type Messier = (...args: string[]) => Promise<ChildResult>;

/** What a command that succeeds prints with `--json`. */
export async function jsonOf<T>(messier: Messier, ...args: string[]): Promise<T> {
  const { code, stdout, stderr } = await messier(...args, '--json');
  expect({ args, code, stderr: code === 0 ? '' : stderr }).toEqual({ args, code: 0, stderr: '' });
  return JSON.parse(stdout) as T;
}

/** The code of the error that a command ends with, and what it says. No stack trace is shown to users. */
export async function failureOf(
  messier: Messier,
  ...args: string[]
): Promise<{ readonly code: string; readonly message: string }> {
  const result = await messier(...args, '--json');
  expect({ args, code: result.code }).toEqual({ args, code: 1 });
  expect(result.stderr).not.toMatch(/^\s+at /m);
  return (JSON.parse(result.stdout) as { error: { code: string; message: string } }).error;
}

/** Trains until a line of news matches, then kills the process. Resolves to what it printed; rejects where it ended by itself. */
export function killedAt(args: readonly string[], home: string, news: RegExp): Promise<string> {
  const main = fileURLToPath(projectFile('src/cli/main.ts'));
  const child = spawn(process.execPath, ['--import', 'tsx', main, 'train', ...args], {
    stdio: ['ignore', 'ignore', 'pipe'],
    env: { ...process.env, MESSIER_HOME: home },
  });
  let printed = '';
  child.stderr.setEncoding('utf8').on('data', (text: string) => {
    printed += text;
    if (news.test(printed)) child.kill('SIGKILL');
  });
  return new Promise((resolve, reject) => {
    child.on('error', reject);
    child.on('close', (_, signal) => {
      if (signal === 'SIGKILL') resolve(printed);
      else reject(new Error(`It was not killed: ${printed}`));
    });
  });
}

/** Writes simulated galaxies of two kinds, unless told, in turn as `<kind>/<number>.png`, with their paths relative to the folder. */
export async function writeGalaxies(
  folder: string,
  { count, side, kinds = 2 }: { readonly count: number; readonly side: number; readonly kinds?: number },
): Promise<{ readonly kind: string; readonly file: string }[]> {
  const written: { kind: string; file: string }[] = [];
  for (let number = 0; number < count; number++) {
    const kind = galaxyKinds[number % kinds] ?? 'elliptical';
    const file = `${kind}/${number}.png`;
    await mkdir(join(folder, kind), { recursive: true });
    const galaxy = simulateGalaxy(kind, { seed: 5, index: number }, { side });
    await writeFile(join(folder, file), await encodePicture(galaxyPicture(galaxy), { format: 'png' }));
    written.push({ kind, file });
  }
  return written;
}

/** Files of a folder, sorted. */
export const filesOf = async (folder: string): Promise<string[]> => (await readdir(folder)).sort();
