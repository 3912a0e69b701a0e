import { plot, type PlotOptions } from '@observablehq/plot';
import { parseHTML } from 'linkedom/worker';
import { shorten, textWidth } from './format.js';
import { markup, Markup } from './html.js';

/** What is used of an SVG element, which Node has no type of. */
interface Drawing {
  querySelector(selector: string): { remove(): void } | null;
  removeAttribute(name: string): void;
  toString(): string;
}

// Neither this project nor Node has the type of a document; it only goes from one package to the other.
const { document } = parseHTML('<!doctype html><html></html>') as unknown as { readonly document: never };

/** A plot as markup that keeps its size on wide screens and scrolls, or shrinks to `narrowest` pixels, on small ones. */
export function draw(label: string, options: PlotOptions & { readonly width: number }, narrowest = options.width): Markup {
  const drawing = plot({
    ...options,
    // Axes are marks here; Plot adds its own where it does not find them in both directions.
    x: { axis: null, ...options.x },
    y: { axis: null, ...options.y },
    document,
    className: 'plot',
  }) as unknown as Drawing;
  // Colours and fonts come from the page's own style sheet, once for all plots.
  drawing.querySelector('style')?.remove();
  for (const name of ['fill', 'font-family', 'font-size', 'width', 'height']) drawing.removeAttribute(name);
  const tag = markup`<svg role="img" aria-label="${label}" style="max-width:${options.width}px;min-width:${narrowest}px"`;
  return new Markup(drawing.toString().replace('<svg', () => tag.text));
}

/** A plot that may be wider than the screen, in a region that scrolls and takes the keyboard's focus. */
export const scrolling = (label: string, drawing: Markup): Markup =>
  markup`<div class="scroll" role="region" tabindex="0" aria-label="${label}">${drawing}</div>`;

/** Names of classes along an axis: their text, cut to a length, and the margin that it takes. */
export interface AxisNames {
  readonly format: (name: string) => string;
  readonly margin: number;
}

/** Longest name on an axis, in characters. */
const longest = 22;

export function axisNames(names: readonly string[], most = longest): AxisNames {
  const format = (name: string) =>
    name === ''
      ? '(no label)'
      : lines(name)
          .map((line) => shorten(line, most))
          .join('\n');
  return {
    format,
    margin: Math.ceil(Math.min(170, Math.max(24, ...names.flatMap((name) => lines(format(name)).map(textWidth))))) + 12,
  };
}

const lines = (text: string): readonly string[] => text.split('\n');

/** One entry of a legend: how its mark looks, and what it means. */
export interface LegendEntry {
  readonly mark: 'line' | 'dashed' | 'box' | 'circle' | 'square' | 'triangle';
  /** Name of a colour of the page's style sheet: `--blue`. */
  readonly colour: string;
  readonly text: string;
}

export const legend = (entries: readonly LegendEntry[]): Markup =>
  markup`<p class="legend">
    ${entries.map(({ mark, colour, text }) => markup`<span><i class="${mark}" style="color:var(${colour})"></i>${text}</span> `)}
  </p>`;
