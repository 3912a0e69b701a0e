import { MessierError } from '../core/errors.js';
import type { SplitManifest } from './manifest.js';
import type { Part } from './types.js';

/** Ids that an error lists. */
const mostListed = 5;

export interface ApplyOptions {
  /** Items that the manifest does not know are left out instead of refused. */
  readonly leaveOutNew?: boolean | undefined;
}

type Entry = SplitManifest['items'][number];

/**
 * The part of each item as a manifest has it; `undefined` for those left out. Items are known by their content, wherever they lie and
 * whatever they are called; of several with one content by their id first. Labels may have changed.
 *
 * @throws MessierError `split/changed` where an id of the manifest has other content now, `split/missing` where content of the manifest is
 * not there, `split/new` where there is more, unless `leaveOutNew`
 *
 * @example
 * const parts = applyManifest(await readManifest('runs/1/split.json'), cache.items);
 */
export function applyManifest(
  manifest: SplitManifest,
  items: readonly { readonly id: string; readonly hash: string }[],
  { leaveOutNew = false }: ApplyOptions = {},
): (Part | undefined)[] {
  const key = (hash: string, id: string) => `${hash} ${id}`;
  const entries = new Map(manifest.items.map((entry) => [key(entry.hash, entry.id), entry]));
  const open = new Set(manifest.items);
  const found = items.map(({ id, hash }): Entry | undefined => {
    const entry = entries.get(key(hash, id));
    if (entry) open.delete(entry);
    return entry;
  });
  // Moved items, after those that are where they were: of copies of one content each takes an entry of its own.
  const byContent = new Map<string, Entry[]>();
  for (const entry of [...open].reverse()) {
    const same = byContent.get(entry.hash);
    if (same) same.push(entry);
    else byContent.set(entry.hash, [entry]);
  }
  for (const [index, { hash }] of items.entries()) {
    if (found[index]) continue;
    const entry = byContent.get(hash)?.pop();
    if (entry) open.delete(entry);
    found[index] = entry;
  }

  const ids = new Set(items.map(({ id }) => id));
  const changed = [...open].filter(({ id }) => ids.has(id)).map(({ id }) => id);
  refuse('split/changed', changed, 'pictures of the split have other content now', 'Restore them, or split anew');
  const missing = [...open].map(({ id }) => id);
  refuse('split/missing', missing, 'pictures of the split are not in the data', 'Restore them, or split anew');
  const added = items.filter((_, index) => !found[index]).map(({ id }) => id);
  if (!leaveOutNew) refuse('split/new', added, 'pictures are not in the split', 'Take them out of the data, or split anew');
  return found.map((entry) => entry?.part);
}

function refuse(code: string, ids: readonly string[], problem: string, wayOut: string): void {
  if (ids.length === 0) return;
  const more = ids.length > mostListed ? ` and ${ids.length - mostListed} more` : '';
  throw new MessierError(code, `${ids.length} ${problem}: ${ids.slice(0, mostListed).join(', ')}${more}. ${wayOut}.`);
}
