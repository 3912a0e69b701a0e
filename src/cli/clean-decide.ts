/** `messier clean` with decisions: taken into the catalogue, and recorded there. */
import { isCatalogueLocation } from '../catalogue/location.js';
import { openBlobs } from '../catalogue/open-blobs.js';
import { openCatalogue } from '../catalogue/open.js';
import { ThumbnailFolder } from '../catalogue/thumbnails.js';
import type { Catalogue } from '../catalogue/catalogue.js';
import { applyDecisions, checkDecisions, namesOf, readDecisions, type Decision, type ItemNames } from '../clean/decisions.js';
import { collect } from '../collect/collect.js';
import type { Source } from '../collect/source.js';
import { MessierError } from '../core/errors.js';
import { openDataset } from '../dataset/open.js';
import type { Item } from '../dataset/types.js';
import { folderSource } from '../collect/sources/folder.js';
import { sha256 } from '../formats/hash.js';
import { counted, shellWord } from '../report/format.js';
import { UsageError, type CommandContext, type Output } from './command.js';

/** Names that are asked for at once. */
const atOnce = 1000;

/** Flags that say what to record. */
export interface DecisionFlags {
  readonly accept?: readonly string[] | undefined;
  readonly drop?: readonly string[] | undefined;
  readonly relabel?: readonly string[] | undefined;
  readonly undo?: readonly string[] | undefined;
  readonly decisions?: string | undefined;
}

/** All decisions of a command line, in the order of their flags. */
export async function decisionsOf({
  accept = [],
  drop = [],
  relabel = [],
  undo = [],
  decisions,
}: DecisionFlags): Promise<Decision[]> {
  const table = decisions === undefined ? [] : await readDecisions(decisions);
  if (decisions !== undefined && table.length === 0)
    throw new UsageError(`--decisions: "${decisions}" has no row with a decision.`);
  return [
    ...accept.map((file) => ({ file, kind: 'accept' }) as const),
    ...drop.map((file) => ({ file, kind: 'drop' }) as const),
    ...relabel.map((text) => {
      const at = text.lastIndexOf('=');
      if (at < 1 || at === text.length - 1)
        throw new UsageError(`--relabel: FILE=CLASS expected, ${JSON.stringify(text)} received.`);
      return { file: text.slice(0, at), kind: 'relabel', class: text.slice(at + 1) } as const;
    }),
    ...undo.map((file) => ({ file, kind: 'undo' }) as const),
    ...table,
  ];
}

interface Place {
  readonly by: string;
  readonly imageColumn?: string | undefined;
  readonly labelColumn?: string | undefined;
}

/** Records decisions on a folder, which is taken into the catalogue where it is not there yet, or on items of the catalogue. */
export async function decide(
  data: string,
  decisions: readonly Decision[],
  place: Place,
  context: CommandContext,
): Promise<Output> {
  const catalogue = await openCatalogue();
  try {
    const isThere = isCatalogueLocation(data);
    const { names, unread, location, added } = isThere
      ? { names: await namesOf(catalogue, data), unread: new Set<string>(), location: data, added: 0 }
      : await takenIn(catalogue, data, decisions, place, context);
    // What can't be read is left out already.
    const isOut = ({ file, kind }: Decision): boolean => kind === 'drop' && unread.has(file);
    const recorded = await applyDecisions(
      catalogue,
      names,
      decisions.filter((decision) => !isOut(decision)),
      place.by,
    );
    const decided = { ...recorded, dropped: recorded.dropped + decisions.filter(isOut).length };
    const { accepted, dropped, relabelled, undone } = decided;
    const lines = [
      ...(isThere ? [] : [`${counted(added, 'picture')} taken into ${catalogue.location}`]),
      `${accepted} accepted, ${dropped} dropped, ${relabelled} relabelled, ${undone} taken back, by ${place.by}`,
      `Train on what is left: messier train RECIPE --data ${shellWord(location)}`,
    ];
    return { data: { ...decided, by: place.by, data: location, added }, text: lines.join('\n') };
  } finally {
    await catalogue.close();
  }
}

interface TakenIn {
  readonly names: ItemNames;
  /** Files that the catalogue refused. */
  readonly unread: ReadonlySet<string>;
  readonly location: string;
  readonly added: number;
}

