/** `messier clean` with decisions: taken into the catalogue, and recorded there. */
import { isCatalogueLocation } from '../catalogue/location.js';
import { openBlobs } from '../catalogue/open-blobs.js';
import { openCatalogue } from '../catalogue/open.js';
import { ThumbnailFolder } from '../catalogue/thumbnails.js';
import type { Catalogue } from '../catalogue/catalogue.js';
import { applyDecisions, checkDecisions, namesOf, readDecisions, type Decision, type ItemNames } from '../clean/decisions.js';
import { collect } from '../collect/collect.js';
import { openDataset } from '../dataset/open.js';
import type { Item } from '../dataset/types.js';
import { folderSource } from '../collect/sources/folder.js';
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
    const { names, location, added } = isThere
      ? { names: await namesOf(catalogue, data), location: data, added: 0 }
      : await takenIn(catalogue, data, decisions, place, context);
    const decided = await applyDecisions(catalogue, names, decisions, place.by);
    const { accepted, dropped, relabelled, undone } = decided;
    const lines = [
      ...(isThere ? [] : [`${added} pictures taken into ${catalogue.location}`]),
      `${accepted} accepted, ${dropped} dropped, ${relabelled} relabelled, ${undone} taken back, by ${place.by}`,
      `Train on what is left: messier train RECIPE --data ${location}`,
    ];
    return { data: { ...decided, by: place.by, data: location, added }, text: lines.join('\n') };
  } finally {
    await catalogue.close();
  }
}

interface TakenIn {
  readonly names: ItemNames;
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
  checkDecisions(new Map(dataset.items.map(({ id, label }) => [id, { class: label }])), decisions);
  const source = await folderSource(data, { imageColumn, labelColumn });
  try {
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
    return { names: await itemsOf(catalogue, source.name, dataset.items), location, added };
  } finally {
    await source.close?.();
  }
}

/** The items of a folder's files; several files of the same bytes are one. */
async function itemsOf(catalogue: Catalogue, source: string, files: readonly Item[]): Promise<ItemNames> {
  const names = new Map<string, { readonly id: number; readonly class: string | undefined }>();
  for (let start = 0; start < files.length; start += atOnce) {
    const part = files.slice(start, start + atOnce);
    const known = await catalogue.known(
      source,
      part.map(({ id }) => id),
    );
    for (const { id, label } of part) {
      const item = known.get(id);
      if (typeof item === 'number') names.set(id, { id: item, class: label });
    }
  }
  return names;
}
