/** A dataset in figures and sentences. */
import { count, counted, listed, percent, quoted, significant } from './format.js';
import { markup, type Markup } from './html.js';
import type { DataReport } from './types.js';

/** Most frequent label's pictures for one of the rarest; `undefined` with fewer than two labels. */
function imbalance(
  classes: DataReport['classes'],
): { readonly ratio: number; readonly most: string; readonly least: string } | undefined {
  const ordered = labelled(classes);
  const most = ordered[0];
  const least = ordered.at(-1);
  return most && least && ordered.length > 1 ? { ratio: most[1] / least[1], most: most[0], least: least[0] } : undefined;
}

/** Labels that have pictures, most frequent first. */
const labelled = (classes: DataReport['classes']): readonly (readonly [string, number])[] =>
  Object.entries(classes)
    .filter(([label, pictures]) => label !== '' && pictures > 0)
    .sort(([, a], [, b]) => b - a);

export function dataCards({ items, classes, sizeCount, sides, duplicates, skipped }: DataReport): Markup {
  const uneven = imbalance(classes);
  const entries: readonly (readonly [name: string, value: string, beside: string])[] = [
    ['Pictures', count(items), `${count(skipped.length)} left out`],
    ['Labels', count(labelled(classes).length), `${counted(classes[''] ?? 0, 'picture')} without a label`],
    [
      'Imbalance',
      uneven ? `${significant(uneven.ratio, 3)} : 1` : '–',
      uneven ? `${quoted(uneven.most)} to ${quoted(uneven.least)}` : 'needs two labels',
    ],
    ['Sizes', count(sizeCount), sides ? `sides of ${span(sides.shortest, sides.longest)}` : '–'],
    [
      'Duplicates',
      count(duplicates.length),
      `${duplicates.length === 1 ? 'group' : 'groups'} of pictures that are the same or nearly`,
    ],
  ];
  return markup`<ul class="cards">${entries.map(
    ([name, value, beside]) =>
      markup`<li><span class="name">${name}</span><span class="value">${value}</span><span class="beside">${beside}</span></li>\n`,
  )}</ul>`;
}

/** `113 to 150 pixels`, `64 pixels`. */
const span = (low: number, high: number): string =>
  low === high ? counted(low, 'pixel') : `${count(low)} to ${count(high)} pixels`;

/** Fewer training pictures than this are hard to learn from, and to judge by. */
const few = 50;
/** The largest class at this many times the smallest is called uneven. */
const unevenRatio = 3;

export function dataInWords({ items, classes, duplicates, skipped, map }: DataReport): readonly string[] {
  const uneven = imbalance(classes);
  const rare = labelled(classes).filter(([, pictures]) => pictures < few);
  const crossing = duplicates.filter((group) => new Set(group.map(({ label }) => label)).size > 1).length;
  const common = labelled(classes)[0];
  const total = labelled(classes).reduce((sum, [, pictures]) => sum + pictures, 0);
  return [
    ...(common && total > common[1]
      ? [
          `Always answering ${quoted(common[0])} would be right on ${percent(common[1] / total)} of the labelled pictures: a model must beat that.`,
        ]
      : []),
    ...(uneven && uneven.ratio >= unevenRatio
      ? [
          `For each picture of ${quoted(uneven.least)} there are ${significant(uneven.ratio, 2)} of ${quoted(uneven.most)}: judge by balanced accuracy too.`,
        ]
      : []),
    ...(rare.length > 0
      ? [
          `Fewer than ${few} pictures show ${listed(rare.map(([label, pictures]) => `${quoted(label)} (${count(pictures)})`))}: figures of ${rare.length === 1 ? 'that label' : 'those labels'} will be uncertain.`,
        ]
      : []),
    ...(crossing > 0
      ? [
          `${counted(crossing, 'group')} of near-duplicates ${crossing === 1 ? 'has' : 'have'} more than one label: at least one of them is wrong.`,
        ]
      : []),
    ...(map?.knnAccuracy === undefined
      ? []
      : [
          `${percent(map.knnAccuracy)} of the pictures on the map have the label of most of their neighbours: ${separable(map.knnAccuracy, common && total > 0 ? common[1] / total : 0)}.`,
        ]),
    ...(skipped.length > 0
      ? [`${counted(skipped.length, 'item')} of ${count(items + skipped.length)} could not be used; the reasons are at the end.`]
      : []),
  ];
}

/** What the share of right neighbours means beside the share of the most frequent label. */
function separable(accuracy: number, baseline: number): string {
  const gain = (accuracy - baseline) / Math.max(1e-9, 1 - baseline);
  if (gain > 0.75) return 'the labels can be told apart well';
  if (gain > 0.4) return 'the labels can be told apart, not without doubt';
  if (gain > 0.1) return 'what describes the pictures tells the labels apart in part';
  return 'what describes the pictures hardly tells the labels apart';
}
