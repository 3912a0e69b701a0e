import { MessierError } from '../../core/errors.js';
import { dataTypeOf } from '../data-types.js';
import { alignment, byteSize, checkTensor, elementCount, viewBytes } from '../tensors.js';
import type { DataType, Tensor, TensorData } from '../types.js';
import { decodeUtf8, decodeVarints, type MessageReader } from './message-reader.js';
import { EXTERNAL, TENSOR } from './schema.js';
import { decodeEntry, type Scope } from './scope.js';

/** What a TensorProto says before it is believed. */
interface Claim {
  name: string;
  dims: bigint[];
  type: DataType | undefined;
  raw: Uint8Array | undefined;
  readonly strings: Uint8Array[];
  readonly numbers: Map<number, ByteList>;
  readonly external: Map<string, string>;
  isExternal: boolean;
}

/** A tensor and the name it carries, `''` if none. */
export interface NamedTensor {
  readonly name: string;
  readonly tensor: Tensor;
}

/**
 * Decodes a TensorProto. Memory is taken only for bytes that are there: dimensions that claim more are refused first.
 */
export function decodeTensor(message: MessageReader, scope: Scope): NamedTensor {
  scope.budget.spend('tensors');
  const claim = readClaim(message);
  const { name, type } = claim;
  if (!type) return message.fail(`tensor "${name}" has no element type`);
  const dims = claim.dims.map(Number);
  const label = `Tensor "${name}" (${type} [${dims.join(', ')}])`;
  const count = elementCount(dims);
  if (type === 'string') {
    if (claim.raw ?? claim.isExternal) return message.fail(`${label} stores strings as raw bytes`);
    const data = claim.strings.map((bytes) => decodeUtf8(bytes) ?? message.fail(`${label} holds bytes that are no UTF-8`));
    return checked(name, { type, dims, data });
  }
  const expected = byteSize(type, count);
  scope.budget.check('tensorBytes', expected);
  if (claim.isExternal)
    return checked(name, { type, dims, data: place(externalBytes(claim, expected, label, scope), type, scope) });
  if (claim.raw && claim.numbers.size > 0) return message.fail(`${label} has both raw bytes and numbers`);
  if (claim.raw) {
    expectBytes(label, expected, claim.raw.length);
    return checked(name, { type, dims, data: place(claim.raw, type, scope) });
  }
  return checked(name, { type, dims, data: fromNumbers(claim, type, expected, label, scope) });
}

function checked(name: string, tensor: Tensor): NamedTensor {
  checkTensor(tensor, name);
  return { name, tensor };
}

function readClaim(message: MessageReader): Claim {
  const claim: Claim = {
    name: '',
    dims: [],
    type: undefined,
    raw: undefined,
    strings: [],
    numbers: new Map(),
    external: new Map(),
    isExternal: false,
  };
  const { rank } = message.budget.limits;
  for (let field = message.next(); field !== 0; field = message.next()) {
    switch (field) {
      case TENSOR.dims:
        message.int64s(claim.dims, rank);
        message.budget.check('rank', claim.dims.length);
        break;
      case TENSOR.type: {
        const code = message.int32();
        claim.type = dataTypeOf(code);
        if (!claim.type && code !== 0) throw unknownType(code, claim.name);
        break;
      }
      case TENSOR.segment:
        throw new MessierError('onnx/unsupported', `Tensor "${claim.name}" is stored in segments, which no known tool writes.`);
      case TENSOR.name:
        claim.name = message.name();
        break;
      case TENSOR.raw:
        claim.raw = message.raw();
        break;
      case TENSOR.strings:
        claim.strings.push(message.raw());
        break;
      case TENSOR.floats:
        bytesOf(claim, field).push(message.fixed(4));
        break;
      case TENSOR.doubles:
        bytesOf(claim, field).push(message.fixed(8));
        break;
      case TENSOR.int32s:
      case TENSOR.int64s:
      case TENSOR.uint64s:
        bytesOf(claim, field).push(message.varints());
        break;
      case TENSOR.external: {
        const [key, value] = decodeEntry(message.message('StringStringEntryProto'));
        claim.external.set(key, value);
        break;
      }
      case TENSOR.location:
        claim.isExternal = message.int32() === EXTERNAL;
        break;
      default:
        message.skip();
    }
  }
  return claim;
}

/** The error for a TensorProto.DataType number that this package does not know. */
export function unknownType(code: number, name: string): MessierError {
  return new MessierError('onnx/data-type', `"${name}" has element type number ${code}; onnx.proto's types 1 to 22 are known.`);
}

