/** Who vouches for a picture: the likest ones of its own class, and which pictures show the same as another. */
import { eachSimilarity } from '../classical/similarity.js';
import type { WorkOptions } from '../core/progress.js';
import { openCacheReader } from '../dataset/cache-reader.js';
import type { PixelCache } from '../dataset/types.js';
import type { Tensor } from '../onnx/types.js';
import { sceneCorrelation, sceneOf, type Scene } from './same-scene.js';

/** Pictures that vouch for one. Between 5 and 20 it hardly matters. */
const vouchers = 10;
/** Kept beside them, in case that some turn out to be copies. */
const spare = 10;
/** Cosine from which on two pictures may show the same scene, pictures asked for each, and the correlation that confirms it. */
const candidateFrom = 0.94;
const mostCandidates = 4;
const sameFrom = 0.85;
/** Scenes kept at once, 30 kB each. */
const mostScenes = 4096;

/** How pictures stand to one another. */
export interface Neighbours {
  /** 1 - mean cosine to the 10 likest trusted pictures of the same class that are no copies; of the rest where a class has none. */
  readonly strangeness: Float64Array;
  /** Pairs that show the same scene, cropped, mirrored, turned or recoloured, smaller place first. */
  readonly same: readonly (readonly [number, number])[];
}

export interface NeighbourOptions extends WorkOptions {
  /** Class of each row; any value for pictures without one. */
  readonly labels: readonly (string | undefined)[];
  /** Rows that may vouch. */
  readonly trusted: readonly boolean[];
  /** Copies that are known; they don't vouch for one another. */
  readonly groups: readonly (readonly number[])[];
  /** Pixels to confirm copies with; without it none are looked for. */
  readonly cache?: PixelCache | undefined;
}

/** Compares all pictures with all. Throws what `eachSimilarity` throws, `cache/read`. */
export async function findNeighbours(features: Tensor, options: NeighbourOptions): Promise<Neighbours> {
  const { labels, trusted, groups, cache, ...work } = options;
  const groupOf = new Map(groups.flatMap((group, name) => group.map((at) => [at, name] as const)));
  const isCopy = (a: number, b: number): boolean => groupOf.has(a) && groupOf.get(a) === groupOf.get(b);
  const own: { readonly at: number; readonly cosine: number }[][] = [];
  const others: number[] = [];
  const candidates = new Map<string, readonly [number, number]>();
  await eachSimilarity(
    features,
    (row, cosines) => {
      const likest = new Likest(vouchers + spare);
      const rest = new Likest(vouchers);
      const near = new Likest(mostCandidates);
      for (let at = 0; at < cosines.length; at++) {
        const cosine = cosines[at] as number;
        if (at === row || isCopy(row, at)) continue;
        if (cosine >= candidateFrom) near.offer(at, cosine);
        if (trusted[at] !== true) continue;
        if (labels[at] === labels[row]) likest.offer(at, cosine);
        else rest.offer(at, cosine);
      }
      own[row] = likest.list;
      others[row] = meanOf(rest.list);
      for (const { at } of near.list)
        candidates.set(`${Math.min(row, at)} ${Math.max(row, at)}`, [Math.min(row, at), Math.max(row, at)]);
    },
    work,
  );
  const same = cache ? await confirmed(cache, [...candidates.values()], work) : [];
  const copies = new Set(same.map(([a, b]) => `${a} ${b}`));
  const strangeness = Float64Array.from(own, (list, row) => {
    const kept = list.filter(({ at }) => !copies.has(`${Math.min(row, at)} ${Math.max(row, at)}`)).slice(0, vouchers);
    return 1 - (kept.length > 0 ? meanOf(kept) : (others[row] ?? 0));
  });
  return { strangeness, same };
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
async function confirmed(
  cache: PixelCache,
  pairs: readonly (readonly [number, number])[],
  { progress, signal }: WorkOptions,
): Promise<(readonly [number, number])[]> {
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
  const same: (readonly [number, number])[] = [];
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
