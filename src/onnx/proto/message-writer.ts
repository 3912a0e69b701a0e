import protobuf from 'protobufjs/minimal.js';

/** From this many bytes on, a field is referred to and not copied. */
const REFERENCE_BYTES = 4_096;

/** Protobuf wire types. */
const VARINT = 0;
const BYTES = 2;
const FIXED32 = 5;

/**
 * Builds one protobuf message as a list of pieces. Large fields stay where they are until the pieces are joined or written one by one,
 * so that a model is never in memory twice while it is saved.
 */
export class MessageWriter {
  private readonly pieces: Uint8Array[] = [];
  private writer = new protobuf.Writer();
  private finished = 0;

  /** Bytes so far. */
  get length(): number {
    return this.finished + this.writer.pos;
  }

  /** An int32 or int64; 2^63 stands for the largest int64. */
  int(field: number, value: number): this {
    this.tag(field, VARINT);
    writeInt64(this.writer, value);
    return this;
  }

  float(field: number, value: number): this {
    this.tag(field, FIXED32);
    this.writer.float(value);
    return this;
  }

  /** A string; an empty one is left out, as proto3 does. */
  text(field: number, value: string): this {
    return value === '' ? this : this.item(field, value);
  }

  /** A string of a list, also an empty one. */
  item(field: number, value: string): this {
    this.tag(field, BYTES);
    this.writer.string(value);
    return this;
  }

  bytes(field: number, value: Uint8Array): this {
    this.tag(field, BYTES);
    if (value.length < REFERENCE_BYTES) {
      this.writer.bytes(value);
      return this;
    }
    this.writer.uint32(value.length);
    this.refer(value);
    return this;
  }

  /** A packed list of int64. */
  ints(field: number, values: readonly number[]): this {
    if (values.length === 0) return this;
    this.tag(field, BYTES);
    this.writer.fork();
    for (const value of values) writeInt64(this.writer, value);
    this.writer.ldelim();
    return this;
  }

  /** A packed list of floats. */
  floats(field: number, values: readonly number[]): this {
    if (values.length === 0) return this;
    this.tag(field, BYTES);
    this.writer.floats([...values]);
    return this;
  }

  /** A message within this one. */
  message(field: number, fill: (message: MessageWriter) => void): this {
    const inner = new MessageWriter();
    fill(inner);
    this.tag(field, BYTES);
    this.writer.uint32(inner.length);
    if (inner.pieces.length === 0) {
      this.writer.raw(inner.writer.finish(true));
      return this;
    }
    for (const piece of inner.finish()) this.refer(piece);
    return this;
  }

  /** Fields that are encoded already. */
  encoded(value: Uint8Array): this {
    this.writer.raw(value);
    return this;
  }

  /** All pieces in order; nothing can be added afterwards. */
  finish(): readonly Uint8Array[] {
    this.flush();
    return this.pieces;
  }

  private tag(field: number, wireType: number): void {
    // Shifting by multiplication: field numbers reach 2^29.
    this.writer.uint32(field * 8 + wireType);
  }

  private refer(piece: Uint8Array): void {
    if (piece.length < REFERENCE_BYTES) {
      this.writer.raw(piece);
      return;
    }
    this.flush();
    this.pieces.push(piece);
    this.finished += piece.length;
  }

  private flush(): void {
    if (this.writer.pos === 0) return;
    this.pieces.push(this.writer.finish(true));
    this.finished += this.writer.pos;
    this.writer = new protobuf.Writer();
  }
}

/** Pieces as one run of bytes. */
export function joinPieces(pieces: readonly Uint8Array[]): Uint8Array {
  const joined = new Uint8Array(pieces.reduce((sum, piece) => sum + piece.length, 0));
  let at = 0;
  for (const piece of pieces) {
    joined.set(piece, at);
    at += piece.length;
  }
  return joined;
}

function writeInt64(writer: protobuf.Writer, value: number): void {
  writer.int64(value === 2 ** 63 ? '9223372036854775807' : value);
}
