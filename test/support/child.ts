import { execFile } from 'node:child_process';
import { createRequire } from 'node:module';
import { pathToFileURL } from 'node:url';
import { promisify } from 'node:util';

const run = promisify(execFile);
export const loader = pathToFileURL(createRequire(import.meta.url).resolve('tsx')).href;

/** URL of a file of the project, for programs that a child runs: `projectFile('src/runtime/index.ts')`. */
export const projectFile = (file: string): string => new URL(`../../${file}`, import.meta.url).href;

/** How a child process ended. */
export interface ChildResult {
  readonly code: number;
  readonly stdout: string;
  readonly stderr: string;
}

/** Runs node on a program given as module text; TypeScript files may be imported from it. Never rejects for an exit code. */
export function runModule(
  program: string,
  options: { readonly env?: NodeJS.ProcessEnv; readonly typescript?: boolean } = {},
): Promise<ChildResult> {
  const loading = options.typescript === false ? [] : ['--import', loader];
  return runNode([...loading, '--input-type=module', '--eval', program], options.env);
}

/** Runs node with these arguments. */
export async function runNode(args: readonly string[], env: NodeJS.ProcessEnv = {}): Promise<ChildResult> {
  try {
    const { stdout, stderr } = await run(process.execPath, args, { env: { ...process.env, ...env }, maxBuffer: 2 ** 26 });
    return { code: 0, stdout, stderr };
  } catch (error) {
    if (!(error instanceof Error && 'code' in error && 'stdout' in error && 'stderr' in error)) throw error;
    return { code: typeof error.code === 'number' ? error.code : -1, stdout: String(error.stdout), stderr: String(error.stderr) };
  }
}
