import { describe, expect, test } from 'vitest';
import { bytes, float, message, packed, varint } from '../../test/support/wire.js';
import { MessierError } from '../core/errors.js';
import { readModel, type ReadOptions } from './read.js';

const opset = bytes(8, message(varint(2, 17)));
const tensorInfo = (name: string, ...dims: readonly Uint8Array[]): Uint8Array =>
  message(bytes(1, name), bytes(2, bytes(1, message(varint(1, 1), bytes(2, message(...dims.map((dim) => bytes(1, dim))))))));
const node = (
  opType: string,
  inputs: readonly string[],
  outputs: readonly string[],
  ...more: readonly Uint8Array[]
): Uint8Array =>
  bytes(1, message(...inputs.map((name) => bytes(1, name)), ...outputs.map((name) => bytes(2, name)), bytes(4, opType), ...more));
const x = bytes(11, tensorInfo('x', varint(1, 2)));
const y = bytes(12, tensorInfo('y', varint(1, 2)));
const file = (...graph: readonly Uint8Array[]): Uint8Array => message(varint(1, 8), opset, bytes(7, message(...graph)));
const relu = file(node('Relu', ['x'], ['y']), x, y);
const initializer = (...fields: readonly Uint8Array[]): Uint8Array => bytes(5, message(...fields));
const withTensor = (...fields: readonly Uint8Array[]): Uint8Array =>
  file(node('Add', ['x', 'w'], ['y']), initializer(bytes(8, 'w'), ...fields), x, y);

/** The code of the error that reading throws, and that it throws within bounded time. */
function codeOf(read: () => unknown): string {
  try {
    read();
  } catch (error) {
    if (error instanceof MessierError) return error.code;
    throw error;
  }
  return 'none';
}

const refused = (data: Uint8Array, options?: ReadOptions): string => codeOf(() => readModel(data, options));

describe('readModel', () => {
  test('reads a small model', () => {
    expect(readModel(relu)).toMatchObject({
      irVersion: 8,
      opsets: { '': 17 },
      graph: { nodes: [{ opType: 'Relu', inputs: ['x'], outputs: ['y'] }], inputs: [{ name: 'x', type: 'float32', shape: [2] }] },
    });
  });

  test('skips unknown fields of every wire type, and groups', () => {
    const group = Uint8Array.from([0xa3, 0x06, 0x08, 0x01, 0xa4, 0x06]);
    const unknown = message(
      varint(90, 7),
      float(91, 1),
      bytes(92, 'later'),
      Uint8Array.from([0xe9, 0x05, 1, 2, 3, 4, 5, 6, 7, 8]),
      group,
    );
    expect(readModel(message(unknown, relu, unknown))).toEqual(readModel(relu));
  });

  test('gives every unnamed dimension a name of its own', () => {
    const data = file(
      node('Relu', ['x'], ['y']),
      bytes(11, tensorInfo('x', message(), bytes(2, '?'))),
      bytes(12, tensorInfo('y', bytes(2, 'N'))),
    );
    const { inputs, outputs } = readModel(data).graph;
    expect([inputs, outputs]).toMatchObject([[{ shape: ['?x:0', '?x:1'] }], [{ shape: ['N'] }]]);
  });

  test('sorts nodes', () => {
    const data = file(node('Relu', ['b'], ['y']), node('Abs', ['a'], ['b']), node('Neg', ['x'], ['a']), x, y);
    expect(readModel(data).graph.nodes.map((each) => each.opType)).toEqual(['Neg', 'Abs', 'Relu']);
  });

  test('reads files of IR 1, which name no opset and no attribute types', () => {
    const data = message(
      varint(1, 1),
      bytes(7, message(node('Elu', ['x'], ['y'], bytes(5, message(bytes(1, 'alpha'), float(2, 0.5)))), x, y)),
    );
    expect(readModel(data)).toMatchObject({
      opsets: { '': 1 },
      graph: { nodes: [{ attributes: { alpha: { kind: 'float', value: 0.5 } } }] },
    });
  });

  test('keeps what a number can not hold exactly as it is encoded', () => {
    const attribute = (name: string, value: bigint): Uint8Array =>
      bytes(5, message(bytes(1, name), varint(3, value), varint(20, 2)));
    const data = file(
      node(
        'Odd',
        ['x'],
        ['y'],
        attribute('odd', 2n ** 53n + 1n),
        attribute('most', 2n ** 63n - 1n),
        attribute('least', -(2n ** 63n)),
        bytes(7, 'z'),
      ),
      x,
      y,
    );
    expect(readModel(data).graph.nodes[0]!.attributes).toMatchObject({
      odd: { kind: 'opaque' },
      most: { kind: 'int', value: 2 ** 63 },
      least: { kind: 'int', value: -(2 ** 63) },
    });
  });

  test('an attribute or metadata key called __proto__ is one like any other', () => {
    const data = message(relu, bytes(14, message(bytes(1, '__proto__'), bytes(2, 'value'))));
    expect(Object.entries(readModel(data).metadata)).toEqual([['__proto__', 'value']]);
  });
});

