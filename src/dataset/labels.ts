import { MessierError } from '../core/errors.js';
import { publicOrder } from './open-classes.js';
import type { Item, LabelRule } from './types.js';

/** Items with the class that their label means. */
export interface LabelledItems<T extends Item> {
  /** `label` is the class, and `classIndex` its place among the rule's classes. */
  readonly items: readonly (Omit<T, 'label'> & { readonly label: string; readonly classIndex: number })[];
  /** Those whose label the rule drops. */
  readonly dropped: readonly T[];
  /** Those without a label. */
  readonly unlabelled: readonly T[];
}

/** Names that a message lists. */
const mostListed = 20;
/** Names that are compared for a near one. */
const mostCompared = 500;

/**
 * Turns raw labels into classes: by the rule's mapping, else as the class of that very name. Order is kept.
 *
 * @throws MessierError `label/unknown` where the rule knows a label neither way, with what it knows; `label/rule` for a mapping to something that is
 * no class, and for a class named twice.
 *
 * @example
 * const rule = { classes: ['elliptical', 'spiral'], labels: { spiral_cw: 'spiral', spiral_acw: 'spiral', dont_know: null } };
 * const { items, dropped } = applyLabels(dataset.items, rule);
 */
export function applyLabels<T extends Item>(all: readonly T[], rule: LabelRule): LabelledItems<T> {
  const meaning = meanings(rule);
  const places = new Map(rule.classes.map((name, index) => [name, index]));
  const items: LabelledItems<T>['items'][number][] = [];
  const dropped: T[] = [];
  const unlabelled: T[] = [];
  const unknown = new Map<string, number>();
  for (const item of all) {
    if (item.label === undefined) {
      unlabelled.push(item);
      continue;
    }
    const label = meaning.get(item.label);
    if (label === null) dropped.push(item);
    else if (label === undefined) unknown.set(item.label, (unknown.get(item.label) ?? 0) + 1);
    else items.push({ ...item, label, classIndex: places.get(label) ?? 0 });
  }
  if (unknown.size) throw unknownLabels(unknown, rule);
  return { items, dropped, unlabelled };
}

/**
 * The labels of items, each once: in the order of the public set that they are of (Galaxy10, GalaxyMNIST); by value where all are numbers; else
 * sorted by their characters.
 */
export function inferClasses(items: readonly Item[]): string[] {
  const labels = new Set(items.flatMap(({ label }) => (label === undefined ? [] : [label])));
  const order = labels.size ? publicOrder(labels) : undefined;
  if (order) return order.filter((label) => labels.has(label));
  const sorted = [...labels].sort();
  const areNumbers = sorted.every((label) => /^[-+]?(\d+\.?\d*|\.\d+)(e[-+]?\d+)?$/i.test(label));
  return areNumbers ? sorted.sort((a, b) => Number(a) - Number(b)) : sorted;
}

/** What each label means that the rule knows; null drops. */
function meanings({ classes, labels }: LabelRule): ReadonlyMap<string, string | null> {
  const known = new Set<string>();
  for (const name of classes) {
    if (known.has(name)) throw new MessierError('label/rule', `Classes are named once each; "${name}" stands there twice.`);
    known.add(name);
  }
  const meaning = new Map<string, string | null>(classes.map((name) => [name, name]));
  for (const [label, target] of Object.entries(labels)) {
    if (target !== null && !known.has(target)) {
      const isChain = Object.hasOwn(labels, target);
      const hint = isChain ? ' Mappings are not followed further: map it to the class itself.' : closest(target, classes);
      throw new MessierError(
        'label/rule',
        `Label "${label}" means "${target}", which is none of the classes (${listed(classes)}).${hint}`,
      );
    }
    meaning.set(label, target);
  }
  return meaning;
}

function unknownLabels(unknown: ReadonlyMap<string, number>, { classes, labels }: LabelRule): MessierError {
  const counted = [...unknown].sort(([a, m], [b, n]) => n - m || (a < b ? -1 : 1));
  const names = [...classes, ...Object.keys(labels)];
  const described = counted
    .slice(0, mostListed)
    .map(([label, count]) => `"${label.slice(0, 100)}" (${count})${closest(label, names)}`);
  const found = listed([...described, ...counted.slice(mostListed).map(([label]) => label)]);
  const mappings = Object.entries(labels).map(([label, target]) => `${label} -> ${target ?? 'dropped'}`);
  const mapped = mappings.length ? `; labels ${listed(mappings)}` : '';
  return new MessierError(
    'label/unknown',
    `Labels that mean nothing here: ${found}. Known are the classes ${listed(classes)}${mapped}. Map a label to a class, or to null to drop it.`,
  );
}

function listed(names: readonly string[]): string {
  const more = names.length - mostListed;
  return names.slice(0, mostListed).join(', ') + (more > 0 ? ` and ${more} more` : '');
}

/** Up to three names that differ least, in case, spaces or a letter in four. */
function closest(label: string, names: readonly string[]): string {
  const plain = (text: string) =>
    text
      .toLowerCase()
      .trim()
      .replace(/[\s_-]+/g, ' ');
  const allowed = (name: string) => Math.max(1, Math.floor(name.length / 4));
  const wanted = plain(label.slice(0, 100));
  const measured = names
    .slice(0, mostCompared)
    .filter((name) => Math.abs(name.length - label.length) <= allowed(name) + 1)
    .map((name) => ({ name, distance: editDistance(wanted, plain(name)) }))
    .filter(({ name, distance }) => distance <= allowed(name) && distance < name.length);
  const least = measured.reduce((low, { distance }) => Math.min(low, distance), Infinity);
  const near = measured.filter(({ distance }) => distance === least).slice(0, 3);
  return near.length ? ` (did you mean ${near.map(({ name }) => `"${name}"`).join(' or ')}?)` : '';
}

/** Levenshtein's: letters to put in, take out or change. */
function editDistance(a: string, b: string): number {
  let row = Array.from({ length: b.length + 1 }, (_, i) => i);
  for (let i = 1; i <= a.length; i++) {
    const next = [i];
    for (let j = 1; j <= b.length; j++) {
      const change = (row[j - 1] ?? 0) + (a[i - 1] === b[j - 1] ? 0 : 1);
      next.push(Math.min(change, (row[j] ?? 0) + 1, (next[j - 1] ?? 0) + 1));
    }
    row = next;
  }
  return row[b.length] ?? 0;
}
