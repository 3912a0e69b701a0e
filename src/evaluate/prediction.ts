import type { Picture } from '../core/picture.js';
import type { ModelCard } from '../models/card.js';

/** What a model answers to one picture. */
export interface Prediction {
  /** Of the classes in the card's order; they add up to 1. */
  readonly probabilities: Float32Array;
  /** Mean over the views, before offsets and temperature. */
  readonly logits: Float32Array;
}

/** A finished model, ready to answer. */
export interface Predictor {
  readonly card: ModelCard;
  /** Pictures that one run takes. */
  readonly batch: number;
  /** Any size. Gray pictures are repeated for a model of colours, colours become luma for a model of gray. */
  predict(picture: Picture): Promise<Prediction>;
  /** In the order given. Pictures of the same size run together, which changes an answer by less than 1e-6. */
  predictMany(pictures: readonly Picture[]): Promise<Prediction[]>;
  /** Frees memory and thread. */
  close(): Promise<void>;
}
