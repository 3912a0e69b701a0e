/** Instructions of WebAssembly, as its specification numbers them (Core 2.0, section 5.4). */
const [loop, end, branchIf] = [[0x03, 0x40], [0x0b], [0x0d, 0]] as const;
const get = (local: number): number[] => [0x20, local];
const set = (local: number): number[] => [0x21, local];
const tee = (local: number): number[] => [0x22, local];
const whole = (value: number): number[] => [0x41, value];
const [add, subtract, isLess] = [0x6a, 0x6b, 0x49] as const;
/** Of 128 bits, at any address; as eight sums of 16 bits. */
const load = (offset: number): number[] => [0xfd, 0x00, 0, offset];
const store = (offset: number): number[] => [0xfd, 0x0b, 0, offset];
const [lowBytes, highBytes, addSums] = [
  [0xfd, 0x89, 0x01],
  [0xfd, 0x8a, 0x01],
  [0xfd, 0x8e, 0x01],
] as const;

/** Locals of {@link body}; the first three are what it is given. */
const [rows, length, totals, column, at, left, bytes, low, high] = [0, 1, 2, 3, 4, 5, 6, 7, 8] as const;

/** add(rows, length, totals): of `rows` rows of `length` bytes from address 0 on, each column's sum goes on top of 16 bits from address `totals` on. */
const body: readonly number[] = [
  // Two kinds of locals beside what is given: three of 32 bits, three of 128.
  [2, 3, 0x7f, 3, 0x7b],
  loop,
  [get(totals), load(0), set(low), get(totals), load(16), set(high)].flat(),
  [get(column), set(at), get(rows), set(left)].flat(),
  loop,
  [get(at), load(0), set(bytes)].flat(),
  [get(low), get(bytes), lowBytes, addSums, set(low)].flat(),
  [get(high), get(bytes), highBytes, addSums, set(high)].flat(),
  [get(at), get(length), add, set(at)].flat(),
  [get(left), whole(1), subtract, tee(left), branchIf].flat(),
  end,
  [get(totals), get(low), store(0), get(totals), get(high), store(16)].flat(),
  [get(totals), whole(32), add, set(totals)].flat(),
  [get(column), whole(16), add, tee(column), get(length), isLess, branchIf].flat(),
  end,
  end,
].flat();

/** A part of a module, with its length before it; of less than 16,384 bytes. */
const sized = (part: readonly number[]): number[] => [(part.length & 0x7f) | 0x80, part.length >> 7, ...part];
const section = (id: number, content: readonly number[]): number[] => [id, ...sized(content)];
const named = (name: string, kind: number): number[] => [name.length, ...Buffer.from(name), kind, 0];

/** One function, `add`, and its memory, `memory`. */
const program = Uint8Array.from([
  ...[0x00, 0x61, 0x73, 0x6d, 1, 0, 0, 0],
  ...section(1, [1, 0x60, 3, 0x7f, 0x7f, 0x7f, 0]),
  ...section(3, [1, 0]),
  ...section(5, [1, 0, 1]),
  ...section(7, [2, ...named('add', 0), ...named('memory', 2)]),
  ...section(10, [1, ...sized(body)]),
]);

const pageSize = 2 ** 16;

/** What of WebAssembly is used: its types come with those of browsers alone. */
interface Host {
  readonly Module: new (program: Uint8Array) => object;
  readonly Instance: new (module: object) => { readonly exports: Exports };
}
interface Exports {
  readonly memory: { readonly buffer: ArrayBuffer; readonly grow: (pages: number) => number };
  readonly add: (rows: number, length: number, totals: number) => void;
}

/**
 * Adds bytes column by column, 16 at a time: in WebAssembly, for JavaScript has no such instructions and takes four times as long. Rows are copied
 * into its memory first, which costs less than it gains where they are few enough for the processor's cache.
 */
class ColumnAdder {
  /** Sums of the columns so far. Whoever reads them sets them to 0. */
  totals = new Uint16Array();
  private room = new Uint8Array();
  private readonly exports: Exports;

  constructor() {
    const { Module, Instance } = (globalThis as unknown as { readonly WebAssembly: Host }).WebAssembly;
    this.exports = new Instance(new Module(program)).exports;
  }

  /** Makes room for so many bytes at once, and for sums of rows of `length` bytes. */
  prepare(size: number, length: number): void {
    // 16 bytes are read where less than that is left of the last row.
    const start = 16 * Math.ceil((size + 16) / 16);
    const need = start + 32 * Math.ceil(length / 16);
    const { memory } = this.exports;
    const missing = need - memory.buffer.byteLength;
    if (missing > 0) memory.grow(Math.ceil(missing / pageSize));
    this.room = new Uint8Array(memory.buffer, 0, size);
    this.totals = new Uint16Array(memory.buffer, start, length);
    new Uint8Array(memory.buffer, start, need - start).fill(0);
  }

  /** Adds rows that fill `data`, at most what room was made for. */
  add(data: Uint8Array, count: number): void {
    this.room.set(data);
    this.exports.add(count, this.totals.length, this.totals.byteOffset);
  }
}

let adder: ColumnAdder | undefined;

/** The one of this thread, with sums of 0. */
export function columnAdder(size: number, length: number): ColumnAdder {
  adder ??= new ColumnAdder();
  adder.prepare(size, length);
  return adder;
}
