import type { Value } from '../onnx/assembler.js';
import { activate } from './activations.js';
import { known, misfit, ranked, title, whole } from './checks.js';
import { glorotUniform, zeros, type Initializer } from './initializers.js';
import type { Network } from './network.js';

export interface DenseOptions {
  readonly name?: string;
  /** Size of the output's last axis. */
  readonly units: number;
  /** Whether a bias is added; yes unless told. */
  readonly bias?: boolean;
  readonly init?: Initializer;
  readonly biasInit?: Initializer;
  readonly activation?: string;
}

/**
 * y = x weightᵀ + bias over the last axis: a fully connected layer.
 *
 * (N, in) -> (N, units), or (N, L, in) -> (N, L, units). Parameters `name.weight` (units, in) and `name.bias` (units).
 * Throws `nn/option` and `nn/shape`.
 */
export function dense(net: Network, x: Value, options: DenseOptions): Value {
  const name = net.layerName('dense', options.name);
  const layer = title('Dense', name);
  const units = whole(layer, 'units', options.units);
  const shape = ranked(layer, x, [2, 3], 'rows (N, size) or sequences (N, length, size)');
  const inputs = known(layer, 'the size of the last axis', shape.at(-1));
  if (inputs === 0) misfit(layer, `the last axis is empty: ${x.name}.`);
  const weight = net.parameter(`${name}.weight`, [units, inputs], options.init ?? glorotUniform);
  const bias = options.bias === false ? undefined : net.parameter(`${name}.bias`, [units], options.biasInit ?? zeros);
  return activate(net, affine(net, x, { weight, bias, name }), options.activation);
}

/** x weightᵀ + bias over the last axis, as one Gemm. The rows of a sequence are stacked for it. */
export function affine(
  net: Network,
  x: Value,
  {
    weight,
    bias,
    name,
    output,
  }: { readonly weight: Value; readonly bias: Value | undefined; readonly name: string; readonly output?: string },
): Value {
  const gemm = (rows: Value): Value =>
    net.op('Gemm', [rows, weight, bias], { transB: 1 }, { name, outputs: output === undefined ? undefined : [output] });
  const { shape } = x;
  if (shape?.length !== 3) return gemm(x);
  const [units = 1, inputs = 1] = (weight.shape ?? []).map(Number);
  const rows = gemm(net.graph.reshape(x, [-1, inputs]));
  return net.reshape(rows, [...shape.slice(0, -1), units], x);
}

/** (N, ...) -> (N, product of the rest), row-major. */
export function flatten(net: Network, x: Value): Value {
  return net.op('Flatten', [x], { axis: 1 });
}
