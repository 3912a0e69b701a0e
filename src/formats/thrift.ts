/** Types of a field in Thrift's compact protocol, as far as this reader tells them apart. */
const types = { stop: 0, yes: 1, no: 2, byte: 3, i16: 4, i64: 6, double: 7, binary: 8, list: 9, set: 10, struct: 12 } as const;

/** Structures and lists within each other. */
const deepest = 32;

/** What is done with each field of a structure that is known; it must read the value. Others are passed over. */
export type ThriftFields = Readonly<Record<number, (type: number) => void>>;

/**
 * Reads Thrift's compact protocol (https://github.com/apache/thrift/blob/master/doc/specs/thrift-compact-protocol.md), in which Parquet describes files and
 * pages. It trusts nothing: every size is compared with the bytes that are left, every step goes forward, and nothing is kept that isn't asked for.
 *
 * Its errors are plain ones, for the reader of the file to explain.
 *
 * @example
 * const reader = new ThriftReader(bytes);
 * let rows = 0;
 * reader.struct({ 3: (type) => { rows = reader.whole(type); } });
 */
export class ThriftReader {
  private depth = 0;
  constructor(
    private readonly bytes: Uint8Array,
    /** Of the next byte. */
    public offset = 0,
  ) {}

  struct(fields: ThriftFields, type: number = types.struct): void {
    expect(type === types.struct, 'a structure');
    this.nested(() => {
      for (let field = 0; ;) {
        const head = this.byte();
        const kind = head & 15;
        if (kind === types.stop) return;
        field = head >> 4 === 0 ? this.signed() : field + (head >> 4);
        const read = Object.hasOwn(fields, field) ? fields[field] : undefined;
        if (read) read(kind);
        else this.skip(kind, false);
      }
    });
  }

  list(each: (type: number) => void, type: number): void {
    expect(type === types.list, 'a list');
    this.elements(each);
  }

  /** An integer up to 2^53. */
  whole(type: number): number {
    expect(type >= types.i16 && type <= types.i64, 'an integer');
    return this.signed();
  }

  flag(type: number): boolean {
    expect(type === types.yes || type === types.no, 'yes or no');
    return type === types.yes;
  }

  binary(type: number): Uint8Array {
    expect(type === types.binary, 'bytes');
    return this.take(this.unsigned());
  }

  private elements(each: (type: number) => void): void {
    this.nested(() => {
      const head = this.byte();
      const size = head >> 4 === 15 ? this.unsigned() : head >> 4;
      if (size > this.bytes.length - this.offset) throw new Error(`a list of ${size} entries is longer than its file`);
      for (let done = 0; done < size; done++) each(head & 15);
    });
  }

  private skip(type: number, isElement: boolean): void {
    if (type === types.yes || type === types.no) {
      if (isElement) this.byte();
    } else if (type === types.byte) this.byte();
    else if (type >= types.i16 && type <= types.i64) this.varint();
    else if (type === types.double) this.take(8);
    else if (type === types.binary) this.take(this.unsigned());
    else if (type === types.list || type === types.set) this.elements((one) => this.skip(one, true));
    else if (type === types.struct) this.struct({});
    else throw new Error(`a field of the unknown type ${type}`);
  }

  private nested(read: () => void): void {
    if (++this.depth > deepest) throw new Error(`structures more than ${deepest} deep`);
    read();
    this.depth--;
  }

  private signed(): number {
    const value = this.varint();
    const whole = Number((value >> 1n) ^ -(value & 1n));
    if (!Number.isSafeInteger(whole)) throw new Error('an integer beyond 2^53');
    return whole;
  }

  private unsigned(): number {
    const value = Number(this.varint());
    if (!Number.isSafeInteger(value)) throw new Error('a size beyond 2^53');
    return value;
  }

  /** At most 64 bits. */
  private varint(): bigint {
    let value = 0n;
    for (let shift = 0n; shift < 70n; shift += 7n) {
      const byte = this.byte();
      value |= BigInt(byte & 127) << shift;
      if (byte < 128) return value;
    }
    throw new Error('an integer of more than 64 bits');
  }

  private take(size: number): Uint8Array {
    if (size > this.bytes.length - this.offset) throw new Error(`${size} bytes are said to follow, more than there are`);
    const taken = this.bytes.subarray(this.offset, this.offset + size);
    this.offset += size;
    return taken;
  }

  private byte(): number {
    const byte = this.bytes[this.offset];
    if (byte === undefined) throw new Error('a description ends early');
    this.offset++;
    return byte;
  }
}

function expect(isSo: boolean, what: string): void {
  if (!isSo) throw new Error(`a field of another type where ${what} is due`);
}
