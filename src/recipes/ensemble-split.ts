/** Which pictures may judge several runs at once. */
import { makeManifest, type SplitManifest } from '../dataset/manifest.js';
import type { LabelRule, Part } from '../dataset/types.js';

/** From what must not be looked at to what judges. */
const order: readonly Part[] = ['train', 'validation', 'test'];

/**
 * One split for several runs, in which no part is easier for any of them: a picture is in the training part where any run trained on it or does not
 * list it, in the test part where every run has it there, and else in the validation part. Pictures of one content, near-duplicates and pictures of one
 * object, as any run knows them, go together into the part nearest to training. Runs of one split get that very split.
 *
 * @param manifests At least one.
 */
export function combineSplits(manifests: readonly SplitManifest[], rule: LabelRule): SplitManifest {
  const [first] = manifests;
  if (!first) throw new RangeError('At least one split is combined.');
  if (manifests.every(({ signature }) => signature === first.signature)) return first;
  const parts = new Map<string, Part>();
  for (const hash of new Set(manifests.flatMap(({ items }) => items.map((item) => item.hash)))) parts.set(hash, 'test');
  const lower = (hash: string, part: Part): boolean => {
    const known = parts.get(hash) ?? 'test';
    if (order.indexOf(part) >= order.indexOf(known)) return false;
    parts.set(hash, part);
    return true;
  };
  for (const { items } of manifests) {
    const own = new Set(items.map(({ hash }) => hash));
    for (const hash of parts.keys()) if (!own.has(hash)) lower(hash, 'train');
    for (const { hash, part } of items) lower(hash, part);
  }
  const groups = manifests.flatMap(groupsOf);
  // Groups of different runs overlap: what one lowers may lower another.
  for (let changed = true; changed;) {
    changed = false;
    for (const group of groups) {
      const part = order.find((one) => group.some((hash) => parts.get(hash) === one)) ?? 'test';
      for (const hash of group) changed = lower(hash, part) || changed;
    }
  }
  const items = [...new Map(manifests.flatMap(({ items: all }) => all.map((item) => [item.id, item] as const))).values()];
  const places = new Map(items.map(({ id }, place) => [id, place]));
  const found = items.map(({ hash }) => parts.get(hash) ?? 'train');
  const share = (part: Part): number => found.filter((one) => one === part).length / items.length;
  return makeManifest({
    name: first.dataset.name,
    rule,
    seed: first.seed,
    shares: { train: share('train'), validation: share('validation'), test: share('test') },
    items,
    parts: found,
    duplicates: manifests.flatMap(({ duplicates }) => duplicates.map((group) => group.flatMap((id) => places.get(id) ?? []))),
  });
}

/** Contents that belong together. */
function groupsOf({ items, duplicates }: SplitManifest): string[][] {
  const hashes = new Map(items.map(({ id, hash }) => [id, hash]));
  const objects = new Map<string, string[]>();
  for (const { hash, group } of items) if (group !== undefined) objects.set(group, [...(objects.get(group) ?? []), hash]);
  return [...objects.values(), ...duplicates.map((group) => group.flatMap((id) => hashes.get(id) ?? []))];
}
