import { existsSync } from 'node:fs';
import { resolve } from 'node:path';

/** The folder of real data that tests, benchmarks and examples read in place. */
export const sharedData = resolve(process.env['MESSIER_SHARED_DATA'] ?? '../shared/data');

/**
 * A folder or file of the shared data; `undefined`, with a word on the console, where it is absent and tests are to be skipped.
 * In CI absence is an error.
 *
 * @example
 * const cases = findShared('onnx_cases');
 * describe.skipIf(!cases)('the cases of ONNX', () => { ... });
 */
export function findShared(...parts: readonly string[]): string | undefined {
  const path = resolve(sharedData, ...parts);
  if (existsSync(path)) return path;
  const message = `${path} is absent: set MESSIER_SHARED_DATA to the folder of shared data.`;
  if (process.env['CI'] === 'true') throw new Error(message);
  console.warn(`Skipped. ${message}`);
  return undefined;
}
