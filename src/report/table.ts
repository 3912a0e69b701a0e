import { count } from './format.js';
import { markup, type Markup, type Part } from './html.js';
import { scrolling } from './draw.js';

/** A table for people who read numbers. The first cell of a row is its heading. */
export interface Table {
  readonly caption: string;
  readonly columns: readonly string[];
  readonly rows: readonly (readonly Part[])[];
  /** Columns of words, aligned to the left; the first always is. */
  readonly words?: readonly number[];
}

export function table({ caption, columns, rows, words = [] }: Table): Markup {
  const kind = (at: number) => (words.includes(at) ? markup` class="words long"` : undefined);
  const cell = (value: Part, at: number) =>
    at === 0 ? markup`<th scope="row">${value}</th>` : markup`<td${kind(at)}>${value}</td>`;
  return scrolling(
    caption,
    markup`<table>
<caption>${caption}</caption>
<thead><tr>${columns.map((name, at) => markup`<th scope="col"${kind(at)}>${name}</th>`)}</tr></thead>
<tbody>
${rows.map((row) => markup`<tr>${row.map(cell)}</tr>\n`)}</tbody>
</table>`,
  );
}

/** Behind a line that opens it. */
export const folded = (summary: string, body: Part): Markup => markup`<details><summary>${summary}</summary>${body}</details>`;

/** Says that a list was cut; nothing where it was not. */
export const andMore = (all: number, shown: number): Markup | undefined =>
  all > shown ? markup`<p class="lead">… and ${count(all - shown)} more.</p>` : undefined;
