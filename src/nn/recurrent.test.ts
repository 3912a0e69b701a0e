import { expect, test } from 'vitest';
import { runModel } from '../../test/support/onnx-cases.js';
import type { Value } from '../onnx/assembler.js';
import type { Tensor } from '../onnx/types.js';
import { writeModel } from '../onnx/write.js';
import { gru, lstm, Network, paddingMask, embedding } from './index.js';

const layers = [
  ['lstm', lstm],
  ['gru', gru],
] as const;
const tokens = (...rows: readonly (readonly number[])[]): Tensor => ({
  type: 'int64',
  dims: [rows.length, rows[0]!.length],
  data: BigInt64Array.from(rows.flat(), BigInt),
});

/** The last states, and those of all places, of texts whose padding is 0. */
async function read(layer: typeof lstm, texts: Tensor, both = false): Promise<Tensor[]> {
  const net = new Network({ seed: 1 });
  const x = net.tokens({ length: 'L' });
  const words = embedding(net, x, { name: 'words', vocabulary: 9, size: 5 });
  const options = { units: 3, mask: paddingMask(net, x), bidirectional: both };
  net.output(layer(net, words, { ...options, name: 'one' }), 'last');
  net.output(layer(net, words, { ...options, name: 'two', sequence: true }), 'all');
  return runModel(writeModel(net.build()), [texts]);
}

const values = ({ data }: Tensor): number[] => Array.from(data, Number);

test.each(layers)('%s: padding behind a text changes nothing, in one or both directions', async (_, layer) => {
  for (const both of [false, true]) {
    const [short, shortAll] = await read(layer, tokens([3, 1, 0, 4]), both);
    const [long, longAll] = await read(layer, tokens([3, 1, 0, 4, 0, 0, 0]), both);
    expect(values(long!)).toEqual(values(short!));
    expect(values(longAll!)).toEqual([...values(shortAll!), ...new Array<number>(both ? 18 : 9).fill(0)]);
  }
});

test.each(layers)('%s: a text without words gives zeros, beside others or alone', async (_, layer) => {
  const [last, all] = await read(layer, tokens([0, 0], [3, 4]));
  expect(values(last!).slice(0, 3)).toEqual([0, 0, 0]);
  expect(values(all!).slice(0, 6)).toEqual(new Array(6).fill(0));
  expect(
    values(last!)
      .slice(3)
      .every((value) => value !== 0),
  ).toBe(true);
  const alone = await read(layer, tokens([0, 0]));
  expect(alone.flatMap(values)).toEqual(new Array(9).fill(0));
});

test('the forget gate is open at first, in both directions', () => {
  const net = new Network();
  lstm(net, net.graph.input('x', 'float32', ['N', 4, 2]), { name: 'l', units: 1, bidirectional: true });
  const bias = net.build().graph.initializers.get('l.B');
  expect(values(bias!)).toEqual([0, 0, 1, 0, 0, 0, 0, 0, 0, 0, 1, 0, 0, 0, 0, 0]);
});

type Ask = (net: Network, x: Value) => Value;
test.each<readonly [string, string, Ask]>([
  ['nn/option', 'units must be a whole number of at least 1, 0', (net, x) => lstm(net, x, { units: 0 })],
  ['nn/shape', 'sequences (N, L, D) expected', (net) => gru(net, net.features({ size: 3 }), { units: 2 })],
  [
    'nn/shape',
    'a bool mask expected, float32',
    (net, x) => gru(net, x, { units: 2, mask: net.graph.input('m', 'float32', ['N', 4]) }),
  ],
  [
    'nn/shape',
    'a mask, bool (N, L), expected',
    (net, x) => lstm(net, x, { units: 2, mask: net.graph.input('m', 'bool', ['N']) }),
  ],
  [
    'nn/shape',
    'int32 or int64 lengths expected, bool',
    (net, x) => lstm(net, x, { units: 2, lengths: net.graph.input('n', 'bool', ['N']) }),
  ],
  [
    'nn/option',
    'one of them expected, both received',
    (net, x) => {
      const mask = net.graph.input('m', 'bool', ['N', 4]);
      return lstm(net, x, { units: 2, mask, lengths: net.graph.input('n', 'int64', ['N']) });
    },
  ],
])('%s: %s', (code, message, ask) => {
  const net = new Network();
  const x = net.graph.input('x', 'float32', ['N', 4, 3]);
  expect(() => ask(net, x)).toThrow(expect.objectContaining({ code, message: expect.stringContaining(message) as string }));
});
