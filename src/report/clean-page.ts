import type { ReasonKind } from '../clean/types.js';
import type { CleanPicture, CleanReport } from './clean-types.js';
import { count, counted, figure, percent, shellWord } from './format.js';
import { jsonBlock, markup, Markup, pictureSource } from './html.js';
import { renderPage } from './page.js';
import { table } from './table.js';

/** Reasons in words. */
const names: Readonly<Record<ReasonKind, string>> = {
  unreadable: 'can’t be read',
  conflict: 'copies with different labels',
  label: 'doubtful label',
  photo: 'photograph or drawing of something else',
  text: 'text',
  lines: 'frames, panels, axes',
  flat: 'evenly coloured',
  outlier: 'unlike its class',
  duplicate: 'copy',
  tiny: 'tiny',
  blank: 'blank',
  dark: 'very dark',
  blurred: 'blurred',
};

/**
 * The page of a review: pictures with scores, labels and reasons, most suspicious first, to be filtered by reason. One self-contained HTML
 * file without scripts. Throws `report/picture` where a picture is no `data:` URI of a bitmap.
 *
 * @example
 * await writeFile('clean.html', cleanPage({ ...review, name: 'six', location: 'pictures/', pictures }));
 */
export function cleanPage({ name, location, pictures, suspects, counts, network, noise }: CleanReport): string {
  const kinds = Object.entries(counts) as [ReasonKind, number][];
  const shown = new Set(pictures.flatMap(({ reasons }) => reasons.map(({ kind }) => kind)));
  const says = [
    `${counted(suspects.length, 'picture')}, described by ${network ?? 'measures made by hand'}; the ${count(pictures.length)} most suspicious are below.`,
    ...(noise === undefined ? [] : [`Estimated share of wrong labels: ${percent(noise)}.`]),
    'A score ranks; it is no probability. Look before you decide: what is rare is not wrong for that.',
  ];
  return renderPage({
    title: `What to reject in ${name}`,
    description: location,
    opening: markup`<ul class="says">${says.map((sentence) => markup`<li>${sentence}</li>\n`)}</ul>`,
    sections: [
      { id: 'reasons', title: 'Reasons', body: countTable(kinds) },
      {
        id: 'pictures',
        title: 'Pictures',
        lead: 'Choose a reason to see its pictures alone.',
        body: gallery(pictures, [...shown]),
      },
      {
        id: 'decide',
        title: 'Decide',
        lead: 'Fill in the column decision (accept, drop, relabel with a class) and record it.',
        body: decide(location, table1(pictures)),
      },
    ],
    data: jsonBlock('clean-report', {
      suspects: pictures.map(({ file, score, reasons, class: own, suggested }) => ({
        file,
        score,
        reasons,
        class: own,
        suggested,
      })),
      counts,
      network,
      noise,
    }),
  });
}

const countTable = (kinds: readonly (readonly [ReasonKind, number])[]): Markup =>
  kinds.length === 0
    ? markup`<p>Nothing is out of the ordinary.</p>`
    : table({
        caption: 'Pictures by reason',
        columns: ['reason', 'pictures'],
        rows: kinds.toSorted(([, a], [, b]) => b - a).map(([kind, pictures]) => [names[kind], count(pictures)]),
      });

/** Radio buttons filter by CSS alone: pages run no scripts. */
function gallery(pictures: readonly CleanPicture[], kinds: readonly ReasonKind[]): Markup {
  const rules = kinds.map((kind) => `.review:has(#show-${kind}:checked) li:not(.kind-${kind}){display:none}`).join('\n');
  const choice = (id: string, text: string, isFirst: boolean): Markup =>
    markup`<label><input type="radio" name="show" id="show-${id}"${isFirst ? new Markup(' checked') : undefined}> ${text}</label>\n`;
  return markup`<style>
.review .choices{display:flex;flex-wrap:wrap;gap:4px 16px;margin:0 0 14px;padding:0;border:0}
.review .grid{grid-template-columns:repeat(auto-fill,minmax(min(170px,46%),1fr))}
.review .why{display:block;font-size:.8125rem}
.csv{width:100%;overflow-x:auto;font:12px/1.5 ui-monospace,monospace}
${new Markup(rules)}
</style>
<div class="review"><fieldset class="choices"><legend>Show</legend>${choice('all', 'all', true)}${kinds.map((kind) => choice(kind, names[kind], false))}</fieldset>
<ul class="grid wide">${pictures.map(card)}</ul></div>`;
}

const card = ({ file, score, reasons, class: own = '(no label)', suggested, uri }: CleanPicture): Markup =>
  markup`<li class="${reasons.map(({ kind }) => `kind-${kind}`).join(' ')}">${
    uri === undefined ? undefined : markup`<img src="${pictureSource(uri)}" alt="${own}: ${file}" loading="lazy">`
  }<span>${figure(score)} <b>${own}</b>${suggested === undefined ? undefined : markup` → <b>${suggested}</b>?`}</span>
${reasons.map(({ text }) => markup`<span class="why">${text}</span>`)}
<span class="id clip" title="${file}">${file}</span></li>\n`;

/** The table to copy or to save, and the command that records it. */
const decide = (location: string, csv: string): Markup =>
  markup`<p><a download="decisions.csv" href="data:text/csv;charset=utf-8,${encodeURIComponent(csv)}">Save decisions.csv</a></p>
<pre class="csv">messier clean ${shellWord(location)} --decisions decisions.csv</pre>
<textarea class="csv" rows="12" readonly aria-label="Table of decisions">${csv}</textarea>`;

/** A table of decisions to fill in. */
function table1(pictures: readonly CleanPicture[]): string {
  const cell = (text: string): string => (/[",\n\r]/.test(text) ? `"${text.replaceAll('"', '""')}"` : text);
  const rows = pictures.map(({ file, suggested = '' }) => `${cell(file)},,${cell(suggested)}`);
  return ['file,decision,class', ...rows].join('\n');
}
