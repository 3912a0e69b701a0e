import { createRequire } from 'node:module';
import { fileURLToPath, pathToFileURL } from 'node:url';
import { Worker } from 'node:worker_threads';

const fromSource = import.meta.url.endsWith('.ts');

/** Node runs TypeScript sources through tsx; the published package is JavaScript and needs no loader. */
const tsx = (file: string): string =>
  new URL(file, pathToFileURL(createRequire(import.meta.url).resolve('tsx/package.json'))).href;

/** Flags of the process are not the worker's: `--input-type` of `node --eval` would make it fail. */
const execArgv: string[] = [];

/**
 * Starts a module of this package in a thread of its own.
 *
 * @param file The module's `.js` file, which is a `.ts` file where this one is TypeScript itself.
 */
export function startThread(file: URL, workerData?: unknown): Worker {
  if (!fromSource) return new Worker(file, { execArgv, workerData });
  // Workers of Node 20 take no loader from execArgv: the loader is registered within.
  const entry = JSON.stringify(file.href.replace(/\.js$/, '.ts'));
  const code = `import { register } from ${JSON.stringify(tsx('dist/esm/api/index.mjs'))}; register(); await import(${entry});`;
  return new Worker(new URL(`data:text/javascript,${encodeURIComponent(code)}`), { execArgv, workerData });
}

/** Starts the thread of a session. */
export const startWorker = (): Worker => startThread(new URL('./worker.js', import.meta.url));

/** Arguments for a node process that runs `probe.js`, or `probe.ts` where this file is TypeScript itself. */
export function probeArguments(): string[] {
  if (!fromSource) return [fileURLToPath(new URL('./probe.js', import.meta.url))];
  return ['--import', tsx('dist/loader.mjs'), fileURLToPath(new URL('./probe.ts', import.meta.url))];
}
