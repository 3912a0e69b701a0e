import { dirname } from 'node:path';
import { MessierError } from '../core/errors.js';
import { makeFolders } from '../formats/make-folders.js';

/**
 * Makes the folder that a file asked for by `--out` will lie in: before the work, which would be lost otherwise.
 *
 * @throws MessierError `file/write`
 */
export async function prepareFile(path: string | undefined): Promise<void> {
  if (path === undefined) return;
  try {
    await makeFolders(dirname(path));
  } catch (cause) {
    const reason = cause instanceof Error ? cause.message : String(cause);
    throw new MessierError('file/write', `The folder of "${path}" can't be made: ${reason}. Choose another with --out.`, {
      cause,
    });
  }
}
