/** What people decide on pictures, as labels in the catalogue. */
import type { Catalogue } from '../catalogue/catalogue.js';
import { checkDataset } from '../catalogue/check-dataset.js';
import { parseLocation } from '../catalogue/location.js';
import type { NewLabel } from '../catalogue/types.js';
import { MessierError } from '../core/errors.js';
import { readTable } from '../formats/csv.js';

/** What a person says of a picture. `undo` takes the same person's last word on it back. */
export interface Decision {
  /** As the review lists it. */
  readonly file: string;
  readonly kind: 'accept' | 'drop' | 'relabel' | 'undo';
  /** Of kind `relabel` alone. */
  readonly class?: string | undefined;
}

/** What was recorded. */
export interface Decided {
  readonly accepted: number;
  readonly dropped: number;
  readonly relabelled: number;
  /** Words that were taken back. */
  readonly undone: number;
}

const kinds: readonly Decision['kind'][] = ['accept', 'drop', 'relabel', 'undo'];
/** Mistakes that an error names. */
const named = 5;

/**
 * Reads decisions from a CSV with the columns `file`, `decision` (accept, drop, relabel, undo) and `class`. Other columns are left alone, and so
 * are rows without a decision: a review list with the column filled in where something is to be done will do.
 *
 * @throws MessierError `clean/decisions`, what `readTable` throws.
 */
export async function readDecisions(path: string): Promise<Decision[]> {
  const { columns, rows } = await readTable(path);
  const place = (name: string): number => columns.findIndex((column) => column.toLowerCase() === name);
  const [file, decision, label] = [place('file'), place('decision'), place('class')];
  if (file === -1 || decision === -1) {
    throw new MessierError(
      'clean/decisions',
      `"${path}": the columns file, decision and class expected, ${columns.join(', ')} received. Name them so in the first line.`,
    );
  }
  return rows.flatMap(({ cells, line }): Decision[] => {
    const said = (cells[decision] ?? '').toLowerCase();
    if (said === '') return [];
    const kind = kinds.find((one) => one === said);
    if (kind === undefined) {
      throw new MessierError(
        'clean/decisions',
        `"${path}", line ${line}: ${kinds.join(', ')} expected, "${said.slice(0, 40)}" received.`,
      );
    }
    const given = label === -1 ? '' : (cells[label] ?? '');
    return [{ file: cells[file] ?? '', kind, ...(kind === 'relabel' ? { class: given } : {}) }];
  });
}

/** Items by the names that a review lists. */
export type ItemNames = ReadonlyMap<string, { readonly id: number; readonly class: string | undefined }>;

/**
 * The items of `catalogue:...`, dropped ones included, by `source/name there`.
 *
 * @throws MessierError `catalogue/dataset` where there is no such dataset.
 */
export async function namesOf(catalogue: Catalogue, location: string): Promise<ItemNames> {
  const query = parseLocation(location);
  await checkDataset(catalogue, query);
  const names = new Map<string, { readonly id: number; readonly class: string | undefined }>();
  for await (const { id, hash, source, sourceId, class: own } of catalogue.stream({
    ...query,
    reviews: ['open', 'accepted', 'dropped'],
  })) {
    const name = `${source}/${sourceId}`;
    names.set(names.has(name) ? `${name}@${hash.slice(0, 12)}` : name, { id, class: own });
  }
  return names;
}

/**
 * Records decisions: all of them, or none where one names a file or class that is not there, contradicts another one, or where words are taken back in
 * the same call. Labels are of origin `person`; nothing is deleted.
 *
 * @param names What files mean; the classes of these items are those that a picture can be relabelled to.
 * @param by Who decides.
 * @throws MessierError `clean/decisions`, what the catalogue throws.
 *
 * @example
 * await applyDecisions(catalogue, await namesOf(catalogue, 'catalogue:six'), [{ file: 'six/comet/17.jpg', kind: 'drop' }], 'ann');
 */
export async function applyDecisions(
  catalogue: Pick<Catalogue, 'label' | 'retract'>,
  names: ItemNames,
  decisions: readonly Decision[],
  by: string,
): Promise<Decided> {
  checkDecisions(names, decisions);
  const idOf = (file: string): number => names.get(file)?.id ?? 0;
  checkItems(decisions, idOf);
  const undo = decisions.filter(({ kind }) => kind === 'undo');
  const undone =
    undo.length === 0
      ? 0
      : await catalogue.retract(
          undo.map(({ file }) => idOf(file)),
          by,
        );
  const taken = new Set<number>();
  const said = decisions.flatMap(({ file, kind, class: own }): (NewLabel & { readonly item: number })[] => {
    if (kind === 'undo') return [];
    const label = { origin: 'person', by, confidence: undefined } as const;
    const isLabel = kind === 'relabel';
    if (taken.size === taken.add(idOf(file)).size) return [];
    return [{ ...label, item: idOf(file), kind: isLabel ? 'label' : kind, class: isLabel ? own : undefined }];
  });
  if (said.length > 0) await catalogue.label(said);
  const of = (wanted: Decision['kind']): number => decisions.filter(({ kind }) => kind === wanted).length;
  return { accepted: of('accept'), dropped: of('drop'), relabelled: of('relabel'), undone };
}

/**
 * Whether all decisions can be recorded.
 *
 * @throws MessierError `clean/decisions`.
 */
export function checkDecisions(
  names: ReadonlyMap<string, { readonly class: string | undefined }>,
  decisions: readonly Decision[],
): void {
  const refuse = (rule: string, wrong: readonly string[], way: string): never => {
    const more = wrong.length > named ? ` and ${wrong.length - named} more` : '';
    const list = wrong.slice(0, named).map((one) => JSON.stringify(one.slice(0, 200)));
    throw new MessierError('clean/decisions', `${rule}: ${list.join(', ')}${more}. ${way} Nothing was recorded.`);
  };
  const absent = decisions.filter(({ file }) => !names.has(file)).map(({ file }) => file);
  if (absent.length > 0) refuse('No such pictures', absent, 'Write files as "messier clean" lists them.');
  const classes = new Set([...names.values()].flatMap(({ class: own }) => own ?? []));
  const strange = decisions.flatMap(({ kind, class: own = '' }) => (kind === 'relabel' && !classes.has(own) ? [own] : []));
  if (strange.length > 0)
    refuse('No such classes', strange, `There are ${[...classes].sort().slice(0, 20).join(', ') || 'none'}.`);
  const seen = new Set<string>();
  const twice = decisions.flatMap(({ file }) => (seen.size === seen.add(file).size ? [file] : []));
  if (twice.length > 0) refuse('Decided more than once', twice, 'Say one thing of each picture.');
  const undone = decisions.filter(({ kind }) => kind === 'undo').map(({ file }) => file);
  if (undone.length > 0 && undone.length < decisions.length) {
    refuse('Words are taken back on their own', undone, 'Undo first, then decide anew.');
  }
}

/** Files of the same bytes are one item, on which nothing contrary can be said. */
function checkItems(decisions: readonly Decision[], idOf: (file: string) => number): void {
  const said = new Map<number, Decision>();
  for (const decision of decisions) {
    const id = idOf(decision.file);
    const other = said.get(id);
    if (other && (other.kind !== decision.kind || other.class !== decision.class)) {
      throw new MessierError(
        'clean/decisions',
        `"${other.file}" and "${decision.file}" have the same bytes, which are one item of the catalogue. Decide the same on both, or on one. Nothing was recorded.`,
      );
    }
    said.set(id, decision);
  }
}
