import type { SimulatedGalaxy } from './simulate.js';

/** Weights of the answers to each question, by the keys of the trees `galaxy-zoo-2` and `galaxy-zoo-decals`. */
export type AnswerWeights = Readonly<Record<string, Readonly<Record<string, number>>>>;

const logistic = (x: number): number => 1 / (1 + Math.exp(-x));
/** How well a value fits an answer that means `centre`. */
const fit = (value: number, centre: number, width: number): number => 0.01 + Math.exp(-(((value - centre) / width) ** 2) / 2);
const yesNo = (yes: number): Readonly<Record<string, number>> => ({ yes, no: 1 - yes });

/**
 * What a volunteer would answer about a simulated galaxy: relative probabilities, more certain the clearer the trait is (a strong bar, a face-on disk). A
 * tree uses those of its own answers, scaled to 1. They are made up, so that there is a truth to compare with; nothing was fitted to real votes.
 */
export function answerWeights({ kind, traits }: SimulatedGalaxy): AnswerWeights {
  const { axisRatio, bulgeShare, arms, armShare, pitchDegrees, barShare, ringShare } = traits;
  const isEdgeOn = kind === 'edge_on';
  const isMerger = kind === 'merger';
  const featured = {
    elliptical: 0.05 + 0.2 * (1 - axisRatio),
    spiral: logistic(2.5 + 8 * (armShare - 0.4) + 3 * (axisRatio - 0.75)),
    barred: logistic(2.5 + 8 * (armShare - 0.4) + 3 * (axisRatio - 0.75)),
    ring: logistic(1 + 8 * (ringShare - 0.4)),
    edge_on: 0.75,
    merger: 0.6,
  }[kind];
  const artifact = 0.02;
  const bar = barShare > 0 ? logistic(1 + 20 * (barShare - 0.12)) : 0.07;
  const odd = isMerger ? 0.85 : ringShare > 0 ? logistic(10 * (ringShare - 0.4)) : 0.06;
  const bulgeless = Math.exp(-bulgeShare / 0.08);
  const counted = (number: number): number => 0.02 + (arms === number ? 0.75 : 0) + (Math.abs(arms - number) === 1 ? 0.1 : 0);
  const bulge = (centre: number): number => fit(bulgeShare, centre, 0.08);
  return {
    'smooth-or-featured': {
      smooth: (1 - artifact) * (1 - featured),
      'featured-or-disk': (1 - artifact) * featured,
      'star-or-artifact': artifact,
      artifact,
    },
    'disk-edge-on': yesNo(isEdgeOn ? 0.93 : 0.01 + 0.6 * logistic(15 * (0.4 - axisRatio))),
    bar: { ...yesNo(bar), strong: bar ** 2, weak: bar * (1 - bar) },
    'has-spiral-arms': yesNo(arms > 0 ? logistic(1.5 + 10 * (armShare - 0.3)) : isMerger ? 0.25 : 0.08),
    'bulge-size': {
      no: bulge(0),
      none: bulge(0),
      'just-noticeable': bulge(0.1),
      small: bulge(0.1),
      moderate: bulge(0.2),
      obvious: bulge(0.25),
      large: bulge(0.35),
      dominant: bulgeShare > 0.5 ? 1 : bulge(0.5),
    },
    'something-odd': yesNo(odd),
    'how-rounded': {
      round: fit(axisRatio, 1, 0.13),
      'in-between': fit(axisRatio, 0.7, 0.13),
      'cigar-shaped': fit(Math.max(axisRatio, 0.3), 0.3, 0.13),
    },
    'odd-feature': {
      ring: ringShare > 0 ? 0.85 : 0.05,
      'lens-or-arc': 0.02,
      disturbed: isMerger ? 0.15 : 0.05,
      irregular: 0.08,
      other: isMerger || ringShare > 0 ? 0.03 : 0.4,
      merger: isMerger ? 0.75 : 0.03,
      'dust-lane': isEdgeOn ? 0.3 : 0.02,
    },
    'edge-on-bulge': { rounded: 0.8 * (1 - bulgeless), boxy: 0.2 * (1 - bulgeless), none: bulgeless },
    'spiral-winding': { tight: fit(pitchDegrees, 10, 6), medium: fit(pitchDegrees, 20, 6), loose: fit(pitchDegrees, 30, 6) },
    'spiral-arm-count': {
      '1': counted(1),
      '2': counted(2),
      '3': counted(3),
      '4': counted(4),
      'more-than-4': 0.03,
      'cant-tell': arms > 0 ? 0.1 : 0.6,
    },
    merging: {
      none: isMerger ? 0.05 : 0.85,
      'minor-disturbance': 0.1,
      'major-disturbance': isMerger ? 0.25 : 0.04,
      merger: isMerger ? 0.6 : 0.01,
    },
  };
}
