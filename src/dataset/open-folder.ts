import type { Dirent } from 'node:fs';
import { readdir, realpath, stat } from 'node:fs/promises';
import { join } from 'node:path';
import { MessierError } from '../core/errors.js';
import type { Stretch } from '../sky/stretch.js';
import { isPictureFile } from './load-picture.js';
import { cleanLabel, FileDataset } from './open-files.js';
import type { Where } from './open-options.js';
import type { Dataset, Skipped } from './types.js';

/** What is walked through. */
export const folderLimits = { depth: 32, files: 4_000_000 } as const;

/**
 * The pictures below a folder. Where sub-folders hold some, the first folder on the way is the label; pictures beside those folders are
 * skipped then. Otherwise nothing has a label. Links are followed; hidden files, hidden folders and `__MACOSX` are as if they weren't there.
 *
 * @returns `undefined` where there is no picture.
 * @throws MessierError `dataset/limit`.
 */
export async function openFolder(path: string, where: Where, stretch: Stretch): Promise<Dataset | undefined> {
  const { files, skipped } = await walk(path);
  if (!files.length) return undefined;
  const hasClasses = files.some((id) => id.includes('/'));
  const left: Skipped[] = hasClasses
    ? files
        .filter((id) => !id.includes('/'))
        .map((id) => ({
          id,
          code: 'label/missing',
          reason: 'The picture lies beside the folders of the classes, in none of them.',
        }))
    : [];
  const items = files
    .filter((id) => !hasClasses || id.includes('/'))
    .map((id) => ({ id, label: hasClasses ? cleanLabel(id.slice(0, id.indexOf('/'))) : undefined, path: join(path, id) }));
  return new FileDataset(where, items, [...left, ...skipped], stretch);
}

interface Found {
  /** Paths with forward slashes, relative to the folder, in the order of their characters. */
  readonly files: string[];
  readonly skipped: Skipped[];
}

async function walk(root: string): Promise<Found> {
  const found: Found = { files: [], skipped: [] };
  await visit(root, '', [await realpath(root)], found);
  found.files.sort();
  return found;
}

/** `above`: the real paths of the folders on the way, which a link must not lead back to. */
async function visit(folder: string, prefix: string, above: readonly string[], found: Found): Promise<void> {
  if (above.length > folderLimits.depth) {
    found.skipped.push({ id: prefix, code: 'dataset/depth', reason: `Folders are read ${folderLimits.depth} deep.` });
    return;
  }
  let entries: Dirent[];
  try {
    entries = await readdir(folder, { withFileTypes: true });
  } catch (error) {
    found.skipped.push({ id: prefix, code: 'dataset/unreadable', reason: messageOf(error) });
    return;
  }
  for (const entry of entries) {
    if (entry.name.startsWith('.') || entry.name === '__MACOSX') continue;
    const id = prefix + entry.name;
    const path = join(folder, entry.name);
    try {
      const kind = entry.isSymbolicLink() ? await stat(path) : entry;
      if (kind.isDirectory()) await enter(path, id, above, found);
      else if (kind.isFile() && isPictureFile(entry.name)) found.files.push(id);
      else found.skipped.push({ id, code: 'picture/format', reason: 'Its name is not that of a picture.' });
    } catch (error) {
      if (error instanceof MessierError) throw error;
      // A link that leads nowhere or in circles.
      found.skipped.push({ id, code: 'dataset/unreadable', reason: messageOf(error) });
    }
    if (found.files.length + found.skipped.length > folderLimits.files) {
      throw new MessierError('dataset/limit', `"${folder}": at most ${folderLimits.files} files are read. Use several folders.`);
    }
  }
}

async function enter(path: string, id: string, above: readonly string[], found: Found): Promise<void> {
  const real = await realpath(path);
  if (above.includes(real)) found.skipped.push({ id, code: 'dataset/loop', reason: `It is a link back to "${real}".` });
  else await visit(path, `${id}/`, [...above, real], found);
}

function messageOf(error: unknown): string {
  return error instanceof Error ? error.message : String(error);
}