describe('readModel refuses', () => {
  const cyclic = file(node('Add', ['x', 'b'], ['a']), node('Relu', ['a'], ['b']), node('Relu', ['b'], ['y']), x, y);
  const nested = (depth: number, read = 'x'): Uint8Array => {
    let graph = message(node('Relu', [read], ['y']), y);
    for (let level = 0; level < depth; level += 1) {
      graph = message(node('If', ['x'], ['y'], bytes(5, message(bytes(1, 'then_branch'), bytes(6, graph), varint(20, 5)))), y);
    }
    return file(graph, x);
  };
  const deepType = (depth: number): Uint8Array => {
    let type = message(bytes(1, message(varint(1, 1))));
    for (let level = 0; level < depth; level += 1) type = message(bytes(4, bytes(1, type)));
    return file(bytes(11, message(bytes(1, 's'), bytes(2, type))), node('Relu', ['x'], ['y']), x, y);
  };

  /** An attribute of five million empty messages. */
  const flood = (field: number, type: number): Uint8Array =>
    message(bytes(1, 'f'), Buffer.alloc(10_000_000, Uint8Array.of(field * 8 + 2, 0)), varint(20, type));

  test.each<[string, Uint8Array, string]>([
    ['no bytes at all', new Uint8Array(0), 'onnx/malformed'],
    ['a text', Buffer.from('<!DOCTYPE html><html>Not found</html>'), 'onnx/malformed'],
    ['a picture', Uint8Array.from([0x89, 0x50, 0x4e, 0x47, 0x0d, 0x0a, 0x1a, 0x0a, 0, 0, 0, 13]), 'onnx/malformed'],
    ['a model without a graph', message(varint(1, 8), opset), 'onnx/malformed'],
    ['two graphs', message(relu, bytes(7, message())), 'onnx/malformed'],
    ['field number 0', message(relu, Uint8Array.from([0, 0])), 'onnx/malformed'],
    ['a varint of eleven bytes', message(Uint8Array.from([8, ...Array<number>(10).fill(0xff), 1]), relu), 'onnx/malformed'],
    ['a varint that never ends', message(relu, Uint8Array.from([8, 0xff, 0xff])), 'onnx/truncated'],
    ['a graph with another wire type', message(varint(1, 8), varint(7, 1)), 'onnx/malformed'],
    ['a length beyond the end', message(varint(1, 8), bytes(7, 'ab', 2 ** 31 - 1)), 'onnx/truncated'],
    ['a length of 2^35', message(varint(1, 8), bytes(7, 'ab', 2 ** 35)), 'onnx/malformed'],
    ['an inner length beyond its message', file(bytes(1, 'x', 50)), 'onnx/truncated'],
    ['a group that never ends', message(relu, Uint8Array.from([0xa3, 0x06])), 'onnx/truncated'],
    ['ten thousand groups in groups', message(relu, Buffer.alloc(20_000, Uint8Array.from([0xa3, 0x06]))), 'onnx/malformed'],
    ['a cycle', cyclic, 'onnx/cycle'],
    ['a node that reads its own output', file(node('Relu', ['y'], ['y']), y), 'onnx/cycle'],
    ['an absent value', file(node('Relu', ['z'], ['y']), x, y), 'onnx/absent-value'],
    ['an absent initializer', file(node('Add', ['x', 'w'], ['y']), x, y), 'onnx/absent-value'],
    ['an absent graph output', file(node('Relu', ['x'], ['z']), x, y), 'onnx/absent-value'],
    ['an output made twice', file(node('Relu', ['x'], ['y']), node('Abs', ['x'], ['y']), x, y), 'onnx/duplicate-name'],
    ['an input given twice', file(node('Relu', ['x'], ['y']), x, x, y), 'onnx/duplicate-name'],
    ['an output with the name of an input', file(node('Relu', ['x'], ['x']), x), 'onnx/duplicate-name'],
    [
      'an initializer given twice',
      file(...[1, 2].map(() => initializer(bytes(8, 'w'), varint(2, 1), varint(1, 0)))),
      'onnx/duplicate-name',
    ],
    [
      'an attribute given twice',
      file(node('Elu', ['x'], ['y'], ...[1, 2].map(() => bytes(5, bytes(1, 'alpha')))), x, y),
      'onnx/duplicate-name',
    ],
    ['an opset given twice', message(relu, opset), 'onnx/duplicate-name'],
    ['an opset to come', message(varint(1, 8), bytes(8, message(varint(2, 99))), relu.subarray(6)), 'onnx/opset'],
    ['a negative opset', message(varint(1, 8), bytes(8, message(varint(2, -3))), relu.subarray(6)), 'onnx/opset'],
    ['no opset', message(varint(1, 8), relu.subarray(6)), 'onnx/opset'],
    ['a node without operator', file(bytes(1, message(bytes(1, 'x'), bytes(2, 'y'))), x, y), 'onnx/malformed'],
    ['a negative dimension', withTensor(varint(1, -2), varint(2, 1), bytes(9, new Uint8Array(8))), 'onnx/negative-dim'],
    [
      'a negative input dimension',
      file(node('Relu', ['x'], ['y']), bytes(11, tensorInfo('x', varint(1, -5))), y),
      'onnx/negative-dim',
    ],
    [
      'an input dimension of 2^62',
      file(node('Relu', ['x'], ['y']), bytes(11, tensorInfo('x', varint(1, 2n ** 62n))), y),
      'onnx/limit',
    ],
    ['a tensor that claims terabytes', withTensor(varint(1, 2 ** 42), varint(2, 1), bytes(9, new Uint8Array(8))), 'onnx/limit'],
    [
      'a tensor that claims terabytes in numbers',
      withTensor(varint(1, 2 ** 42), varint(2, 7), bytes(7, packed(1))),
      'onnx/limit',
    ],
    [
      'a tensor that claims gigabytes',
      withTensor(varint(1, 2 ** 30), varint(2, 1), bytes(9, new Uint8Array(8))),
      'onnx/tensor-size',
    ],
    ['dimensions beyond 2^53', withTensor(varint(1, 2 ** 40), varint(1, 2 ** 40), varint(2, 1)), 'onnx/limit'],
    ['a dimension of 2^63 - 1 beside a 0', withTensor(varint(1, 2n ** 63n - 1n), varint(1, 0), varint(2, 1)), 'onnx/limit'],
    ['raw bytes too few', withTensor(varint(1, 2), varint(2, 1), bytes(9, new Uint8Array(7))), 'onnx/tensor-size'],
    ['floats too many', withTensor(varint(1, 2), varint(2, 1), bytes(4, new Uint8Array(12))), 'onnx/tensor-size'],
    ['numbers too few', withTensor(varint(1, 3), varint(2, 7), bytes(7, packed(1, 2))), 'onnx/tensor-size'],
    ['numbers in the field of another type', withTensor(varint(1, 2), varint(2, 7), bytes(5, packed(1, 2))), 'onnx/tensor-size'],
    ['no data', withTensor(varint(1, 2), varint(2, 1)), 'onnx/tensor-size'],
    ['raw bytes and numbers', withTensor(varint(1, 1), varint(2, 1), bytes(9, new Uint8Array(4)), float(4, 1)), 'onnx/malformed'],
    ['strings in raw bytes', withTensor(varint(1, 1), varint(2, 8), bytes(9, 'abc')), 'onnx/malformed'],
    ['strings too few', withTensor(varint(1, 2), varint(2, 8), bytes(6, 'abc')), 'onnx/tensor-size'],
    ['strings that are no UTF-8', withTensor(varint(1, 1), varint(2, 8), bytes(6, Uint8Array.of(0xff))), 'onnx/malformed'],
    ['an unknown element type', withTensor(varint(1, 1), varint(2, 77), bytes(9, new Uint8Array(4))), 'onnx/data-type'],
    ['no element type', withTensor(varint(1, 1), bytes(9, new Uint8Array(4))), 'onnx/malformed'],
    ['an unknown type of an input', file(bytes(11, message(bytes(1, 'x'), bytes(2, bytes(1, varint(1, 50)))))), 'onnx/data-type'],
    ['a tensor in segments', withTensor(varint(1, 1), varint(2, 1), bytes(3, message())), 'onnx/unsupported'],
    ['sparse initializers', file(bytes(15, message())), 'onnx/unsupported'],
    ['65 dimensions', withTensor(...Array.from({ length: 65 }, () => varint(1, 1)), varint(2, 1)), 'onnx/limit'],
    ['a million packed dimensions', withTensor(bytes(1, new Uint8Array(1e6).fill(1)), varint(2, 1)), 'onnx/limit'],
    ['a name of 10 kB', file(node('Relu', ['x'], ['y'.repeat(10_000)]), x, y), 'onnx/limit'],
    ['graphs within graphs, 40 deep', nested(40), 'onnx/limit'],
    ['graphs within graphs, 5000 deep', nested(5000), 'onnx/limit'],
    ['external data without a reader', withTensor(varint(1, 2), varint(2, 1), varint(14, 1)), 'onnx/external'],
    ['an input without a name', file(bytes(11, message())), 'onnx/malformed'],
    ['five million empty nodes', file(Buffer.alloc(10_000_000, Uint8Array.of(0x0a, 0))), 'onnx/limit'],
    ['five million empty graphs', file(node('If', [], ['y'], bytes(5, flood(11, 10))), x, y), 'onnx/limit'],
    ['five million empty tensors', file(node('If', [], ['y'], bytes(5, flood(10, 9))), x, y), 'onnx/malformed'],
    ['five million dimensions', withTensor(Buffer.alloc(10_000_000, Uint8Array.of(8, 1)), varint(2, 1)), 'onnx/limit'],
    ['an absent value in a subgraph', nested(1, 'z'), 'onnx/absent-value'],
  ])('%s', (_, data, code) => {
    const start = performance.now();
    expect(refused(data)).toBe(code);
    expect(performance.now() - start).toBeLessThan(5_000);
  });

  test('no depth of types: they are not looked into', () => {
    expect(refused(deepType(2_000))).toBe('none');
    expect(refused(nested(30))).toBe('none');
  });

  test('every prefix of a file', () => {
    const data = withTensor(varint(1, 2), varint(2, 1), bytes(9, new Uint8Array(8)));
    expect(refused(data)).toBe('none');
    for (let length = 0; length < data.length; length += 1) expect(refused(data.subarray(0, length))).not.toBe('none');
  });

  test.each<[string, ReadOptions]>([
    ['bytes', { limits: { bytes: 10 } }],
    ['nodes', { limits: { nodes: 1 } }],
    ['tensors', { limits: { tensors: 0 } }],
    ['messages', { limits: { messages: 5 } }],
    ['tensorBytes', { limits: { tensorBytes: 7 } }],
    ['rank', { limits: { rank: 0 } }],
  ])('more %s than its limit', (_, options) => {
    const data = withTensor(varint(1, 2), varint(2, 1), bytes(9, new Uint8Array(8)));
    expect([refused(data), refused(data, options)]).toEqual(['none', 'onnx/limit']);
  });
});

