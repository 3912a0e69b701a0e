import type { VoteTree } from '../votes/tree.js';
import { figure } from './format.js';
import { markup, pictureSource, type Markup } from './html.js';
import type { VotedPicture } from './types.js';
import { answerNames, pairedBars } from './vote-tree.js';

/** Answers shown beside a picture, and the least of their two shares' larger one. */
const shown = { answers: 6, share: 0.1 } as const;

/**
 * Pictures with their predicted and observed shares as pairs of bars.
 *
 * @param by Which answers are shown: those of the largest shares, or those that differ most.
 */
export function votesGallery(pictures: readonly VotedPicture[], tree: VoteTree, by: 'share' | 'difference'): Markup {
  const names = answerNames(tree);
  return markup`<ul class="grid voted">${pictures.map(({ id, uri, predicted, observed, rmse }) => {
    const [said, seen] = [new Map(Object.entries(predicted)), new Map(Object.entries(observed))];
    const told = pick(said, seen, [...names.keys()], by);
    return markup`<li><div><img src="${pictureSource(uri)}" alt="${id}">
<span>error ${figure(rmse)}</span> <span class="id clip" title="${id}">${id}</span></div>
<div>${told.map(
      (column) =>
        markup`<div class="vote" title="${column}"><span class="what clip">${names.get(column) ?? column}</span>${pairedBars(
          said.get(column),
          seen.get(column),
        )}</div>\n`,
    )}</div></li>\n`;
  })}</ul>`;
}

/** By column. */
type Shares = ReadonlyMap<string, number>;

/** The most telling answers, in the tree's order. */
function pick(predicted: Shares, observed: Shares, columns: readonly string[], by: 'share' | 'difference'): readonly string[] {
  const larger = (column: string) => Math.max(predicted.get(column) ?? 0, observed.get(column) ?? 0);
  const weight = (column: string) => {
    const [one, other] = [predicted.get(column), observed.get(column)];
    if (by === 'share') return larger(column);
    return one === undefined || other === undefined ? 0 : Math.abs(one - other);
  };
  const told = columns.filter((column) => larger(column) >= shown.share);
  const most = new Set(told.toSorted((a, b) => weight(b) - weight(a)).slice(0, shown.answers));
  return columns.filter((column) => most.has(column));
}
