import { join } from 'node:path';
import { handmadeFeatures } from '../classical/handmade-features.js';
import { findWeights, type FoundWeights } from '../collect/find-weights.js';
import type { WorkOptions } from '../core/progress.js';
import { DisjointSets } from '../dataset/disjoint-sets.js';
import { duplicatesInCache } from '../dataset/near-duplicates-cache.js';
import { makePixelCache } from '../dataset/pixel-cache.js';
import type { Dataset, PixelCache } from '../dataset/types.js';
import { messierHome } from '../formats/home.js';
import type { Tensor } from '../onnx/types.js';
import { defaultStretch, type Stretch } from '../sky/stretch.js';
import { describePictures, sideOf } from './describe.js';
import { combine, type Measure } from './evidence.js';
import { doubtLabels } from './label-doubt.js';
import { findSameScenes, strangenessOf, type Pair } from './neighbours.js';
import { photoEvidence, photoLikeness } from './photos.js';
import { reviewOf, type Findings } from './reasons.js';
import { readSigns } from './signs.js';
import type { Review } from './types.js';

/** How a collection is reviewed. */
export interface ReviewOptions extends WorkOptions {
  /** Weights of a network to describe pictures with: a file, or the name of an architecture; what `findWeights` finds unless told. */
  readonly weights?: string | undefined;
  /** Takes caches; `messierHome()` unless told. */
  readonly folder?: string | undefined;
  /** How the dataset was opened to turn counts into pixels. */
  readonly stretch?: Stretch | undefined;
}

/** What each measure's evidence counts: likeness to its class most, since it finds wrong labels and wrong contents alike. */
const weights = { strangeness: 1, surprise: 0.5, text: 0.25, line: 0.25 } as const;
/** Pictures that other measures suspect vouch for none: so many of all. */
const untrusted = 0.3;

/**
 * Which pictures of a collection should be looked at, most suspicious first, each with reasons: all that the dataset has, those that can't be read included.
 *
 * A picture is strange where the likest trusted pictures of its class are not like it (cosine of the roots of a pretrained network's features; without
 * weights of features made by hand), its label surprises where a logistic regression that has not seen it expects another one, and its pixels show
 * lines of text and ruled edges. The evidence is the weighted sum of -ln of the share of pictures that are at least as suspicious in each; added
 * are what ImageNet's classes say (a photograph rather than sky), and copies. The score is e / (e + 4).
 *
 * @throws MessierError `cache/empty` where no picture can be read, `classical/limit` beyond 2^27 features, what `findWeights` and `makePixelCache` throw;
 * the signal's reason.
 *
 * @example
 * const { suspects } = await reviewDataset(await openDataset('pictures/'));
 * console.log(suspects[0]); // { file: 'comet/17.jpg', score: 0.81, reasons: [{ kind: 'label', text: 'looks like galaxy ...' }], ... }
 */
export async function reviewDataset(dataset: Dataset, options: ReviewOptions = {}): Promise<Review> {
  const { folder = messierHome(), stretch = defaultStretch, progress, signal } = options;
  const work = { progress, signal };
  const found = await findWeights(options.weights, { folder: join(folder, 'weights'), ...work });
  const side = sideOf(found ?? { path: '' });
  const cache = await makePixelCache(dataset, {
    side,
    channels: 3,
    fit: 'stretch',
    stretch,
    folder: join(folder, 'pixels'),
    ...work,
  });
  const description = await describe(cache, found, folder, work);
  const signs = await readSigns(cache, work);
  progress?.({ stage: 'find near-duplicates', done: 0, total: cache.items.length, unit: 'pictures' });
  const duplicates = duplicatesInCache(cache);
  const same = found ? await findSameScenes(description.alike, { cache, groups: duplicates, ...work }) : [];
  // What shows the same scene must not answer for its own label.
  const doubts = await doubtLabels(description.features, cache.items, joined(cache.items.length, duplicates, same), work);
  const photo = description.words && photoLikeness(description.words);
  const measures: Measure[] = [
    ...(doubts ? [{ values: doubts.surprise, weight: weights.surprise }] : []),
    { values: signs.map(({ text }) => text), weight: weights.text },
    { values: signs.map(({ line }) => line), weight: weights.line },
  ];
  const count = cache.items.length;
  const before = combine(measures, count);
  if (photo) for (let at = 0; at < count; at++) before[at] = (before[at] as number) + photoEvidence(photo[at] ?? 0);
  const limit = before.toSorted()[Math.ceil((1 - untrusted) * (count - 1))] ?? Infinity;
  const strangeness = await strangenessOf(description.alike, {
    labels: cache.items.map(({ label }) => label),
    trusted: Array.from(before, (evidence) => evidence <= limit),
    groups: duplicates,
    same,
    ...work,
  });
  const strange = combine([{ values: strangeness, weight: weights.strangeness }], count);
  const evidence = before.map((value, at) => value + (strange[at] as number));
  const findings: Findings = { cache, evidence, signs, strangeness, photo, doubts, duplicates, same };
  return reviewOf(findings, description.network);
}

/** Groups of pictures, with those that pairs join to them. */
function joined(count: number, groups: readonly (readonly number[])[], pairs: readonly Pair[]): number[][] {
  const sets = new DisjointSets(count);
  for (const [first = 0, ...rest] of [...groups, ...pairs]) for (const at of rest) sets.join(first, at);
  return sets.sets().filter((group) => group.length > 1);
}

interface Described {
  readonly network: string | undefined;
  readonly features: Tensor;
  /** What likeness is measured on. */
  readonly alike: Tensor;
  readonly words: Tensor | undefined;
}

async function describe(
  cache: PixelCache,
  found: FoundWeights | undefined,
  folder: string,
  work: WorkOptions,
): Promise<Described> {
  if (found) {
    const { network, features, words } = await describePictures(cache, found, { folder: join(folder, 'features'), ...work });
    const { type, dims, data } = features;
    // Roots, signs kept: a few very strong features would decide alone what is alike.
    const alike = { type, dims, data: (data as Float32Array).map((value) => Math.sign(value) * Math.sqrt(Math.abs(value))) };
    return { network, features, alike, words };
  }
  const { all, shapes } = await handmadeFeatures(cache, work);
  return { network: undefined, features: all, alike: shapes, words: undefined };
}
