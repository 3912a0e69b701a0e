import type { Value } from '../onnx/assembler.js';
import { known, misfit, ranked, refuse, title, whole } from './checks.js';
import { uniform, type Initializer } from './initializers.js';
import type { Network } from './network.js';

export interface RecurrentOptions {
  readonly name?: string;
  /** Size of the state. */
  readonly units: number;
  /**
   * bool (N, L), as `paddingMask` makes it: a row is read up to its last true place, and what fills it behind that changes nothing. A row
   * without any gives zeros. Everything is read unless told.
   */
  readonly mask?: Value | undefined;
  /** The same as numbers of places to read: int32 or int64 (N), 0 to L. */
  readonly lengths?: Value | undefined;
  /** Reads each row from its end to its beginning too, with weights of its own, and puts both states side by side. */
  readonly bidirectional?: boolean;
  /** Gives the states of all places, zeros where nothing is read, in place of the last one. */
  readonly sequence?: boolean;
}

/**
 * i, o, f = sigmoid(W x + R h + b), u = tanh(W x + R h + b); c' = f c + i u; h' = o tanh(c'): long short-term memory.
 *
 * (N, L, D) -> the last state (N, units), or of all places (N, L, units); twice the units where bidirectional. The standard operator
 * LSTM, with parameters as it takes them: `name.W` (1, 4 units, D), `name.R` (1, 4 units, units) and `name.B` (1, 8 units: the biases
 * of W, then of R), 2 in place of 1 where bidirectional, gates in the order i, o, f, c. torch's `weight_ih_l0` has the order i, f, g, o.
 * Weights begin as torch's, U(-b, b) with b = 1 / sqrt(units); biases at 0, but at 1 for the forget gate, so that memory lasts at first.
 * Throws `nn/option` and `nn/shape`. Sources: S. Hochreiter and J. Schmidhuber, Neural Computation 9 (1997); F. Gers et al., Neural
 * Computation 12 (2000); R. Jozefowicz et al., ICML 2015 (the forget gate's bias).
 *
 * @example
 * const tokens = net.tokens({ length: 200 });
 * const words = embedding(net, tokens, { name: 'words', vocabulary: 10_000, size: 128 });
 * const text = lstm(net, words, { name: 'lstm', units: 64, mask: paddingMask(net, tokens) });
 */
export function lstm(net: Network, x: Value, options: RecurrentOptions): Value {
  return recurrent(net, x, options, { opType: 'LSTM', gates: 4, biasInit: forgetBias, attributes: {} });
}

/**
 * z, r = sigmoid(W x + R h + b); n = tanh(Wn x + bn + r (Rn h + cn)); h' = (1 - z) n + z h: gated recurrent unit.
 *
 * Shapes and options as {@link lstm}. The standard operator GRU with `linear_before_reset`, which makes it torch's and cuDNN's:
 * `name.W` (1, 3 units, D), `name.R` (1, 3 units, units), `name.B` (1, 6 units), gates in the order z, r, n; torch's is r, z, n.
 * Weights begin as the LSTM's, biases at 0. Throws `nn/option` and `nn/shape`. Source: K. Cho et al., arXiv:1406.1078.
 */
export function gru(net: Network, x: Value, options: RecurrentOptions): Value {
  return recurrent(net, x, options, { opType: 'GRU', gates: 3, biasInit: nothing, attributes: { linear_before_reset: 1 } });
}

interface Cell {
  readonly opType: 'LSTM' | 'GRU';
  readonly gates: number;
  readonly biasInit: (units: number) => Initializer;
  readonly attributes: Readonly<Record<string, number>>;
}

const nothing: Cell['biasInit'] = () => (dims) => new Float32Array(dims.reduce((product, dim) => product * dim, 1));

/** 1 for the third gate's bias of W in each direction, 0 elsewhere. */
const forgetBias: Cell['biasInit'] = (units) => (dims, random) =>
  nothing(units)(dims, random).map((_, index) => (Math.floor((index % (8 * units)) / units) === 2 ? 1 : 0));

function recurrent(net: Network, x: Value, options: RecurrentOptions, { opType, gates, biasInit, attributes }: Cell): Value {
  const name = net.layerName(opType.toLowerCase(), options.name);
  const layer = title(opType, name);
  const units = whole(layer, 'units', options.units);
  const inputs = known(layer, 'the size of the last axis', ranked(layer, x, [3], 'sequences (N, L, D)')[2]);
  const directions = options.bidirectional ? 2 : 1;
  const { graph } = net;
  const init = uniform({ bound: 1 / Math.sqrt(units) });
  const w = net.parameter(`${name}.W`, [directions, gates * units, inputs], init);
  const r = net.parameter(`${name}.R`, [directions, gates * units, units], init);
  const b = net.parameter(`${name}.B`, [directions, 2 * gates * units], biasInit(units));

  // ONNX Runtime's CPU takes the length first only.
  const [all = x, last = x] = graph.node(
    opType,
    [graph.transpose(x, [1, 0, 2]), w, r, b, rowLengths(net, layer, options)],
    { ...attributes, hidden_size: units, direction: options.bidirectional ? 'bidirectional' : 'forward' },
    { name, outputs: 2 },
  );
  if (options.sequence) return graph.reshape(graph.transpose(all, [2, 0, 1, 3]), [0, 0, directions * units]);
  if (directions === 1) return graph.squeeze(last, [0]);
  return graph.reshape(graph.transpose(last, [1, 0, 2]), [0, directions * units]);
}

/** int32 (N): how many places of each row are read; `undefined` for all. */
function rowLengths(net: Network, layer: string, { mask, lengths }: RecurrentOptions): Value | undefined {
  const { graph } = net;
  if (mask && lengths) return refuse(layer, 'mask and lengths say the same; one of them expected, both received.');
  if (lengths) {
    ranked(layer, lengths, [1], 'lengths (N)');
    if (lengths.type !== 'int32' && lengths.type !== 'int64')
      misfit(layer, `int32 or int64 lengths expected, ${lengths.type} received.`);
    return graph.cast(lengths, 'int32');
  }
  if (!mask) return undefined;
  ranked(layer, mask, [2], 'a mask, bool (N, L),');
  if (mask.type !== 'bool') misfit(layer, `a bool mask expected, ${mask.type} received.`);
  // A place is read where it or any behind it is under the mask.
  const behind = net.op('CumSum', [graph.cast(mask, 'int32'), graph.int(1)], { reverse: 1 });
  return graph.reduceSum(graph.cast(graph.greater(behind, graph.cast(graph.int(0), 'int32')), 'int32'), [1], false);
}
