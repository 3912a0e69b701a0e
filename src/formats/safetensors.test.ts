import { execFileSync, spawnSync } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { damaged, fuzzSettings } from '../../test/support/fuzz.js';
import { MessierError } from '../core/errors.js';
import { float32, isNumeric, scalar } from '../onnx/tensors.js';
import type { Tensor } from '../onnx/types.js';
import { decodeSafetensors, encodeSafetensors } from './safetensors.js';

interface Golden {
  readonly file: string;
  readonly metadata: Record<string, string>;
  readonly tensors: Record<string, { readonly shape: number[]; readonly values: string[] }>;
}
const golden = JSON.parse(
  readFileSync(new URL('../../test/golden/safetensors.json', import.meta.url), 'utf8'),
) as unknown as Golden;
const goldenFile = new Uint8Array(Buffer.from(golden.file, 'base64'));

const joined = (pieces: readonly Uint8Array[]): Uint8Array => new Uint8Array(Buffer.concat(pieces));

/** A file with this header and so many bytes of data. */
const file = (header: unknown, data = 0): Uint8Array => {
  const text = typeof header === 'string' ? header : JSON.stringify(header);
  const head = Buffer.alloc(8);
  head.writeBigUInt64LE(BigInt(Buffer.byteLength(text)));
  return joined([head, Buffer.from(text), new Uint8Array(data)]);
};
const entry = (shape: unknown, offsets: unknown, dtype: unknown = 'U8') => ({ dtype, shape, data_offsets: offsets });

/** Values as numpy prints them; halves by their bits. */
const printed = (tensor: Tensor): string[] => {
  if (!isNumeric(tensor.data)) throw new Error('numbers expected');
  const values = [...tensor.data].map(String);
  if (tensor.type === 'bool') return values.map((value) => (value === '1' ? 'True' : 'False'));
  const half: Record<string, string> = { '48128': '-1.0', '16384': '2.0', '22080': '100.0' };
  if (tensor.type === 'float16') return values.map((value) => half[value] ?? value);
  return tensor.type.startsWith('float') ? values.map((value) => (value.includes('.') ? value : `${value}.0`)) : values;
};

describe('decodeSafetensors', () => {
  test("reads what Python's struct and numpy wrote", () => {
    const { tensors, metadata } = decodeSafetensors(goldenFile);
    expect(metadata).toEqual(golden.metadata);
    const found = [...tensors].map(([name, tensor]) => [name, { shape: tensor.dims, values: printed(tensor) }]);
    const expected = Object.entries(golden.tensors).map(([name, { shape, values }]) => [name, { shape, values }]);
    expect(Object.fromEntries(found)).toEqual(Object.fromEntries(expected));
  });

  test('reads at any place in memory', () => {
    const shifted = new Uint8Array(goldenFile.length + 3).subarray(3);
    shifted.set(goldenFile);
    expect(decodeSafetensors(shifted)).toEqual(decodeSafetensors(goldenFile));
  });

  test('reads a header without tensors or metadata', () => {
    expect(decodeSafetensors(file({}))).toEqual({ tensors: new Map(), metadata: {} });
  });

  test.each([
    ['nothing', new Uint8Array(0), 'tensors/truncated'],
    ['7 bytes', new Uint8Array(7), 'tensors/truncated'],
    ['a header beyond the end', file({}).subarray(0, 9), 'tensors/truncated'],
    ['a header of 2^64 - 1 bytes', new Uint8Array(20).fill(255), 'tensors/format'],
    ['no JSON', file('{"a":'), 'tensors/format'],
    ['no UTF-8', joined([file('ab').subarray(0, 8), Uint8Array.of(0xff, 0xfe)]), 'tensors/format'],
    ['a list', file([]), 'tensors/format'],
    ['null', file('null'), 'tensors/format'],
    ['an entry that is none', file({ a: 1 }), 'tensors/format'],
    ['numbers in the metadata', file({ __metadata__: { a: 1 } }), 'tensors/format'],
    ['metadata that are a list', file({ __metadata__: ['a'] }), 'tensors/format'],
    ['an unknown type', file({ a: entry([1], [0, 1], 'Q9') }, 1), 'tensors/type'],
    ['a type that is no text', file({ a: entry([1], [0, 1], 3) }, 1), 'tensors/type'],
    ['a type of the prototype', file({ a: entry([1], [0, 1], 'constructor') }, 1), 'tensors/type'],
    ['a negative dimension', file({ a: entry([-1], [0, 1]) }, 1), 'tensors/format'],
    ['half a dimension', file({ a: entry([1.5], [0, 1]) }, 1), 'tensors/format'],
    ['one offset', file({ a: entry([1], [0]) }, 1), 'tensors/format'],
    ['offsets that end before they begin', file({ a: entry([1], [1, 0]) }, 1), 'tensors/format'],
    ['offsets of another size', file({ a: entry([2], [0, 1]) }, 1), 'tensors/format'],
    ['a shape beyond 2^53', file({ a: entry([2 ** 30, 2 ** 30], [0, 1]) }, 1), 'onnx/limit'],
    ['a shape larger than the file', file({ a: entry([2 ** 40], [0, 2 ** 40]) }, 1), 'tensors/truncated'],
    ['a gap', file({ a: entry([1], [0, 1]), b: entry([1], [2, 3]) }, 3), 'tensors/format'],
    ['an overlap', file({ a: entry([2], [0, 2]), b: entry([2], [1, 3]) }, 3), 'tensors/format'],
    ['one range twice', file({ a: entry([1], [0, 1]), b: entry([1], [0, 1]) }, 1), 'tensors/format'],
    ['bytes at the end', file({ a: entry([1], [0, 1]) }, 2), 'tensors/format'],
    ['data cut off', file({ a: entry([4], [0, 4]) }, 3), 'tensors/truncated'],
  ])('refuses %s', (_, bytes, code) => {
    expect(() => decodeSafetensors(bytes)).toThrow(expect.objectContaining({ name: 'MessierError', code }));
  });

  test('throws nothing but coded errors, whatever happens to a file', () => {
    const files = [goldenFile, joined(encodeSafetensors(new Map([['w', float32([2, 2], [1, 2, 3, 4])]]), {}))];
    const survives = (bytes: Uint8Array): void => {
      try {
        decodeSafetensors(bytes);
      } catch (error) {
        if (!(error instanceof MessierError)) throw error;
      }
    };
    fc.assert(fc.property(damaged(files), survives), fuzzSettings(500));
  });
});

