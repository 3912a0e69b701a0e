/** What a catalogue holds, as callers see it. Dates and times are ISO 8601 texts, times in UTC. */

/** A picture and where it is from. One item for each content: the SHA-256 of the file's bytes is its identity. */
export interface Item {
  /** Grows in the order of arrival; of this catalogue alone. */
  readonly id: number;
  /** SHA-256 of the file's bytes, 64 hexadecimal digits. */
  readonly hash: string;
  /** Bytes of the file. */
  readonly bytes: number;
  /** `jpeg`, `png`, `webp`, `tiff`, `gif`, `avif`, `fits`. */
  readonly format: string;
  /** In pixels. */
  readonly width: number;
  readonly height: number;
  /** 16 hexadecimal digits: `perceptualHash`. */
  readonly perceptual: string;
  /** Of the source that brought it first: `nasa`, `apod`, `urls`, or the name given to a folder, table or archive. */
  readonly source: string;
  /** Its name there; unique within the source. */
  readonly sourceId: string;
  readonly url: string | undefined;
  readonly title: string;
  readonly description: string;
  readonly keywords: readonly string[];
  /** When it was made or published, as far as the source says: `2021`, `2021-03-04` or a time. */
  readonly date: string | undefined;
  readonly credit: string | undefined;
  readonly copyright: string | undefined;
  readonly licence: string | undefined;
  readonly fetchedAt: string;
  /** What its labels come to: {@link resolveLabels}. `undefined` without labels. */
  readonly class: string | undefined;
  readonly review: Review;
}

/** `accepted` and `dropped` are decisions of people; a relabelled item is accepted under its new class. */
export type Review = 'open' | 'accepted' | 'dropped';

/**
 * Who says what an item shows, weakest first: a model, a search that found it, a rule on words, the folder or table it came in, a person.
 * A stronger one outweighs a weaker one.
 */
export const labelOrigins = ['model', 'search', 'keyword', 'folder', 'person'] as const;
export type LabelOrigin = (typeof labelOrigins)[number];

/** A statement about an item. Nothing is ever deleted: a retracted one stays with the time of its end. */
export interface Label {
  readonly id: number;
  readonly item: number;
  /** `label` names a class; `accept` and `drop` are decisions of a person. */
  readonly kind: 'label' | 'accept' | 'drop';
  /** Of kind `label` alone. */
  readonly class: string | undefined;
  readonly origin: LabelOrigin;
  /** Which search term, rule, folder, model or person. */
  readonly by: string;
  /** In [0, 1]; `undefined` where nobody says. */
  readonly confidence: number | undefined;
  readonly at: string;
  readonly retractedAt: string | undefined;
}

export type NewLabel = Pick<Label, 'kind' | 'class' | 'origin' | 'by' | 'confidence'>;

/** A picture to take in, with what its source says. */
export interface NewItem extends Omit<Item, 'id' | 'class' | 'review'> {
  readonly labels: readonly NewLabel[];
  /** Answers of volunteers, by question or column of a decision tree. */
  readonly votes?: { readonly tree: string; readonly shares: Readonly<Record<string, number>> } | undefined;
}

/** What became of a {@link NewItem}. */
export interface Added {
  readonly id: number;
  /** `false` where its content was there already: then its source's name for it, and labels not said yet, were added. */
  readonly isNew: boolean;
}

/** Why something that a source offered is not in the catalogue: not asked for again until it is told to. */
export interface Refusal {
  readonly source: string;
  readonly sourceId: string;
  readonly code: string;
  readonly reason: string;
  readonly at: string;
}

/** Which items. Fields left out don't restrict; all that are given must hold. */
export interface ItemQuery {
  /** Name of a dataset. */
  readonly dataset?: string | undefined;
  /** One of these; `''` stands for items without a class. */
  readonly classes?: readonly string[] | undefined;
  readonly sources?: readonly string[] | undefined;
  readonly reviews?: readonly Review[] | undefined;
  /** Words of title and description, by their stems: all of them; "in this order" in quotation marks, -not this one. */
  readonly text?: string | undefined;
  /** Of the item's date, inclusive: `2010` or `2010-06-01`. Items without a date are left out. */
  readonly since?: string | undefined;
  readonly until?: string | undefined;
}

export interface PageOptions {
  /** 1 to 1000; 50 unless told. */
  readonly limit?: number | undefined;
  /** The last item of the page before. */
  readonly after?: number | undefined;
}

/** A named selection of items. */
export interface CatalogueDataset {
  readonly name: string;
  readonly description: string;
  readonly createdAt: string;
  readonly items: number;
}

/** Items of each class, source and review state. `class` is `''` for items without one. */
export interface ItemCount {
  readonly source: string;
  readonly class: string;
  readonly review: Review;
  readonly items: number;
}

/** A training run on items of the catalogue. */
export interface RunRecord {
  readonly id: string;
  /** Location it was trained on: `catalogue:six?review=accepted,open`. */
  readonly data: string;
  /** SHA-256 of its split manifest. */
  readonly split: string | undefined;
  readonly folder: string;
  readonly recipe: string;
  /** Figures as in evaluation.json. */
  readonly figures: Readonly<Record<string, number>>;
  readonly at: string;
}

/** A finished model. */
export interface ModelRecord {
  /** SHA-256 of the file. */
  readonly hash: string;
  readonly run: string | undefined;
  readonly path: string;
  readonly architecture: string;
  readonly classes: readonly string[];
  readonly at: string;
}

/** A split manifest that was used, kept whole. */
export interface SplitRecord {
  /** SHA-256 of the manifest's text. */
  readonly hash: string;
  readonly data: string;
  /** The file's text. */
  readonly manifest: string;
  readonly at: string;
}
