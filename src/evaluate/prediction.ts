import type { Picture } from '../core/picture.js';
import type { ModelCard } from '../models/card.js';

/** What a model is asked about: a picture, a text, or both, as its card's `inputs` says. What it does not take is left aside. */
export interface Asked {
  readonly picture?: Picture | undefined;
  readonly text?: string | undefined;
}

/** A picture stands for a question about it alone. */
export type Question = Picture | Asked;

/** What a model answers. */
export interface Prediction {
  /** Of the classes in the card's order; they add up to 1. Of a model of votes: shares of all volunteers. */
  readonly probabilities: Float32Array;
  /** Mean over the views, before offsets and temperature. Of a model of votes: concentrations where it has them, else the shares. */
  readonly logits: Float32Array;
}

/** A finished model, ready to answer. */
export interface Predictor {
  readonly card: ModelCard;
  /** Questions that one run takes. */
  readonly batch: number;
  /**
   * Pictures may have any size; gray ones are repeated for a model of colours, colours become luma for a model of gray. Throws
   * `predict/input` where a picture or text is missing that the model takes.
   */
  predict(question: Question): Promise<Prediction>;
  /** In the order given. Pictures of the same size run together, which changes an answer by less than 1e-6. */
  predictMany(questions: readonly Question[]): Promise<Prediction[]>;
  /** Frees memory and thread. */
  close(): Promise<void>;
}