async function takenIn(
  catalogue: Catalogue,
  data: string,
  decisions: readonly Decision[],
  { imageColumn, labelColumn }: Place,
  { progress, signal, log }: CommandContext,
): Promise<TakenIn> {
  const dataset = await openDataset(data, { imageColumn, labelColumn });
  await dataset.close();
  // Before anything is taken in.
  const files: readonly Pick<Item, 'id' | 'label'>[] = [
    ...dataset.items,
    ...dataset.skipped.map(({ id }) => ({ id, label: undefined })),
  ];
  checkDecisions(new Map(files.map(({ id, label }) => [id, { class: label }])), decisions);
  const source = await folderSource(data, { imageColumn, labelColumn });
  try {
    await checkSameFolder(catalogue, source, files, decisions);
    const blobs = await openBlobs({ signal });
    const work = { progress, signal, log };
    const { added } = await collect(source, {
      catalogue,
      blobs,
      thumbnails: new ThumbnailFolder(),
      dataset: source.name,
      ...work,
    });
    const location = `catalogue:${encodeURIComponent(source.name)}`;
    return { ...(await itemsOf(catalogue, source.name, files)), location, added };
  } finally {
    await source.close?.();
  }
}

/** Files whose content is compared, besides those that are decided on. */
const compared = 20;

/**
 * Another folder of the same name would pass for this one, and decisions would fall on its pictures. Throws `clean/source` where the catalogue has other
 * content behind a name, and where it has a source or dataset of the folder's name and none of its files.
 */
async function checkSameFolder(
  catalogue: Catalogue,
  source: Source,
  files: readonly Pick<Item, 'id'>[],
  decisions: readonly Decision[],
): Promise<void> {
  const { ids, refused } = await knownOf(catalogue, source.name, files);
  const refuse = (why: string): never => {
    throw new MessierError(
      'clean/source',
      `The catalogue has a source or dataset "${source.name}" already, and ${why}. Take this folder in under a name of its own: messier collect folder ... --name OTHER --dataset OTHER, then decide on catalogue:OTHER. Nothing was recorded.`,
    );
  };
  if (ids.size === 0) {
    const isTaken =
      (await catalogue.datasets()).some(({ name }) => name === source.name) ||
      (refused.size === 0 && (await catalogue.count({ sources: [source.name] })) > 0);
    if (isTaken) refuse('none of these files is in it');
    return;
  }
  const step = Math.max(1, Math.floor(ids.size / compared));
  const chosen = new Set([...decisions.map(({ file }) => file), ...[...ids.keys()].filter((_, at) => at % step === 0)]);
  for await (const offer of source.offers({ wanted: () => true })) {
    const id = ids.get(offer.sourceId);
    if (id === undefined || !chosen.has(offer.sourceId)) continue;
    const hash = sha256((await offer.read(undefined)).bytes);
    if ((await catalogue.byHash([hash])).get(hash)?.id !== id)
      refuse(`${JSON.stringify(offer.sourceId)} is another picture there`);
  }
}

/** The items of a folder's files; several files of the same bytes are one. */
async function itemsOf(
  catalogue: Catalogue,
  source: string,
  files: readonly Pick<Item, 'id' | 'label'>[],
): Promise<Pick<TakenIn, 'names' | 'unread'>> {
  const { ids, refused } = await knownOf(catalogue, source, files);
  const names = new Map(
    files.flatMap(({ id: file, label }) => {
      const id = ids.get(file);
      return id === undefined ? [] : [[file, { id, class: label }] as const];
    }),
  );
  return { names, unread: refused };
}

/** Files that the catalogue knows, and those that it refused. */
async function knownOf(
  catalogue: Catalogue,
  source: string,
  files: readonly Pick<Item, 'id'>[],
): Promise<{ readonly ids: ReadonlyMap<string, number>; readonly refused: ReadonlySet<string> }> {
  const ids = new Map<string, number>();
  const refused = new Set<string>();
  for (let start = 0; start < files.length; start += atOnce) {
    const part = files.slice(start, start + atOnce).map(({ id }) => id);
    for (const [file, item] of await catalogue.known(source, part)) {
      if (item === 'refused') refused.add(file);
      else ids.set(file, item);
    }
  }
  return { ids, refused };
}
