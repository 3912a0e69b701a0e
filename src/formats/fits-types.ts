import type { FitsHeader } from './fits-header.js';

/** A header and its data. */
export interface FitsHdu {
  /** From 0, the primary one. */
  readonly index: number;
  /** EXTNAME, or `''`. */
  readonly name: string;
  /** `compressed` for an image in tiles inside a table, as fpack makes them. */
  readonly kind: 'image' | 'compressed' | 'table' | 'other';
  readonly header: FitsHeader;
  /** Type of a stored value: 8, 16, 32, 64 integers, -32, -64 floating point. */
  readonly bitpix: number;
  /** NAXIS1, NAXIS2, ...: the first varies fastest. */
  readonly axes: readonly number[];
  /** The stored data, without the filling of their last block. */
  readonly data: Uint8Array;
}

/** An opened FITS file. */
export interface FitsFile {
  /** Opens error messages: the path in quotation marks, where there is one. */
  readonly title: string;
  readonly hdus: readonly FitsHdu[];
}
