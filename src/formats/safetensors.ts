import { MessierError } from '../core/errors.js';
import { alignment, byteSize, checkTensor, elementCount, tensorBytes, viewBytes } from '../onnx/tensors.js';
import type { DataType, Tensor } from '../onnx/types.js';

/** Tensors by name, and strings about them. */
export interface TensorFile {
  readonly tensors: ReadonlyMap<string, Tensor>;
  readonly metadata: Readonly<Record<string, string>>;
}

/** The longest header that is read, in bytes: the limit of the format's own reader. */
export const longestHeader = 100_000_000;

const names: Partial<Record<DataType, string>> = {
  bool: 'BOOL',
  uint8: 'U8',
  int8: 'I8',
  float8e5m2: 'F8_E5M2',
  float8e4m3fn: 'F8_E4M3',
  int16: 'I16',
  uint16: 'U16',
  float16: 'F16',
  bfloat16: 'BF16',
  int32: 'I32',
  uint32: 'U32',
  float32: 'F32',
  complex64: 'C64',
  float64: 'F64',
  int64: 'I64',
  uint64: 'U64',
};
const types = new Map(Object.entries(names).map(([type, name]) => [name, type as DataType]));
const metadataKey = '__metadata__';

/**
 * A safetensors file: 8 bytes with the header's length, a JSON header padded to a multiple of 8, then the tensors without gaps, those of
 * wide types first and then by name, so that equal tensors give equal bytes. The pieces view the tensors' memory.
 *
 * Source: https://github.com/huggingface/safetensors (README, Format).
 *
 * @throws MessierError `tensors/type` for strings, 4-bit and other types that the format does not know, `tensors/name`, `onnx/tensor-size`.
 *
 * @example
 * await writeAtomically('step-100.safetensors', encodeSafetensors(new Map([['w', float32([2], [1, 2])]]), { step: '100' }));
 */
export function encodeSafetensors(
  tensors: ReadonlyMap<string, Tensor>,
  metadata: Readonly<Record<string, string>> = {},
): Uint8Array[] {
  const entries = [...tensors].sort(([a, left], [b, right]) => alignment(right.type) - alignment(left.type) || (a < b ? -1 : 1));
  const header: [string, unknown][] = [[metadataKey, metadata]];
  const pieces: Uint8Array[] = [];
  let end = 0;
  for (const [name, tensor] of entries) {
    if (name === metadataKey) throw new MessierError('tensors/name', `"${metadataKey}" is no name for a tensor in this format.`);
    const dtype = names[tensor.type];
    if (dtype === undefined) {
      throw new MessierError(
        'tensors/type',
        `Tensor "${name}" is of ${tensor.type}; this format knows ${[...types.values()].join(', ')}.`,
      );
    }
    checkTensor(tensor, name);
    const bytes = tensorBytes(tensor);
    header.push([name, { dtype, shape: tensor.dims, data_offsets: [end, (end += bytes.length)] }]);
    pieces.push(bytes);
  }
  const text = new TextEncoder().encode(JSON.stringify(Object.fromEntries(header)));
  const head = new Uint8Array(8 + Math.ceil(text.length / 8) * 8).fill(0x20);
  new DataView(head.buffer).setBigUint64(0, BigInt(head.length - 8), true);
  head.set(text, 8);
  return [head, ...pieces];
}

/**
 * Reads a safetensors file. Tensors view `bytes` where their place allows it.
 *
 * @throws MessierError `tensors/truncated` where the file ends early, `tensors/format` where the header is none or its offsets overlap,
 * leave gaps or disagree with the shapes, `tensors/type` for an element type that this package has no tensor for.
 */
