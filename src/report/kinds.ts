/** Marks of labels and sources: the eight most frequent have one of their own, the others share one. */
import { markup, type Markup } from './html.js';

/** Colours that marks have: `--kind1` to `--kind8`. */
export const mostKinds = 8;

export interface Kind {
  /** Name of the colour in the style sheet. */
  readonly colour: string;
  readonly square: boolean;
}

/** Of the kind at a place; the last for all beyond. */
export const kindAt = (place: number): Kind =>
  place < mostKinds ? { colour: `--kind${place + 1}`, square: place % 2 === 1 } : { colour: '--muted', square: false };

export const kindMark = ({ colour, square }: Kind): Markup =>
  markup`<i class="${square ? 'square' : 'circle'}" style="color:var(${colour})"></i>`;
