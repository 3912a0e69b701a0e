import { markup, Markup, type Part } from './html.js';
import { styleSheet } from './style.js';

/** One part of a page, with its entry in the list of contents. */
export interface Section {
  /** The anchor. */
  readonly id: string;
  readonly title: string;
  readonly lead?: Part;
  readonly body: Part;
}

/** A whole page. */
export interface Page {
  readonly title: string;
  readonly description: string;
  /** Before the sections, without a title. */
  readonly opening: Part;
  readonly sections: readonly Section[];
  /** Data for machines, see `jsonBlock`. */
  readonly data: Markup;
  /** What makes the page answer to hands; everything is there without it. */
  readonly script?: PageScript | undefined;
}

/** A script that is the same in every page, with the SHA-256 of its text in base64, by which the browser knows it. */
export interface PageScript {
  readonly text: string;
  readonly hash: string;
}

/** Other scripts, frames, forms and every address but `data:` pictures are refused by the browser itself. */
const policy = "default-src 'none'; img-src data:; style-src 'unsafe-inline'; base-uri 'none'; form-action 'none'";
const policyWith = (script: PageScript | undefined): string =>
  script ? `${policy}; script-src 'sha256-${script.hash}'` : policy;

/** One self-contained HTML file. */
export function renderPage({ title, description, opening, sections, data, script }: Page): string {
  return markup`<!doctype html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<meta http-equiv="Content-Security-Policy" content="${policyWith(script)}">
<meta name="color-scheme" content="light dark">
<title>${title}</title>
<style>${new Markup(styleSheet)}</style>
</head>
<body>
<header>
<h1>${title}</h1>
${description === '' ? undefined : markup`<p class="lead">${description}</p>`}
<nav aria-label="Contents">${sections.map((section) => markup`<a href="#${section.id}">${section.title}</a>`)}</nav>
</header>
<main>
<section class="first" aria-label="In short">${opening}</section>
${sections.map(renderSection)}
</main>
<footer><p>Written by messier. This page asks nothing of the network; its figures lie in it as JSON.</p></footer>
${data}
${script && markup`<script>${new Markup(script.text)}</script>`}
</body>
</html>
`.text;
}

const renderSection = ({ id, title, lead, body }: Section): Markup => markup`<section id="${id}" aria-labelledby="${id}-title">
<h2 id="${id}-title">${title}</h2>
${lead === undefined ? undefined : markup`<p class="lead">${lead}</p>`}
${body}
</section>
`;