function bytesOf(claim: Claim, field: number): ByteList {
  const known = claim.numbers.get(field);
  if (known) return known;
  const list = new ByteList();
  claim.numbers.set(field, list);
  return list;
}

/** Which repeated field holds the numbers of each type, https://github.com/onnx/onnx/blob/main/onnx/onnx.proto. */
function fieldOf(type: DataType): number {
  if (type === 'float32' || type === 'complex64') return TENSOR.floats;
  if (type === 'float64' || type === 'complex128') return TENSOR.doubles;
  if (type === 'int64') return TENSOR.int64s;
  if (type === 'uint32' || type === 'uint64') return TENSOR.uint64s;
  return TENSOR.int32s;
}

function fromNumbers(claim: Claim, type: DataType, expected: number, label: string, scope: Scope): TensorData {
  const field = fieldOf(type);
  const list = claim.numbers.get(field);
  const bytes = list?.bytes ?? new Uint8Array(0);
  if (field === TENSOR.floats || field === TENSOR.doubles) {
    expectBytes(label, expected, bytes.length);
    return place(bytes, type, scope);
  }
  const width = alignment(type);
  // Each varint ends with a byte below 128: counting those tells how many numbers there are before memory is taken for them.
  let count = 0;
  for (const byte of bytes) if (byte < 128) count += 1;
  expectBytes(label, expected, count * width);
  if (type === 'int64' || type === 'uint64') {
    const data = type === 'int64' ? new BigInt64Array(count) : new BigUint64Array(count);
    unpack(bytes, data, label);
    return data;
  }
  const wide = new Int32Array(count);
  unpackNarrow(bytes, wide, type, label);
  const narrow = width === 4 ? wide : width === 2 ? Uint16Array.from(wide) : Uint8Array.from(wide);
  return viewBytes(type, new Uint8Array(narrow.buffer));
}

function unpackNarrow(bytes: Uint8Array, wide: Int32Array, type: DataType, label: string): void {
  if (type !== 'uint32') {
    unpack(bytes, wide, label);
    return;
  }
  const long = new BigUint64Array(wide.length);
  unpack(bytes, long, label);
  for (const [index, value] of long.entries()) wide[index] = Number(BigInt.asIntN(32, value));
}

function unpack(bytes: Uint8Array, target: Int32Array | BigInt64Array | BigUint64Array, label: string): void {
  try {
    decodeVarints(bytes, target);
  } catch (error) {
    throw new MessierError('onnx/malformed', `${label} holds a number that can't be decoded. The file is damaged.`, {
      cause: error,
    });
  }
}

function expectBytes(label: string, expected: number, found: number): void {
  if (expected === found) return;
  throw new MessierError(
    'onnx/tensor-size',
    `${label}: ${expected} bytes expected, ${found} found. The file is truncated or lies.`,
  );
}

function externalBytes(claim: Claim, expected: number, label: string, scope: Scope): Uint8Array {
  const location = claim.external.get('location') ?? '';
  if (!scope.external) {
    throw new MessierError(
      'onnx/external',
      `${label} lies in "${location}" beside the file. Read the model with loadModel(path).`,
    );
  }
  const offset = wholeNumber(claim.external.get('offset') ?? '0', label);
  const length = claim.external.get('length');
  if (length !== undefined) expectBytes(label, expected, wholeNumber(length, label));
  const bytes = scope.external(location, offset, expected);
  expectBytes(label, expected, bytes.length);
  return bytes;
}

function wholeNumber(text: string, label: string): number {
  const value = /^\d{1,16}$/.test(text) ? Number(text) : Infinity;
  if (Number.isSafeInteger(value)) return value;
  throw new MessierError(
    'onnx/external',
    `${label}: the place of its external data is not a whole number but "${text.slice(0, 32)}".`,
  );
}

/** Bytes as a typed array: in place where they are aligned, moved or copied where not. */
function place(bytes: Uint8Array, type: DataType, scope: Scope): TensorData {
  const size = alignment(type);
  if (bytes.byteOffset % size === 0) return viewBytes(type, scope.keep(bytes));
  return viewBytes(type, scope.align(bytes, size));
}

/** Bytes that arrive in pieces; a single piece is not copied. */
class ByteList {
  bytes: Uint8Array = new Uint8Array(0);
  private room: Uint8Array | undefined;

  push(piece: Uint8Array): void {
    if (this.bytes.length === 0) {
      this.bytes = piece;
      return;
    }
    const length = this.bytes.length + piece.length;
    if (!this.room || this.room.length < length) {
      const grown = new Uint8Array(length * 2);
      grown.set(this.bytes);
      this.room = grown;
    }
    this.room.set(piece, this.bytes.length);
    this.bytes = this.room.subarray(0, length);
  }
}
