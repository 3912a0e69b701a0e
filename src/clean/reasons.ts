/** Findings in words, and the review list. */
import type { PixelCache } from '../dataset/types.js';
import { contradictions, leftUnread } from './left-out.js';
import { copiesOf, type Copy } from './copies.js';
import { scoreOf, tailShares } from './evidence.js';
import type { LabelDoubts } from './label-doubt.js';
import { photoEvidence } from './photos.js';
import type { Signs } from './signs.js';
import type { Reason, ReasonKind, Review, Suspect } from './types.js';

/** All that was found out, in the order of the cache. */
export interface Findings {
  readonly cache: PixelCache;
  /** Of the measures that rank. */
  readonly evidence: Float64Array;
  readonly signs: readonly Signs[];
  readonly strangeness: Float64Array;
  readonly photo: Float64Array | undefined;
  readonly doubts: LabelDoubts | undefined;
  /** Groups whose pixels look alike. */
  readonly duplicates: readonly (readonly number[])[];
  /** Pairs of the same scene. */
  readonly same: readonly (readonly [number, number])[];
}

/** From where on a measure is worth a word. */
const worth = {
  /** Share of pictures that are less like their class. */
  outlier: 0.05,
  text: 0.3,
  line: 0.5,
  flat: 0.15,
  /** Pixels of the shorter side. */
  tiny: 32,
  /** Root of the variance around a smooth shade, in levels of 255. Of 1,884 pictures of a web collection the least has 2.4. */
  blank: 1.5,
  dark: 24,
  blurred: 0.25,
  photo: 0,
} as const;

/** Evidence of what is not ranked by its share: nothing to see at all; copies that say different classes; what is seldom a fault in astronomy. */
const added: Readonly<Partial<Record<ReasonKind, number>>> = {
  blank: 4,
  conflict: 2,
  tiny: 1,
  dark: 0.5,
  duplicate: 0.4,
  blurred: 0.2,
  // Of a reviewed web collection such pictures are wrong 2.5 times as often as others: ln 2.5.
  flat: 0.9,
};

/** The review list of findings, most suspicious first; equal ones by their id. */
export function reviewOf(findings: Findings, network: string | undefined): Review {
  const { cache, evidence, doubts, strangeness } = findings;
  const copies = copiesOf(findings);
  const shares = tailShares(strangeness);
  const contrary = contradictions(cache.skipped);
  const suspects = cache.items.map((item, at): Suspect => {
    const found = reasonsOf(findings, at, shares[at] as number, copies.get(at));
    const told = contrary.get(item.id);
    if (told !== undefined) found.push({ kind: 'conflict', strength: 3, text: `is labelled twice: ${told}` });
    const sum = found.reduce((total, { kind }) => total + (added[kind] ?? 0), evidence[at] as number);
    const reasons = found.toSorted((a, b) => b.strength - a.strength).map(({ kind, text }): Reason => ({ kind, text }));
    return { file: item.id, score: scoreOf(sum), reasons, class: item.label, suggested: doubts?.doubts.get(at)?.suggested };
  });
  const all = [...leftUnread(cache.skipped), ...suspects].sort((a, b) => b.score - a.score || (a.file < b.file ? -1 : 1));
  const counts: Partial<Record<ReasonKind, number>> = {};
  for (const { reasons } of all) for (const { kind } of reasons) counts[kind] = (counts[kind] ?? 0) + 1;
  return { suspects: all, counts, network, noise: doubts?.noise };
}

interface Weighed extends Reason {
  /** To sort by. */
  readonly strength: number;
}

const percent = (share: number): string => `${Math.round(share * 100)} %`;

function reasonsOf({ cache, signs, photo, doubts }: Findings, at: number, share: number, copy: Copy | undefined): Weighed[] {
  const item = cache.items[at];
  const seen = signs[at];
  if (!item || !seen) return [];
  const found: Weighed[] = [];
  const say = (kind: ReasonKind, strength: number, text: string): void => {
    found.push({ kind, strength, text });
  };
  const doubt = doubts?.doubts.get(at);
  if (doubt) {
    const { suggested, instead, given } = doubt;
    say(
      'label',
      4 * (instead - given) + 1,
      `looks like ${suggested} (${percent(instead)}) rather than ${item.label ?? ''} (${percent(given)})`,
    );
  }
  if (share <= worth.outlier) {
    const kin = item.label === undefined ? 'the other pictures' : `the other pictures of ${item.label}`;
    say('outlier', -Math.log(share), `unlike ${kin}: among the ${percent(Math.max(0.01, share))} least alike`);
  }
  const likeness = photo?.[at];
  if (likeness !== undefined && likeness > worth.photo) {
    say('photo', photoEvidence(likeness), 'looks like a photograph or drawing of something else than the sky');
  }
  if (seen.text > worth.text) say('text', 2.5, 'shows what looks like lines of text');
  if (seen.line > worth.line)
    say('lines', 2, `has a straight edge over ${percent(seen.line)} of its side: a frame, panels, axes`);
  if (seen.flat > worth.flat) say('flat', 1.5, `${percent(seen.flat)} of it is evenly coloured, as in a drawing`);
  if (seen.contrast < worth.blank) say('blank', 4, 'is blank, or an even shade');
  else if (seen.brightest < worth.dark) say('dark', 1, 'is very dark');
  if (seen.contrast >= worth.blank && seen.sharpness < worth.blurred) say('blurred', 1, 'is blurred: hardly any fine detail');
  const shorter = Math.min(item.width, item.height);
  if (shorter < worth.tiny) say('tiny', 1.5, `is tiny: ${item.width} x ${item.height} pixels`);
  if (copy?.conflict) say('conflict', 3, `shows the same as ${copy.conflict.file}, which is labelled ${copy.conflict.label}`);
  if (copy?.better !== undefined) say('duplicate', 1.2, `${copy.isSame ? 'is a copy of' : 'nearly the same as'} ${copy.better}`);
  return found;
}
