import { describe, expect, test } from 'vitest';
import { readModel, readTensor } from './read.js';
import { float32, int64 } from './tensors.js';
import type { Attribute, DataType, Model, Tensor, TensorData } from './types.js';
import { writeModel, writeModelWithExternalData, writeTensor } from './write.js';

const body: Model['graph'] = {
  name: 'body',
  nodes: [{ name: '', opType: 'Neg', domain: '', inputs: ['x'], outputs: ['inner'], attributes: {} }],
  inputs: [],
  outputs: [{ name: 'inner', opaqueType: new Uint8Array(0) }],
  initializers: new Map(),
  values: new Map(),
};

const attributes: Record<string, Attribute> = {
  float: { kind: 'float', value: 0.5 },
  int: { kind: 'int', value: -7 },
  least: { kind: 'int', value: -(2 ** 63) },
  most: { kind: 'int', value: 2 ** 63 },
  empty: { kind: 'string', value: '' },
  string: { kind: 'string', value: 'été 🌌' },
  tensor: { kind: 'tensor', value: float32([2, 1], [1, -1]) },
  graph: { kind: 'graph', value: body },
  floats: { kind: 'floats', value: [1, 2, -0.25] },
  ints: { kind: 'ints', value: [0, -1, 2 ** 40, 2 ** 63] },
  none: { kind: 'ints', value: [] },
  strings: { kind: 'strings', value: ['a', '', 'c'] },
  tensors: { kind: 'tensors', value: [int64([1]), int64([])] },
  graphs: { kind: 'graphs', value: [body, body] },
  // AttributeProto { name: "opaque", type: TYPE_PROTO, tp: {} }
  opaque: { kind: 'opaque', value: Uint8Array.from([0x0a, 6, ...Buffer.from('opaque'), 0xa0, 1, 13, 0x72, 0]) },
};

const model: Model = {
  irVersion: 10,
  opsets: { '': 21, 'com.microsoft': 1 },
  producer: 'messier',
  documentation: 'a model',
  metadata: { classes: '["a","b"]', empty: '' },
  functions: [Uint8Array.from([0x0a, 1, 0x66])],
  graph: {
    name: 'everything',
    documentation: 'a graph',
    nodes: [
      { name: 'one', opType: 'Everything', domain: 'com.microsoft', inputs: ['x', '', 'w'], outputs: ['', 'y'], attributes },
    ],
    inputs: [
      { name: 'x', type: 'float32', shape: ['N', 3, 0] },
      { name: 'scalar', type: 'int64', shape: [] },
      { name: 'unknown', type: 'bool' },
      // TypeProto { sequence_type: { elem_type: { tensor_type: { elem_type: FLOAT } } } }
      { name: 'sequence', opaqueType: Uint8Array.from([0x22, 6, 0x0a, 4, 0x0a, 2, 0x08, 1]) },
    ],
    outputs: [{ name: 'y', type: 'float16', shape: ['?y:0', 4] }],
    initializers: new Map([['w', float32([2, 2], [1, 2, 3, 4])]]),
    values: new Map([['v', { name: 'v', type: 'int4', shape: [2] }]]),
  },
};

describe('writeModel', () => {
  test('writes what readModel reads', () => {
    expect(readModel(writeModel(model))).toEqual(model);
  });

  const samples: readonly [DataType, TensorData][] = [
    ['float32', Float32Array.of(1, NaN)],
    ['float64', Float64Array.of(1, -Infinity)],
    ['int8', Int8Array.of(-1, 2)],
    ['int16', Int16Array.of(-1, 2)],
    ['int32', Int32Array.of(-1, 2)],
    ['int64', BigInt64Array.of(-1n, 2n)],
    ['uint8', Uint8Array.of(255, 2)],
    ['uint16', Uint16Array.of(65535, 2)],
    ['uint32', Uint32Array.of(2 ** 32 - 1, 2)],
    ['uint64', BigUint64Array.of(2n ** 64n - 1n, 2n)],
    ['bool', Uint8Array.of(1, 0)],
    ['string', ['one', '']],
    ['float16', Uint16Array.of(0x3c00, 1)],
    ['bfloat16', Uint16Array.of(0x3f80, 1)],
    ['float8e4m3fn', Uint8Array.of(7, 8)],
    ['float8e4m3fnuz', Uint8Array.of(7, 8)],
    ['float8e5m2', Uint8Array.of(7, 8)],
    ['float8e5m2fnuz', Uint8Array.of(7, 8)],
    ['uint4', Uint8Array.of(0x21)],
    ['int4', Uint8Array.of(0xf1)],
    ['complex64', Float32Array.of(1, 2, 3, 4)],
    ['complex128', Float64Array.of(1, 2, 3, 4)],
  ];

  test.each(samples)('keeps a tensor of %s', (type, data) => {
    const tensor: Tensor = { type, dims: [2], data };
    expect(readTensor(writeTensor(tensor, 't'))).toEqual({ name: 't', tensor });
  });

  test('keeps tensors of every size around the one from which they are not copied', () => {
    for (const length of [0, 1, 1023, 1024, 1025, 40_000]) {
      const tensor = float32(
        [length],
        Float32Array.from({ length }, (_, index) => index),
      );
      const grown = { ...model, graph: { ...model.graph, initializers: new Map([['w', tensor]]) } };
      expect(readModel(writeModel(grown)).graph.initializers.get('w')).toEqual(tensor);
    }
  });

  test('writes large tensors beside the model', () => {
    const big = float32([1024], new Float32Array(1024).fill(2));
    const initializers = new Map([
      ['w', float32([1], [1])],
      ['a', big],
      ['b', big],
    ]);
    const grown = { ...model, graph: { ...model.graph, initializers } };
    const written = writeModelWithExternalData(grown, { location: 'w.bin', thresholdBytes: 1024 });
    expect([written.model.length < 2048, written.external.length]).toEqual([true, 8192]);
    const external = (location: string, offset: number, length = 0): Uint8Array => {
      expect([location, offset % 4096]).toEqual(['w.bin', 0]);
      return written.external.subarray(offset, offset + length);
    };
    expect(readModel(written.model, { external })).toEqual(grown);
  });
});
