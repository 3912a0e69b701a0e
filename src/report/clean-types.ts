import type { Suspect, Review } from '../clean/types.js';

/** A picture of a review list with a small copy of it. */
export interface CleanPicture extends Suspect {
  /** `data:` URI; absent where it can't be read. */
  readonly uri: string | undefined;
}

/** What `messier clean` shows. Plain JSON. */
export interface CleanReport extends Review {
  readonly name: string;
  readonly location: string;
  /** Those shown, most suspicious first. */
  readonly pictures: readonly CleanPicture[];
}
