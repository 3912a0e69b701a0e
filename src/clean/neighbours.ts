/** Who vouches for a picture: the likest ones of its own class, and which pictures show the same as another. */
import { eachSimilarity } from '../classical/similarity.js';
import type { WorkOptions } from '../core/progress.js';
import { openCacheReader } from '../dataset/cache-reader.js';
import type { PixelCache } from '../dataset/types.js';
import type { Tensor } from '../onnx/types.js';
import { sceneCorrelation, sceneOf, type Scene } from './same-scene.js';

/** Pictures that vouch for one. Between 5 and 20 it hardly matters. */
const vouchers = 10;
/** Cosine from which on two pictures may show the same scene, pictures asked for each, and the correlation that confirms it. */
const candidateFrom = 0.94;
const mostCandidates = 4;
const sameFrom = 0.85;
/** Scenes kept at once, 30 kB each. */
const mostScenes = 4096;

/** Two places, the smaller one first. */
export type Pair = readonly [number, number];

export interface NeighbourOptions extends WorkOptions {
  /** Class of each row; any value for pictures without one. */
  readonly labels: readonly (string | undefined)[];
  /** Rows that may vouch. */
  readonly trusted: readonly boolean[];
  /** Copies that are known; they don't vouch for one another. */
  readonly groups: readonly (readonly number[])[];
  /** Pairs that show the same scene; they neither. */
  readonly same: readonly Pair[];
}

/**
 * How strange each picture is: 1 - mean cosine to the 10 likest trusted pictures of the same class that are no copies; of the rest where a class has none.
 * Throws what `eachSimilarity` throws.
 */
export async function strangenessOf(features: Tensor, options: NeighbourOptions): Promise<Float64Array> {
  const { labels, trusted, groups, same, ...work } = options;
  const isCopy = copiesAmong(groups);
  const scenes = new Map<number, Set<number>>();
  for (const [a, b] of same)
    for (const [from, to] of [
      [a, b],
      [b, a],
    ] as const)
      scenes.set(from, (scenes.get(from) ?? new Set()).add(to));
  const strangeness = new Float64Array(labels.length);
  await eachSimilarity(
    features,
    (row, cosines) => {
      const likest = new Likest(vouchers);
      const rest = new Likest(vouchers);
      const seen = scenes.get(row);
      for (let at = 0; at < cosines.length; at++) {
        if (trusted[at] !== true || at === row || isCopy(row, at) || seen?.has(at)) continue;
        const cosine = cosines[at] as number;
        if (labels[at] === labels[row]) likest.offer(at, cosine);
        else rest.offer(at, cosine);
      }
      strangeness[row] = 1 - meanOf(likest.list.length > 0 ? likest.list : rest.list);
    },
    work,
  );
  return strangeness;
}

/**
 * Pairs that show the same scene, cropped, mirrored, turned or recoloured: likely ones by their features, confirmed by their pixels. Pairs within `groups`
 * are known. Throws what `eachSimilarity` throws, `cache/read`.
 */
export async function findSameScenes(
  features: Tensor,
  { cache, groups, ...work }: WorkOptions & { readonly cache: PixelCache; readonly groups: readonly (readonly number[])[] },
): Promise<readonly Pair[]> {
  const isCopy = copiesAmong(groups);
  const candidates = new Map<string, Pair>();
  await eachSimilarity(
    features,
    (row, cosines) => {
      const near = new Likest(mostCandidates);
      for (let at = 0; at < cosines.length; at++) {
        const cosine = cosines[at] as number;
        if (cosine >= candidateFrom && at !== row && !isCopy(row, at)) near.offer(at, cosine);
      }
      for (const { at } of near.list)
        candidates.set(`${Math.min(row, at)} ${Math.max(row, at)}`, [Math.min(row, at), Math.max(row, at)]);
    },
    work,
  );
  return confirmed(cache, [...candidates.values()], work);
}

function copiesAmong(groups: readonly (readonly number[])[]): (a: number, b: number) => boolean {
  const groupOf = new Map(groups.flatMap((group, name) => group.map((at) => [at, name] as const)));
  return (a, b) => groupOf.has(a) && groupOf.get(a) === groupOf.get(b);
}

const meanOf = (list: readonly { readonly cosine: number }[]): number =>
  list.length === 0 ? 0 : list.reduce((sum, { cosine }) => sum + cosine, 0) / list.length;

/** The rows of the largest cosines, largest first. */
class Likest {
  readonly list: { readonly at: number; readonly cosine: number }[] = [];

  constructor(private readonly most: number) {}

  offer(at: number, cosine: number): void {
    const { list, most } = this;
    const last = list.at(-1);
    if (list.length === most && last && cosine <= last.cosine) return;
    let place = list.length;
    while (place > 0 && cosine > (list[place - 1]?.cosine ?? Infinity)) place--;
    list.splice(place, 0, { at, cosine });
    if (list.length > most) list.pop();
  }
}

/** Pairs whose pixels show the same scene. */
async function confirmed(cache: PixelCache, pairs: readonly Pair[], { progress, signal }: WorkOptions): Promise<Pair[]> {
  const { side, channels } = cache;
  const reader = openCacheReader(cache);
  const pixels = new Uint8Array(reader.bytesEach);
  const scenes = new Map<number, Scene>();
  const scene = (at: number): Scene => {
    const known = scenes.get(at);
    if (known) return known;
    const [oldest] = scenes.keys();
    if (oldest !== undefined && scenes.size >= mostScenes) scenes.delete(oldest);
    const made = sceneOf(reader.read(at, pixels), side, channels);
    scenes.set(at, made);
    return made;
  };
  const same: Pair[] = [];
  try {
    for (const [done, pair] of pairs.entries()) {
      if (done % 16 === 0) {
        await new Promise(setImmediate);
        signal?.throwIfAborted();
        progress?.({ stage: 'look for the same scene', done, total: pairs.length, unit: 'pairs' });
      }
      if (sceneCorrelation(scene(pair[0]), scene(pair[1])) >= sameFrom) same.push(pair);
    }
  } finally {
    reader.close();
  }
  return same;
}
