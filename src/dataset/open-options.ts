import type { Stretch } from '../sky/stretch.js';

/** How a dataset is opened. */
export interface OpenOptions {
  /** How raw counts (FITS) become pixels. */
  readonly stretch?: Stretch | undefined;
  /** Column of a CSV with the picture files; guessed unless told. */
  readonly imageColumn?: string | undefined;
  /** Column of a CSV with the labels; guessed unless told. */
  readonly labelColumn?: string | undefined;
  /** Column of a CSV that names what a picture shows; guessed unless told. */
  readonly groupColumn?: string | undefined;
  /** What is read of the rows of a CSV, `image` unless told: those of `text` need no picture. */
  readonly inputs?: 'image' | 'text' | 'both' | undefined;
  /** Column of a CSV with the texts; guessed unless told. Read where `inputs` asks for texts. */
  readonly textColumn?: string | undefined;
  /** Folder of the pictures that a CSV names; that of the CSV unless told. */
  readonly images?: string | undefined;
}

/** For people, and where it was opened. */
export interface Where {
  readonly name: string;
  readonly location: string;
}
