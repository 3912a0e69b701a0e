import type { Picture } from '../core/picture.js';
import type { TensorRecord } from '../runtime/types.js';

/** One labelled picture, not read yet. */
export interface Item {
  /** Unique within its dataset and stable: a path relative to the dataset's folder with forward slashes, or `Galaxy10.h5#12`. */
  readonly id: string;
  /** As the source names it, before any mapping; `undefined` where the source has none. */
  readonly label: string | undefined;
  /** What it shows (an object id): items of one group never straddle a split. */
  readonly group?: string | undefined;
  /** Who brought it, where a catalogue knows: `nasa`, `apod`. */
  readonly source?: string | undefined;
  /** When it was made or published: `2021`, `2021-03-04` or a time. */
  readonly date?: string | undefined;
  readonly title?: string | undefined;
  /** What is written about it. */
  readonly text?: string | undefined;
  /** SHA-256 of its content, of the text where only texts are read: where it is known without loading. */
  readonly hash?: string | undefined;
}

/** Why something of a dataset is left out. */
export interface Skipped {
  readonly id: string;
  /** The code of the error: `picture/truncated`, `label/missing`. */
  readonly code: string;
  /** For people. */
  readonly reason: string;
}

/** An item's picture and what identifies its content. */
export interface LoadedItem {
  readonly picture: Picture;
  /** SHA-256 of the stored bytes (the file's, or the array element's), in hexadecimal. */
  readonly hash: string;
}

/** Pictures with labels, from a folder, a table or an array file. */
export interface Dataset {
  /** For people: the name of the folder or file. */
  readonly name: string;
  /** The path it was opened from. */
  readonly location: string;
  /** In a stable order: that of the table or array, or by id. */
  readonly items: readonly Item[];
  /** What could not become an item: rows without a file, files that are no pictures. */
  readonly skipped: readonly Skipped[];
  /** Reads one picture. Throws MessierError for that item alone; others can still be read. Safe to call several times at once. */
  load(item: Item): Promise<LoadedItem>;
  close(): Promise<void>;
}

/** How labels of a source become classes. */
export interface LabelRule {
  /** Classes in the order of the model's outputs. */
  readonly classes: readonly string[];
  /** Raw label to class, `null` to drop its items; labels that are classes themselves need no entry. */
  readonly labels: Readonly<Record<string, string | null>>;
}

/** How a picture becomes the network's input; travels inside the model. */
export interface Preprocess {
  /** Side of the square that the network sees, in pixels. */
  readonly size: number;
  /** `crop`: the central square of the picture; `stretch`: the whole of it, its sides scaled separately. `crop` unless told. */
  readonly fit?: 'crop' | 'stretch' | undefined;
  /** Share of the shorter side (stretched: of each side) that is kept around the centre, in (0, 1]. */
  readonly crop: number;
  readonly channels: 1 | 3;
  /** Of values in [0, 1], one a channel; (value - mean) / deviation goes into the network. */
  readonly mean: readonly number[];
  readonly deviation: readonly number[];
}

/** An item of a pixel cache. */
export interface CachedItem extends Item {
  readonly hash: string;
  /** Of the original picture, in pixels. */
  readonly width: number;
  readonly height: number;
  /** 64-bit perceptual hash, 16 hexadecimal digits. */
  readonly perceptual: string;
}

/**
 * Every picture of a dataset decoded once: the central square of the whole picture, resized to `side` pixels where
 * `side = round(size / crop)`, so that turns and shifts find real pixels beyond the crop. Planes of uint8 (channels, side, side).
 */
export interface PixelCache {
  readonly side: number;
  readonly channels: 1 | 3;
  /** Those that could be read, in the dataset's order. */
  readonly items: readonly CachedItem[];
  /** The dataset's own and those whose picture is broken. */
  readonly skipped: readonly Skipped[];
  /** The file with the pixels, items one after the other; channels * side * side bytes each. */
  readonly path: string;
}

/** Part of a split. */
export type Part = 'train' | 'validation' | 'test';

/** Random changes of a training picture, each drawn anew for each item and epoch. All default to none. */
export interface Augmentation {
  /** Any angle up to this many degrees to both sides, `quarter` for multiples of 90. */
  readonly rotate?: number | 'quarter' | undefined;
  readonly flip?: 'none' | 'horizontal' | 'both' | undefined;
  /** Up to this share of the side, in both directions. */
  readonly shift?: number | undefined;
  /** Scale drawn log-uniformly between 1 / (1 + zoom) and 1 + zoom. */
  readonly zoom?: number | undefined;
  /** Different scale of both axes, drawn like zoom. */
  readonly stretch?: number | undefined;
  /** Brightness factor drawn log-uniformly between 1 / (1 + intensity) and 1 + intensity. */
  readonly intensity?: number | undefined;
  /** Standard deviation of noise added to values in [0, 1]. */
  readonly noise?: number | undefined;
  /** Side of a square set to the mean, as a share of the picture's side. */
  readonly cutout?: number | undefined;
  /** Alpha of the Beta distribution of mixup (arXiv:1710.09412); pairs are drawn within the batch. */
  readonly mixup?: number | undefined;
  /** Factor on the strengths above for single classes: targeted augmentation of weak ones. */
  readonly perClass?: Readonly<Record<string, number>> | undefined;
}

/** How items are drawn in an epoch. `power` draws class c with probability proportional to count_c ** power: 1 natural, 0 balanced. */
export interface Sampling {
  readonly power: number;
}

/**
 * Rows of numbers that go with the pictures: words of a text, shares of votes. Each becomes a tensor (N, width) of a batch, under its
 * name. A column `targets` stands in place of the shares of the classes.
 */
export type Columns = Readonly<Record<string, Column>>;

/** One row an item, in the order of the items. */
export type Column =
  | { readonly type: 'float32'; readonly width: number; readonly data: Float32Array }
  | { readonly type: 'int64'; readonly width: number; readonly data: BigInt64Array };

/** Batches by number: the same epoch and step give the same bits, whatever was asked before. */
export interface BatchSource {
  /** Steps of an epoch. */
  readonly steps: number;
  /** Pictures of a batch. */
  readonly size: number;
  /**
   * `image` float32 (N, channels, size, size), `targets` float32 (N, classes), the shares of the classes (sharp without mixup), and the
   * columns.
   */
  batch(epoch: number, step: number): Promise<TensorRecord>;
  close(): Promise<void>;
}

/** Unchanged pictures in order, for validation: the crop as the model takes it. */
export interface OrderedSource {
  readonly count: number;
  /** `image` float32 (n, channels, size, size) and the columns of the items from `start` on, at most `size`. */
  read(start: number, size: number): Promise<TensorRecord>;
  close(): Promise<void>;
}
