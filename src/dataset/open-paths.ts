import { stat } from 'node:fs/promises';
import { isAbsolute, relative, resolve, sep } from 'node:path';

/** The path of a file relative to the folder, with forward slashes; `undefined` where it leads out of it. */
export function pathInside(folder: string, file: string): string | undefined {
  if (file.includes('\0')) return undefined;
  const way = relative(folder, resolve(folder, file.replaceAll('\\', '/')));
  const isOutside = way === '' || way === '..' || way.startsWith(`..${sep}`) || isAbsolute(way);
  return isOutside ? undefined : way.replaceAll(sep, '/');
}

/** The first of these paths that is a regular file. */
export async function firstFile(paths: Iterable<string>): Promise<string | undefined> {
  for (const path of new Set(paths)) {
    const isFile = await stat(path).then(
      (stats) => stats.isFile(),
      () => false,
    );
    if (isFile) return path;
  }
  return undefined;
}
