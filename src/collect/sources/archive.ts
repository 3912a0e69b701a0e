import { open } from 'node:fs/promises';
import { basename, resolve } from 'node:path';
import { MessierError } from '../../core/errors.js';
import type { OpenOptions } from '../../dataset/open-options.js';
import { csvLimits, parseTable } from '../../formats/csv.js';
import { isGzip } from '../../formats/gzip.js';
import { unreadable } from '../../formats/read-file.js';
import type { Offer, Source } from '../source.js';
import { labelTable, planByFolders, planByTable, type ArchivePlan } from './archive-plan.js';
import type { Archive, ArchiveEntry } from './archive-types.js';
import { folderLabels, refusedOffer } from './folder.js';
import { openTar } from './tar.js';
import { openZip } from './zip.js';

export interface ArchiveSourceOptions extends Pick<OpenOptions, 'imageColumn' | 'labelColumn' | 'textColumn'> {
  /** In the catalogue; that of the file without its ending unless told. */
  readonly name?: string | undefined;
}

/**
 * The pictures in a zip or tar archive (`.tar`, `.tar.gz`, `.tgz`), known by its opening bytes. Entries are read one by one, and nothing is unpacked to
 * disk. Labels come from `labels.csv` at its top, or from the folders in it.
 *
 * Links, devices, encrypted entries, names that lead out of the archive, second entries of one name, entries that contradict the archive's
 * directory and archives in archives are refused one by one; archives that are cut off or unpack to far more than pictures do as a whole.
 *
 * @throws MessierError `archive/format`, `archive/damaged`, `archive/limit`, `archive/bomb`, `dataset/empty`, `dataset/columns`, `csv/...`, `file/absent`.
 *
 * @example
 * const source = await archiveSource('spacenet.zip');
 * const { added, refused } = await collect(source, { catalogue, blobs });
 * await source.close?.();
 */
export async function archiveSource(path: string, options: ArchiveSourceOptions = {}): Promise<Source> {
  const { name = basename(resolve(path)).replace(/(\.tar)?\.[^.]+$/, ''), ...columns } = options;
  const archive = await openArchive(path);
  try {
    const plan = await planOf(archive, path, columns);
    return {
      name,
      total: plan.entries.length + plan.skipped.length,
      offers: ({ signal, wanted }) => offersOf(archive, plan, name, signal, wanted),
      close: () => archive.close(),
    };
  } catch (error) {
    await archive.close();
    throw error;
  }
}

async function openArchive(path: string): Promise<Archive> {
  const head = new Uint8Array(512);
  const length = await readHead(path, head);
  const opening = Buffer.from(head.subarray(0, length)).toString('latin1');
  if (opening.startsWith('PK\x03\x04') || opening.startsWith('PK\x05\x06')) return openZip(path);
  if (isGzip(head)) return openTar(path, true);
  if (opening.slice(257, 262) === 'ustar') return openTar(path, false);
  throw new MessierError(
    'archive/format',
    `"${path}" is no archive that is read: zip, tar and tar.gz are. Pack it as one of them.`,
  );
}

async function readHead(path: string, head: Uint8Array): Promise<number> {
  try {
    const file = await open(path);
    try {
      return (await file.read(head, 0, head.length, 0)).bytesRead;
    } finally {
      await file.close();
    }
  } catch (error) {
    throw unreadable(path, error);
  }
}

async function planOf(archive: Archive, path: string, columns: Omit<ArchiveSourceOptions, 'name'>): Promise<ArchivePlan> {
  const table = labelTable(archive.entries);
  const plan = table
    ? planByTable(archive.entries, parseTable(await bytesOf(archive, table), `${path}/${table.name}`), table, columns)
    : planByFolders(archive.entries);
  if (plan.entries.length > 0) return plan;
  const [first] = plan.skipped;
  const why = first ? ` The first of ${plan.skipped.length} entries left out, ${first.id.slice(0, 200)}: ${first.reason}` : '';
  throw new MessierError('dataset/empty', `"${path}" holds no picture that is read.${why}`);
}

async function bytesOf(archive: Archive, entry: ArchiveEntry): Promise<Uint8Array> {
  if (entry.bytes > csvLimits.bytes) throw new MessierError('file/limit', `Tables of up to ${csvLimits.bytes} bytes are read.`);
  for await (const content of archive.contents([entry], undefined)) return content.read();
  throw new MessierError('archive/damaged', `"${entry.name}" is gone: the archive changes while it is read.`);
}

async function* offersOf(
  archive: Archive,
  { entries, skipped }: ArchivePlan,
  name: string,
  signal: AbortSignal | undefined,
  wanted: (label: string) => boolean,
): AsyncIterable<Offer> {
  const planned = new Map(entries.map((plan) => [plan.entry, plan]));
  const chosen = entries.filter(({ label }) => wanted(label ?? '')).map(({ entry }) => entry);
  for await (const content of archive.contents(chosen, signal)) {
    const { entry, held } = content;
    const { label, text } = planned.get(entry) ?? {};
    const labels = folderLabels(label, name);
    const read: Offer['read'] = async (_, own) => {
      if (held === 0) await own?.take(entry.bytes);
      return { bytes: await content.read() };
    };
    yield { sourceId: entry.name, description: text, labels, held, read };
  }
  for (const left of skipped) yield refusedOffer(left);
}
