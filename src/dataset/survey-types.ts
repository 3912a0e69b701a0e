/** A small picture inside a page. */
export interface Thumbnail {
  readonly id: string;
  /** `data:` URI. */
  readonly uri: string;
  /** The class or raw label. */
  readonly label: string;
}

/** Five-number summary of a quantity, with a histogram. */
export interface Distribution {
  readonly low: number;
  readonly lowerQuartile: number;
  readonly median: number;
  readonly upperQuartile: number;
  readonly high: number;
  /** Bins of equal width from `low` to `high`. */
  readonly counts: readonly number[];
}

/** What the page about a dataset shows: `messier explore`. */
export interface DataReport {
  readonly name: string;
  readonly location: string;
  readonly items: number;
  /** Pictures by raw label; `''` for none. */
  readonly classes: Readonly<Record<string, number>>;
  readonly sizes: readonly { readonly width: number; readonly height: number; readonly count: number }[];
  /** Mean of the pixels in [0, 1], by raw label. */
  readonly brightness: Readonly<Record<string, Distribution>>;
  /** Mean of each channel in [0, 1], by raw label. */
  readonly colour: Readonly<Record<string, readonly [red: number, green: number, blue: number]>>;
  /** Groups of pictures that are the same or nearly. */
  readonly duplicates: readonly (readonly { readonly id: string; readonly label: string | undefined }[])[];
  readonly skipped: readonly { readonly id: string; readonly code: string; readonly reason: string }[];
  readonly samples: readonly Thumbnail[];
}
