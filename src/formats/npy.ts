import { MessierError } from '../core/errors.js';

/** What stands before the values of a `.npy` file. */
export interface NpyHeader {
  readonly type: NpyType;
  /** Bytes of one value. */
  readonly itemBytes: number;
  readonly littleEndian: boolean;
  /** Whether the first axis runs fastest. */
  readonly fortran: boolean;
  readonly shape: readonly number[];
  /** Bytes before the first value. */
  readonly headerBytes: number;
}

export type NpyType = 'bool' | 'int' | 'uint' | 'float' | 'text' | 'bytes';

/** Bytes of a header that is looked at. */
export const npyHeaderLimit = 2 ** 16;

const types: Readonly<Record<string, NpyType>> = { b: 'bool', i: 'int', u: 'uint', f: 'float', U: 'text', S: 'bytes' };

/**
 * The header of a `.npy` file (NEP 1, versions 1 to 3).
 *
 * @param bytes The file's first bytes, up to {@link npyHeaderLimit}.
 * @param what For messages.
 * @throws MessierError `npy/format`, `npy/truncated`, `npy/pickle` for arrays of Python objects, `npy/type` for records and complex numbers.
 */
export function readNpyHeader(bytes: Uint8Array, what: string): NpyHeader {
  const view = Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  if (view.length < 12) throw new MessierError('npy/truncated', `${what} ends within its header.`);
  if (view.toString('latin1', 0, 6) !== '\x93NUMPY') throw new MessierError('npy/format', `${what} is no array of NumPy's.`);
  const start = view.readUInt8(6) === 1 ? 10 : 12;
  const length = start === 10 ? view.readUInt16LE(8) : view.readUInt32LE(8);
  if (start + length > npyHeaderLimit)
    throw new MessierError('npy/format', `${what}: a header of up to ${npyHeaderLimit} bytes is read.`);
  if (start + length > view.length) throw new MessierError('npy/truncated', `${what} ends within its header.`);
  const text = view.toString('utf8', start, start + length);
  const descr = /'descr':\s*'([^']*)'/.exec(text)?.[1];
  const fortran = /'fortran_order':\s*(True|False)/.exec(text)?.[1];
  const shape = /'shape':\s*\(([\d,\s]*)\)/.exec(text)?.[1];
  if (/'descr':\s*\[/.test(text))
    throw new MessierError('npy/type', `${what} holds records; one kind of number in each array is read.`);
  if (descr === undefined || fortran === undefined || shape === undefined) {
    throw new MessierError(
      'npy/format',
      `${what}: a header with descr, fortran_order and shape expected, ${text.slice(0, 100)} received.`,
    );
  }
  const sides = shape.split(',').flatMap((side) => (side.trim() === '' ? [] : [Number(side)]));
  if (!sides.every((side) => Number.isSafeInteger(side)))
    throw new MessierError('npy/format', `${what}: shape (${shape}) makes no sense.`);
  return { ...typeOf(descr, what), fortran: fortran === 'True', shape: sides, headerBytes: start + length };
}

function typeOf(descr: string, what: string): Pick<NpyHeader, 'type' | 'itemBytes' | 'littleEndian'> {
  const [, order = '', letter = '', digits = ''] = /^([<>|=]?)([a-zA-Z])(\d*)$/.exec(descr) ?? [];
  if (letter === 'O') {
    throw new MessierError(
      'npy/pickle',
      `${what} holds pickled Python objects, which can run code: not read. Save plain arrays of numbers.`,
    );
  }
  const type = types[letter];
  const size = Number(digits);
  const itemBytes = type === 'text' ? size * 4 : size;
  const isText = type === 'text' || type === 'bytes';
  if (!type || !(isText ? size <= 4096 : [1, 2, 4, 8].includes(size)) || (type === 'float' && size === 1)) {
    throw new MessierError('npy/type', `${what}: numbers or short texts expected, type "${descr}" received.`);
  }
  return { type, itemBytes, littleEndian: order !== '>' };
}

/** Reads value `index` of an array's bytes as a number; 64-bit integers lose what a double can't hold. */
export function npyNumber(header: NpyHeader): (view: DataView, index: number) => number {
  const { type, itemBytes, littleEndian } = header;
  const at = (index: number) => index * itemBytes;
  const readers: Readonly<Record<string, (view: DataView, index: number) => number>> = {
    bool1: (view, i) => view.getUint8(i),
    uint1: (view, i) => view.getUint8(i),
    int1: (view, i) => view.getInt8(i),
    uint2: (view, i) => view.getUint16(at(i), littleEndian),
    int2: (view, i) => view.getInt16(at(i), littleEndian),
    uint4: (view, i) => view.getUint32(at(i), littleEndian),
    int4: (view, i) => view.getInt32(at(i), littleEndian),
    uint8: (view, i) => Number(view.getBigUint64(at(i), littleEndian)),
    int8: (view, i) => Number(view.getBigInt64(at(i), littleEndian)),
    float2: (view, i) => halfToNumber(view.getUint16(at(i), littleEndian)),
    float4: (view, i) => view.getFloat32(at(i), littleEndian),
    float8: (view, i) => view.getFloat64(at(i), littleEndian),
  };
  const reader = readers[`${type}${itemBytes}`];
  if (!reader) throw new MessierError('npy/type', `Numbers expected, ${type} of ${itemBytes} bytes received.`);
  return reader;
}

/** Texts of an array of `U` (UTF-32) or `S` (bytes, read as UTF-8) values, without the zeros that fill them up. */
export function npyTexts(header: NpyHeader, bytes: Uint8Array): string[] {
  const { itemBytes, littleEndian, type } = header;
  const count = header.shape.reduce((product, side) => product * side, 1);
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  return Array.from({ length: count }, (_, index) => {
    if (type === 'bytes')
      return Buffer.from(bytes.subarray(index * itemBytes, (index + 1) * itemBytes))
        .toString('utf8')
        .replace(/\0+$/, '');
    let text = '';
    for (let at = index * itemBytes; at < (index + 1) * itemBytes; at += 4) {
      const point = view.getUint32(at, littleEndian);
      if (point > 0x10ffff) throw new MessierError('npy/format', `Text expected, the character number ${point} received.`);
      if (point) text += String.fromCodePoint(point);
    }
    return text;
  });
}

/** IEEE 754 binary16. */
function halfToNumber(bits: number): number {
  const sign = bits & 0x8000 ? -1 : 1;
  const exponent = (bits >> 10) & 31;
  const fraction = bits & 1023;
  if (exponent === 31) return fraction ? NaN : sign * Infinity;
  return exponent ? sign * 2 ** (exponent - 15) * (1 + fraction / 1024) : sign * 2 ** -24 * fraction;
}
