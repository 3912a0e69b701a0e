import protobuf from 'protobufjs/minimal.js';
import { MessierError } from '../../core/errors.js';
import type { Budget } from './limits.js';

/** Protobuf wire types. */
const VARINT = 0;
const FIXED64 = 1;
const BYTES = 2;
const FIXED32 = 5;

/**
 * Walks through the fields of one protobuf message (https://protobuf.dev/programming-guides/encoding/).
 * Everything that protobufjs reports about broken bytes leaves here as a coded error.
 *
 * @example
 * for (let field = message.next(); field !== 0; field = message.next()) {
 *   if (field === NODE.name) name = message.name();
 *   else message.skip();
 * }
 */
export class MessageReader {
  private readonly reader: protobuf.Reader;
  private field = 0;
  private wireType = 0;

  constructor(
    private readonly bytes: Uint8Array,
    private readonly kind: string,
    readonly budget: Budget,
  ) {
    budget.spend('messages');
    this.reader = new protobuf.Reader(bytes);
  }

  /** Number of the next field, 0 at the end. */
  next(): number {
    if (this.reader.pos >= this.reader.len) return 0;
    const tag = this.guard(() => this.reader.tag());
    this.field = tag >>> 3;
    this.wireType = tag & 7;
    if (this.field === 0) this.fail('field number 0');
    return this.field;
  }

  /** Passes over the value of the field. */
  skip(): void {
    this.guard(() => this.reader.skipType(this.wireType, 0, this.field));
  }

  /** The bytes of a length-delimited field, without a copy. */
  raw(): Uint8Array {
    this.expect(BYTES);
    return this.guard(() => this.reader.bytes());
  }

  /** The field as a message of its own. */
  message(kind: string): MessageReader {
    return this.nested(this.raw(), kind);
  }

  /** Bytes of this message as a message of their own. */
  nested(bytes: Uint8Array, kind: string): MessageReader {
    return new MessageReader(bytes, kind, this.budget);
  }

  /** A string of any length. */
  text(): string {
    this.expect(BYTES);
    return this.guard(() => this.reader.string());
  }

  /** A string that names something. */
  name(): string {
    const bytes = this.raw();
    this.budget.check('nameBytes', bytes.length);
    return protobuf.util.utf8.read(bytes, 0, bytes.length);
  }

  float(): number {
    this.expect(FIXED32);
    return this.guard(() => this.reader.float());
  }

  /** An int32 or enumeration. */
  int32(): number {
    this.expect(VARINT);
    return this.guard(() => this.reader.int32());
  }

  /** An int64, exact; see {@link exactNumber} for a number. */
  int64(): bigint {
    this.expect(VARINT);
    return this.guard(() => readInt64(this.reader));
  }

  /** A repeated int64, packed or not, appended to `list`. */
  int64s(list: bigint[], most: number): void {
    if (this.wireType === BYTES) {
      const packed = new protobuf.Reader(this.raw());
      this.guard(() => {
        while (packed.pos < packed.len && list.length <= most) list.push(readInt64(packed));
      });
    } else {
      list.push(this.int64());
    }
  }

  /** The bytes of a repeated fixed-width field: all elements of a packed one, else the one element. */
  fixed(width: 4 | 8): Uint8Array {
    if (this.wireType === BYTES) return this.raw();
    this.expect(width === 4 ? FIXED32 : FIXED64);
    const start = this.reader.pos;
    this.guard(() => this.reader.skip(width));
    return this.bytes.subarray(start, start + width);
  }

  /** The varints of a repeated field, still encoded: all elements of a packed one, else the one element. */
  varints(): Uint8Array {
    if (this.wireType === BYTES) return this.raw();
    this.expect(VARINT);
    const start = this.reader.pos;
    this.guard(() => this.reader.skip());
    return this.bytes.subarray(start, this.reader.pos);
  }

  /** Reports a value that onnx.proto does not allow. */
  fail(problem: string): never {
    throw new MessierError(
      'onnx/malformed',
      `${this.kind}: ${problem} at byte ${this.reader.pos}. The file is damaged or no ONNX file.`,
    );
  }

  private expect(wireType: number): void {
    if (this.wireType !== wireType) this.fail(`field ${this.field} has wire type ${this.wireType}, not ${wireType},`);
  }

  private guard<T>(read: () => T): T {
    try {
      return read();
    } catch (error) {
      // protobufjs throws RangeError at the end of the bytes and Error for anything it can't make sense of.
      if (!(error instanceof RangeError)) this.fail(error instanceof Error ? error.message : 'unreadable bytes');
      throw new MessierError('onnx/truncated', `${this.kind} ends in the middle of field ${this.field}. Fetch the file again.`, {
        cause: error,
      });
    }
  }
}

/** Decodes varints into `target`, which is 32 or 64 bits wide; the bytes end where it is full. */
export function decodeVarints(bytes: Uint8Array, target: Int32Array | BigInt64Array | BigUint64Array): void {
  const reader = new protobuf.Reader(bytes);
  if (target instanceof Int32Array) {
    for (let index = 0; index < target.length; index += 1) target[index] = reader.int32();
    return;
  }
  const halves = new Int32Array(target.buffer, target.byteOffset, target.length * 2);
  for (let index = 0; index < halves.length; index += 2) {
    const value = reader.int64();
    halves[index] = value.low;
    halves[index + 1] = value.high;
  }
}

/** UTF-8 as text, `undefined` for bytes that are none. */
export function decodeUtf8(bytes: Uint8Array): string | undefined {
  try {
    return new TextDecoder('utf-8', { fatal: true, ignoreBOM: true }).decode(bytes);
  } catch {
    return undefined;
  }
}

/** The number equal to an int64, `undefined` where no number is. The largest int64 stands for 2^63 (see Attribute). */
export function exactNumber(value: bigint): number | undefined {
  const number = Number(value);
  return BigInt(number) === value || value === 2n ** 63n - 1n ? number : undefined;
}

function readInt64(reader: protobuf.Reader): bigint {
  const value = reader.int64();
  return (BigInt(value.high) << 32n) | BigInt(value.low >>> 0);
}
