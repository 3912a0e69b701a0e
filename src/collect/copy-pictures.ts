import { mkdir, readdir, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import type { BlobStore } from '../catalogue/blob-types.js';
import type { Catalogue } from '../catalogue/catalogue.js';
import type { Item, ItemQuery } from '../catalogue/types.js';
import { MessierError } from '../core/errors.js';
import type { WorkOptions } from '../core/progress.js';
import { writeAtomically } from '../formats/atomic.js';
import { csvCell } from '../formats/csv.js';
import { makeFolders } from '../formats/make-folders.js';

/** Pictures that are read and written at once. */
const atOnce = 8;
/** Characters of a name; what is outside of ASCII takes up to four bytes of the 255 that file systems allow. */
const longestName = 40;
const header = ['file', 'label', 'source', 'name', 'title', 'date', 'credit', 'copyright', 'licence', 'url', 'sha256'];

export interface CopyOptions extends WorkOptions {
  readonly catalogue: Catalogue;
  readonly blobs: BlobStore;
}

export interface CopiedPictures {
  readonly copied: number;
  /** Items whose stored file is missing or damaged. */
  readonly skipped: readonly { readonly id: string; readonly code: string; readonly reason: string }[];
}

/**
 * Copies the pictures of a query out of the catalogue: one sub-folder a class (`no class` for items without one), and `labels.csv` with the
 * class as it is written, origin and rights of each. Any program reads that, and so does every command here that takes data, which leaves out what has no class beside others that have one. Names hold letters,
 * digits, spaces and `._()+–-` alone and end in the content's hash. labels.csv comes last: a folder without it is unfinished.
 *
 * @throws MessierError `copy/folder` for a folder that holds something already, `copy/empty` where the query finds nothing, `copy/write`;
 *   what reads the blobs throws, but for missing and damaged ones; the signal's reason.
 *
 * @example
 * await copyPictures({ dataset: 'six' }, 'six', { catalogue: await openCatalogue(), blobs: await openBlobs() });
 */
export async function copyPictures(
  query: ItemQuery,
  folder: string,
  { catalogue, blobs, progress, signal }: CopyOptions,
): Promise<CopiedPictures> {
  const items: Item[] = [];
  for await (const item of catalogue.stream(query)) items.push(item);
  if (items.length === 0) {
    throw new MessierError('copy/empty', `Nothing is found in ${catalogue.location}. "messier catalogue" shows what is there.`);
  }
  await told(folder, async () => {
    await makeFolders(folder);
    if ((await readdir(folder)).length > 0) {
      throw new MessierError('copy/folder', `"${folder}" holds something already. Give a new folder, or empty this one.`);
    }
  });
  const folders = foldersOf(items.map(({ class: label = '' }) => label));
  await told(folder, () => Promise.all([...folders.values()].map((name) => mkdir(join(folder, name)))));
  const lines: (string | undefined)[] = [];
  const skipped: CopiedPictures['skipped'][number][] = [];
  const copy = async (item: Item, place: number) => {
    const file = `${folders.get(item.class ?? '') ?? ''}/${nameOf(item)}`;
    try {
      const bytes = await blobs.get(item.hash, { signal });
      await told(folder, () => writeFile(join(folder, file), bytes, { signal }));
      lines[place] = rowOf(item, file);
    } catch (error) {
      if (!(error instanceof MessierError) || !['blob/absent', 'blob/corrupt'].includes(error.code)) throw error;
      skipped.push({ id: `${item.source}/${item.sourceId}`, code: error.code, reason: error.message });
    }
  };
  for (let start = 0; start < items.length; start += atOnce) {
    signal?.throwIfAborted();
    await Promise.all(items.slice(start, start + atOnce).map((item, index) => copy(item, start + index)));
    progress?.({ stage: 'copy pictures', done: Math.min(items.length, start + atOnce), total: items.length, unit: 'pictures' });
  }
  const rows = lines.flatMap((line) => line ?? []);
  await writeAtomically(join(folder, 'labels.csv'), [header.join(','), ...rows, ''].join('\n'));
  return { copied: rows.length, skipped };
}

/** What a file system refuses, with the folder it is about. */
async function told<T>(folder: string, work: () => Promise<T>): Promise<T> {
  try {
    return await work();
  } catch (error) {
    if (!(error instanceof Error) || !('syscall' in error)) throw error;
    throw new MessierError('copy/write', `"${folder}" can't be written: ${error.message}. Check the folder and its free space.`);
  }
}

/** A folder for each class. Classes whose names differ only in case, or in what a file name can't hold, get numbers. */
function foldersOf(classes: readonly string[]): ReadonlyMap<string, string> {
  const folders = new Map<string, string>();
  const taken = new Set<string>();
  for (const label of [...new Set(classes)].sort()) {
    const plain = label === '' ? 'no class' : plainName(label);
    let name = plain;
    for (let number = 2; taken.has(name.toLowerCase()); number++) name = `${plain} (${number})`;
    taken.add(name.toLowerCase());
    folders.set(label, name);
  }
  return folders;
}

/** What every file system takes as a name; Windows keeps some words to itself. */
function plainName(text: string): string {
  const plain = Array.from(text.normalize('NFC').replaceAll(/[^\p{L}\p{M}\p{N} ._()+–-]/gu, '_'))
    .slice(0, longestName)
    .join('');
  const name = plain.replaceAll(/^[ .]+|[ .]+$/g, '');
  return name === '' || /^(con|prn|aux|nul|com\d|lpt\d)(\.|$)/i.test(name) ? `_${name}` : name;
}

const extensions: Readonly<Record<string, string>> = { jpeg: 'jpg', tiff: 'tif' };

/** Its name at the source, its hash, and what it is. */
function nameOf({ sourceId, hash, format }: Item): string {
  const own = plainName((sourceId.split('/').at(-1) ?? '').replace(/\.\w{1,5}$/, ''));
  return `${own}-${hash.slice(0, 12)}.${extensions[format] ?? format}`;
}

function rowOf(item: Item, file: string): string {
  const { class: label, source, sourceId, title, date, credit, copyright, licence, url, hash } = item;
  return [file, label, source, sourceId, title, date, credit, copyright, licence, url, hash]
    .map((cell = '') => csvCell(cell))
    .join(',');
}