export function decodeSafetensors(bytes: Uint8Array): TensorFile {
  const { header, start } = readHeader(bytes);
  const tensors = new Map<string, Tensor>();
  let metadata: Record<string, string> = {};
  const entries: Entry[] = [];
  for (const [name, value] of Object.entries(header)) {
    if (name === metadataKey) metadata = checkMetadata(value);
    else entries.push(checkEntry(name, value));
  }
  entries.sort((a, b) => a.begin - b.begin || a.end - b.end);
  let end = 0;
  for (const entry of entries) {
    if (entry.begin !== end) {
      throw malformed(`tensor "${entry.name}" begins at byte ${entry.begin} of the data where the one before it ends at ${end}`);
    }
    end = entry.end;
    if (start + end > bytes.length) throw truncated(start + end, bytes.length);
    tensors.set(entry.name, {
      type: entry.type,
      dims: entry.dims,
      data: viewAligned(entry, bytes.subarray(start + entry.begin, start + end)),
    });
  }
  if (start + end !== bytes.length) throw malformed(`${bytes.length - start - end} bytes after the last tensor belong to none`);
  return { tensors, metadata };
}

interface Entry {
  readonly name: string;
  readonly type: DataType;
  readonly dims: readonly number[];
  readonly begin: number;
  readonly end: number;
}

function readHeader(bytes: Uint8Array): { readonly header: object; readonly start: number } {
  if (bytes.length < 8) throw truncated(8, bytes.length);
  const length = new DataView(bytes.buffer, bytes.byteOffset).getBigUint64(0, true);
  if (length > BigInt(longestHeader))
    throw malformed(`a header of ${length} bytes is claimed, at most ${longestHeader} are read`);
  const start = 8 + Number(length);
  if (start > bytes.length) throw truncated(start, bytes.length);
  let header: unknown;
  try {
    header = JSON.parse(new TextDecoder('utf-8', { fatal: true }).decode(bytes.subarray(8, start)));
  } catch (error) {
    throw malformed('its header is no JSON', error);
  }
  if (!isObject(header)) throw malformed('its header is no JSON object');
  return { header, start };
}

function checkMetadata(value: unknown): Record<string, string> {
  const entries = isObject(value) ? Object.entries(value) : [['', undefined] as const];
  const strings = entries.filter((entry): entry is [string, string] => typeof entry[1] === 'string');
  if (strings.length < entries.length) throw malformed(`"${metadataKey}" is no object of strings`);
  return Object.fromEntries(strings);
}

function checkEntry(name: string, value: unknown): Entry {
  if (!isObject(value)) throw malformed(`"${name}" is described by no object`);
  const { dtype, shape, data_offsets: offsets } = value as Record<string, unknown>;
  const type = typeof dtype === 'string' ? types.get(dtype) : undefined;
  if (type === undefined) {
    const known = [...types.keys()].join(', ');
    throw new MessierError('tensors/type', `Tensor "${name}" is of ${JSON.stringify(dtype)}; known are ${known}.`);
  }
  if (!isNaturals(shape) || !isNaturals(offsets) || offsets.length !== 2) {
    throw malformed(`tensor "${name}" has a shape or offsets that are no lists of whole numbers`);
  }
  const [begin = 0, end = 0] = offsets;
  const size = byteSize(type, elementCount(shape));
  if (end - begin !== size) {
    throw malformed(`tensor "${name}" (${type} [${shape.join(', ')}]) takes ${size} bytes; its offsets give it ${end - begin}`);
  }
  return { name, type, dims: shape, begin, end };
}

function viewAligned(entry: Entry, bytes: Uint8Array): Tensor['data'] {
  const isAligned = bytes.byteOffset % alignment(entry.type) === 0;
  return viewBytes(entry.type, isAligned ? bytes : new Uint8Array(bytes));
}

function isObject(value: unknown): value is object {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}

function isNaturals(value: unknown): value is number[] {
  return Array.isArray(value) && value.every((each) => Number.isSafeInteger(each) && each >= 0);
}

function malformed(reason: string, cause?: unknown): MessierError {
  return new MessierError('tensors/format', `No sound safetensors file: ${reason}. Fetch or save it anew.`, { cause });
}

function truncated(expected: number, found: number): MessierError {
  return new MessierError('tensors/truncated', `The safetensors file has ${found} bytes where its header asks for ${expected}.`);
}
