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

/** Pictures of one size, or of a range of sizes. */
export interface SizeCount {
  readonly width: number;
  readonly height: number;
  readonly count: number;
}

/** Pictures over time, where items have dates. */
export interface Timeline {
  /** By year, then source; `''` where the source is unknown. */
  readonly years: readonly { readonly year: number; readonly source: string; readonly count: number }[];
  /** Pictures without a year. */
  readonly undated: number;
}

/** A picture that is the same as another one, or nearly. */
export interface Duplicate {
  readonly id: string;
  readonly label: string | undefined;
  /** Whether another one of its group has the very same content. */
  readonly exact: boolean;
}

/** What the map of a dataset is and how good. */
export interface MapFigures {
  readonly method: 'umap';
  /** The pretrained network that described the pictures; `undefined` where that was measures of colour and texture. */
  readonly network: string | undefined;
  /** Pictures on the map. */
  readonly points: number;
  /** Neighbours that trustworthiness and accuracy ask. */
  readonly neighbours: number;
  /** How far neighbours on the map are neighbours by the features, in [0, 1]. */
  readonly trustworthiness: number;
  /** Share of the pictures that have the label of most of their neighbours by the features; of at least two labels. */
  readonly knnAccuracy: number | undefined;
}

/** A map of pictures that look alike to whatever described them. */
export interface PictureMap extends MapFigures {
  readonly places: readonly {
    readonly id: string;
    readonly label: string;
    readonly title: string | undefined;
    readonly x: number;
    readonly y: number;
  }[];
  /** Small copies in the order of the places, `columns` in a row, each `side` pixels wide and high. */
  readonly sprite: { readonly uri: string; readonly side: number; readonly columns: number };
}

/** What the page about a dataset shows: `messier explore`. */
export interface DataReport {
  readonly name: string;
  readonly location: string;
  readonly items: number;
  /** Pictures by raw label; `''` for none. */
  readonly classes: Readonly<Record<string, number>>;
  /** At most 20, the most frequent first; the rarest are counted with the nearest common one. */
  readonly sizes: readonly SizeCount[];
  /** How many there are. */
  readonly sizeCount: number;
  /** Pixels of the shortest and the longest side of any picture; `undefined` without pictures. */
  readonly sides: { readonly shortest: number; readonly longest: number } | undefined;
  /** Pictures from this width and height on up to a quarter of an octave more. */
  readonly sizeCells: readonly SizeCount[];
  /** Width over height; `undefined` without pictures. */
  readonly aspect: Distribution | undefined;
  /** Mean of the pixels in [0, 1], by raw label. */
  readonly brightness: Readonly<Record<string, Distribution>>;
  /** Mean of each channel in [0, 1], by raw label. */
  readonly colour: Readonly<Record<string, readonly [red: number, green: number, blue: number]>>;
  /** `undefined` where no item has a date. */
  readonly timeline: Timeline | undefined;
  /** Groups of pictures that are the same or nearly; those with several labels first. */
  readonly duplicates: readonly (readonly Duplicate[])[];
  readonly skipped: readonly { readonly id: string; readonly code: string; readonly reason: string }[];
  readonly samples: readonly Thumbnail[];
  /** Of the first duplicates. */
  readonly copies: readonly Thumbnail[];
  /** `undefined` where there are too few pictures. */
  readonly map: PictureMap | undefined;
}