describe('encodeSafetensors', () => {
  test('gives back every type that the format knows', () => {
    const { tensors, metadata } = decodeSafetensors(goldenFile);
    const more = new Map(tensors)
      .set('bfloat16', { type: 'bfloat16', dims: [2], data: Uint16Array.of(0x3f80, 0x4000) })
      .set('complex', { type: 'complex64', dims: [2], data: Float32Array.of(1, 2, 3, 4) })
      .set('e4m3', { type: 'float8e4m3fn', dims: [3], data: Uint8Array.of(1, 2, 3) })
      .set('e5m2', { type: 'float8e5m2', dims: [3], data: Uint8Array.of(1, 2, 3) })
      .set('__proto__', scalar(1));
    const pieces = encodeSafetensors(more, metadata);
    const read = decodeSafetensors(joined(pieces));
    expect(read.metadata).toEqual(metadata);
    expect(new Map([...read.tensors].sort())).toEqual(new Map([...more].sort()));
    expect((pieces[0]?.length ?? 1) % 8).toBe(0);
  });

  test('does not depend on the order of the tensors, and puts wide types first', () => {
    const tensors: [string, Tensor][] = [
      ['a', { type: 'uint8', dims: [1], data: Uint8Array.of(1) }],
      ['c', float32([1], [1])],
      ['b', float32([1], [2])],
    ];
    const bytes = joined(encodeSafetensors(new Map(tensors)));
    expect(joined(encodeSafetensors(new Map([...tensors].reverse())))).toEqual(bytes);
    expect([...decodeSafetensors(bytes).tensors.keys()]).toEqual(['b', 'c', 'a']);
  });

  test.each([
    ['strings', 'w', { type: 'string', dims: [1], data: ['x'] }, 'tensors/type'],
    ['4-bit numbers', 'w', { type: 'uint4', dims: [2], data: new Uint8Array(1) }, 'tensors/type'],
    ['a tensor in the place of the metadata', '__metadata__', scalar(1), 'tensors/name'],
    ['a tensor that is shorter than it says', 'w', { type: 'float32', dims: [2], data: new Float32Array(1) }, 'onnx/tensor-size'],
  ] as const)('refuses %s', (_, name, tensor, code) => {
    expect(() => encodeSafetensors(new Map([[name, tensor]]))).toThrow(expect.objectContaining({ code }));
  });
});

describe('the check in Python', () => {
  test('reads what we wrote', ({ skip }) => {
    const python = '/usr/bin/python3';
    skip(spawnSync(python, ['-c', 'import numpy']).status !== 0, 'no Python with numpy');
    const folder = mkdtempSync(join(tmpdir(), 'messier-safetensors-'));
    const path = join(folder, 'ours.safetensors');
    const { tensors, metadata } = decodeSafetensors(goldenFile);
    writeFileSync(path, joined(encodeSafetensors(tensors, metadata)));
    const script = fileURLToPath(new URL('../../test/golden/safetensors.py', import.meta.url));
    const read = JSON.parse(execFileSync(python, [script, path], { encoding: 'utf8' })) as unknown;
    rmSync(folder, { recursive: true });
    expect(read).toEqual({ metadata: golden.metadata, tensors: golden.tensors });
  });
});
