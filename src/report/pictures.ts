import { absent, figure, shorten } from './format.js';
import { markup, pictureSource, type Markup } from './html.js';
import type { FeatureMaps, Mistake, Thumbnail } from './types.js';

const image = (uri: string, alt: string): Markup => markup`<img src="${pictureSource(uri)}" alt="${alt}">`;

/** Characters shown of a text. */
const longestText = 200;

const named = (label: string): string => (label === '' ? '(no label)' : label);

/** Pictures of each class under its name, in the order of `classes`, then labels that are none of them. */
export function sampleGrid(samples: readonly Thumbnail[], classes: readonly string[]): Markup | undefined {
  if (samples.length === 0) return undefined;
  const labels = new Set([...classes, ...samples.map(({ label }) => label)]);
  const groups = [...labels].map((label) => ({ label, members: samples.filter((sample) => sample.label === label) }));
  // Short groups stand side by side.
  const kind = groups.some(({ members }) => members.length > 5) ? 'groups' : 'groups short';
  const group = ({ label, members }: (typeof groups)[number]) => markup`<div><h3>${named(label)}</h3>
<ul class="grid">${members.map(({ id, uri }) => markup`<li title="${id}">${image(uri, `${named(label)}: ${id}`)}</li>\n`)}</ul></div>\n`;
  return markup`<div class="${kind}">${groups.filter(({ members }) => members.length > 0).map(group)}</div>`;
}

/** Pictures, or the beginnings of texts, or both, with truth, answer and confidence. */
export function mistakeGrid(mistakes: readonly Mistake[]): Markup {
  const kind = mistakes.some(({ text }) => text !== undefined) ? 'grid texts' : 'grid wide';
  return markup`<ul class="${kind}">${mistakes.map(
    ({ id, uri, text, label, answer, confidence }) => markup`<li>${
      uri === undefined ? undefined : image(uri, `${id}: ${named(label)}, taken for ${answer}`)
    }${text === undefined ? undefined : markup`<p class="text">${shorten(text, longestText)}</p>`}
<span class="truth clip" title="${named(label)}">truth <b>${named(label)}</b></span>
<span class="answer clip" title="${answer}">answer <b>${answer}</b></span>
<span>probability ${Number.isFinite(confidence) ? figure(confidence) : absent}</span>
<span class="id clip" title="${id}">${id}</span></li>\n`,
  )}</ul>`;
}

/** Each picture with its maps, layer after layer. */
export function featureMapGrid(layers: readonly FeatureMaps[]): Markup {
  return markup`${layers.map(
    ({ item, layer, maps }) => markup`<h3>${layer}: ${item.id}${item.label === '' ? '' : ` (${item.label})`}</h3>
<ul class="grid maps"><li class="source" title="the picture">${image(item.uri, `the picture ${item.id}`)}</li>
${maps.map((map, at) => markup`<li title="channel ${at}">${image(map, `channel ${at} of ${layer}`)}</li>\n`)}</ul>\n`,
  )}`;
}
