/** What a finished model knows about itself; lies as JSON in its metadata under `messier.model`. */
export interface ModelCard {
  readonly format: 'messier-model/1';
  /** The recipe's name. */
  readonly name: string;
  /** In the order of the output `probabilities`. */
  readonly classes: readonly string[];
  /** Raw label to class, `null` for dropped. */
  readonly labels: Readonly<Record<string, string | null>>;
  readonly preprocess: {
    readonly size: number;
    readonly crop: number;
    readonly channels: 1 | 3;
    readonly mean: readonly number[];
    readonly deviation: readonly number[];
  };
  /** How raw counts (FITS) become pixels before the model. */
  readonly stretch: Readonly<Record<string, unknown>>;
  /** Views whose logits are averaged inside the model. */
  readonly views: 'one' | 'flips' | 'dihedral';
  /** Added to the logits of the classes; moves the balance between frequent and rare classes. */
  readonly offsets: readonly number[];
  /** Divides the logits after that, which changes how sure the model says it is and never what it answers; 1 leaves them. */
  readonly temperature: number;
  /** Where it comes from. */
  readonly training: {
    readonly architecture: string;
    readonly recipeHash: string;
    readonly dataHash: string;
    readonly splitHash: string;
    readonly pictures: number;
    readonly version: string;
  };
  /** Figures on the held-out pictures: accuracy, balancedAccuracy, macroF1. */
  readonly metrics: Readonly<Record<string, number>>;
}
