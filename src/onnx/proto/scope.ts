import { ENTRY } from './schema.js';
import type { Budget } from './limits.js';
import type { MessageReader } from './message-reader.js';

/** Fetches tensor bytes that lie outside the model file. */
export type ExternalReader = (location: string, offset: number, length: number | undefined) => Uint8Array;

/** What all messages of one file share while it is read. */
export class Scope {
  /** End of the last bytes that a tensor keeps, as an offset into the file's ArrayBuffer. */
  private keptEnd: number;

  constructor(
    private readonly file: Uint8Array,
    readonly budget: Budget,
    readonly external: ExternalReader | undefined,
    /** The file's memory may be rearranged, because nobody else reads it. */
    private readonly owned: boolean,
  ) {
    this.keptEnd = file.byteOffset;
  }

  /** Notes that these bytes stay in use. */
  keep(bytes: Uint8Array): Uint8Array {
    if (bytes.buffer === this.file.buffer) this.keptEnd = Math.max(this.keptEnd, bytes.byteOffset + bytes.byteLength);
    return bytes;
  }

  /**
   * The bytes at a multiple of `size`. In memory of our own they slide a little towards the beginning, over headers that have been
   * read already, so that a file of 100 MB needs 100 MB; elsewhere they are copied.
   */
  align(bytes: Uint8Array, size: number): Uint8Array {
    const start = bytes.byteOffset - (bytes.byteOffset % size);
    if (!this.owned || bytes.buffer !== this.file.buffer || start < this.keptEnd) return bytes.slice();
    const moved = new Uint8Array(bytes.buffer, start, bytes.byteLength);
    moved.set(bytes);
    return this.keep(moved);
  }
}

/** Decodes a StringStringEntryProto. */
export function decodeEntry(message: MessageReader): [key: string, value: string] {
  let key = '';
  let value = '';
  for (let field = message.next(); field !== 0; field = message.next()) {
    if (field === ENTRY.key) key = message.name();
    else if (field === ENTRY.value) value = message.text();
    else message.skip();
  }
  return [key, value];
}
