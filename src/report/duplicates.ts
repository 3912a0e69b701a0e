import { count, counted, shorten } from './format.js';
import { markup, pictureSource, type Markup } from './html.js';
import { andMore, folded, table } from './table.js';
import type { DataReport, Thumbnail } from './types.js';

/** Longest list of groups. */
export const duplicateLimit = 100;
/** Longest name under a picture, in characters. */
const longest = 60;

type Group = DataReport['duplicates'][number];

const named = (label: string | undefined): string =>
  label === undefined || label === '' ? '(no label)' : shorten(label, longest);
const differ = (group: Group): boolean => new Set(group.map(({ label }) => label)).size > 1;

/** Groups of pictures that are the same or nearly, side by side, and all of them as a table. */
export function duplicateGroups(duplicates: DataReport['duplicates'], copies: readonly Thumbnail[]): Markup {
  if (duplicates.length === 0) return markup`<p>None were found.</p>`;
  const uris = new Map(copies.map(({ id, uri }) => [id, uri]));
  const shown = duplicates.filter((group) => group.some(({ id }) => uris.has(id)));
  const exact = duplicates.filter((group) => group.every((one) => one.exact)).length;
  const near = duplicates.length - exact;
  const said = [
    ...(exact > 0 ? [`${counted(exact, 'group')} of the very same content`] : []),
    ...(near > 0
      ? [`${counted(near, 'group')} of pictures that are nearly the same: encoded again, resized, brightened or recoloured`]
      : []),
  ];
  return markup`<p>${said.join('; ')}.</p>
<ul class="copies">${shown.map((group) => pictured(group, uris))}</ul>${andMore(duplicates.length, shown.length)}${folded(
    'Duplicates as a table',
    markup`${table({
      caption: 'Pictures that are the same or nearly',
      columns: ['group', 'pictures', 'labels', 'content'],
      words: [1, 2, 3],
      rows: duplicates
        .slice(0, duplicateLimit)
        .map((group, at) => [
          count(at + 1),
          markup`${group.map(({ id }) => markup`<span class="id">${id}</span>`)}`,
          [...new Set(group.map(({ label }) => named(label)))].join(', '),
          kindOf(group),
        ]),
    })}${andMore(duplicates.length, duplicateLimit)}`,
  )}`;
}

function kindOf(group: Group): string {
  if (group.every(({ exact }) => exact)) return 'the same';
  return group.some(({ exact }) => exact) ? 'the same, and nearly the same' : 'nearly the same';
}

function pictured(group: Group, uris: ReadonlyMap<string, string>): Markup {
  const members = group.flatMap(({ id, label }) => {
    const uri = uris.get(id);
    return uri === undefined ? [] : [{ id, label, uri }];
  });
  const verdict = differ(group) ? markup`<span class="differ">different labels</span>, ` : undefined;
  return markup`<li>${verdict}${kindOf(group)}<ul>${members.map(
    ({ id, label, uri }) => markup`<li title="${id}"><img src="${pictureSource(uri)}" alt="${named(label)}: ${id}">
<span class="clip">${named(label)}</span><span class="id clip">${id}</span></li>\n`,
  )}</ul>${andMore(group.length, members.length)}</li>\n`;
}
