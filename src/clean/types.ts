/** What is said of pictures that may have to go. */

/** Why a picture is suspected. */
export const reasonKinds = [
  'unreadable',
  'conflict',
  'label',
  'photo',
  'text',
  'lines',
  'flat',
  'outlier',
  'duplicate',
  'tiny',
  'blank',
  'dark',
  'blurred',
] as const;
export type ReasonKind = (typeof reasonKinds)[number];

export interface Reason {
  readonly kind: ReasonKind;
  /** For people. */
  readonly text: string;
}

/** A picture of a review list. */
export interface Suspect {
  /** The item's id. */
  readonly file: string;
  /** How suspicious it is, in [0, 1]; 1 is what can't be read. */
  readonly score: number;
  /** The strongest first; none where nothing is out of the ordinary. */
  readonly reasons: readonly Reason[];
  /** The label as given. */
  readonly class: string | undefined;
  /** The class that it looks like, where the label is doubted. */
  readonly suggested: string | undefined;
}

/** Every picture of a collection, most suspicious first. */
export interface Review {
  readonly suspects: readonly Suspect[];
  /** Pictures with a reason of each kind. */
  readonly counts: Readonly<Partial<Record<ReasonKind, number>>>;
  /** The network that described them; `undefined` where only measures made by hand did. */
  readonly network: string | undefined;
  /** Estimated share of wrong labels among labelled pictures; `undefined` without two classes to compare. */
  readonly noise: number | undefined;
}