describe('external data', () => {
  const entry = (key: string, value: string): Uint8Array => bytes(13, message(bytes(1, key), bytes(2, value)));
  const external = (...entries: readonly Uint8Array[]): Uint8Array =>
    withTensor(varint(1, 2), varint(2, 1), varint(14, 1), ...entries);

  test('are asked for by place and size', () => {
    const asked: unknown[] = [];
    const model = readModel(external(entry('location', 'w.bin'), entry('offset', '4096'), entry('length', '8')), {
      external(...request) {
        asked.push(request);
        return new Uint8Array(Float32Array.of(1, 2).buffer);
      },
    });
    expect(asked).toEqual([['w.bin', 4096, 8]]);
    expect(model.graph.initializers.get('w')).toEqual({ type: 'float32', dims: [2], data: Float32Array.of(1, 2) });
  });

  test('must have the size that the tensor claims', () => {
    const read = (data: Uint8Array): string => refused(data, { external: () => new Uint8Array(4) });
    expect(read(external(entry('location', 'w.bin')))).toBe('onnx/tensor-size');
    expect(read(external(entry('location', 'w.bin'), entry('length', '9')))).toBe('onnx/tensor-size');
    expect(read(external(entry('location', 'w.bin'), entry('offset', '-1')))).toBe('onnx/external');
    expect(read(external(entry('location', 'w.bin'), entry('offset', '1e400')))).toBe('onnx/external');
  });
});

describe('memory', () => {
  const weights = new Uint8Array(1 << 20);
  const data = (shift: number): Uint8Array =>
    withTensor(varint(1, 1 << 18), varint(2, 1), bytes(12, 'd'.repeat(shift)), bytes(9, weights));

  test('aligned tensors are views of the file, and all are where the file is given away', () => {
    const own = [0, 1, 2, 3].map((shift) => {
      const bytesOfFile = new Uint8Array(data(shift));
      const tensor = readModel(bytesOfFile, { owned: true }).graph.initializers.get('w')!;
      return (tensor.data as Float32Array).buffer === bytesOfFile.buffer;
    });
    const lent = [0, 1, 2, 3].map((shift) => {
      const bytesOfFile = new Uint8Array(data(shift));
      const tensor = readModel(bytesOfFile).graph.initializers.get('w')!;
      return (tensor.data as Float32Array).buffer === bytesOfFile.buffer;
    });
    expect(own).toEqual([true, true, true, true]);
    expect(lent.filter(Boolean)).toHaveLength(1);
  });
});
