import { Registry } from '../core/registry.js';
import { float, type Value } from '../onnx/assembler.js';
import type { Network } from './network.js';

/** An elementwise function; the shape stays. */
export type Activation = (net: Network, x: Value) => Value;

/** x. */
export const linear: Activation = (_net, x) => x;

/** max(x, 0). */
export const relu: Activation = (net, x) => net.op('Relu', [x]);

/** min(max(x, 0), 6). Source: MobileNetV2, arXiv:1801.04381. */
export const relu6: Activation = (net, x) => net.op('Clip', [x, net.graph.scalar(0), net.graph.scalar(6)]);

/** x where x >= 0, x/100 elsewhere. */
export const leakyRelu: Activation = (net, x) => net.op('LeakyRelu', [x], { alpha: float(0.01) });

/** x where x >= 0, e^x - 1 elsewhere. Source: arXiv:1511.07289. */
export const elu: Activation = (net, x) => net.op('Elu', [x]);

/** x Φ(x) = x/2 (1 + erf(x / sqrt 2)), not the approximation by tanh. Source: arXiv:1606.08415. */
export const gelu: Activation = (net, x) => {
  const g = net.graph;
  const twicePhi = net.op('Add', [net.op('Erf', [net.op('Mul', [x, g.scalar(Math.SQRT1_2)])]), g.scalar(1)]);
  return net.op('Mul', [net.op('Mul', [x, g.scalar(0.5)]), twicePhi]);
};

/** x σ(x), also called swish. Source: arXiv:1606.08415, arXiv:1710.05941. */
export const silu: Activation = (net, x) => net.op('Mul', [x, net.op('Sigmoid', [x])]);

/** x min(max(x/6 + 1/2, 0), 1). Source: MobileNetV3, arXiv:1905.02244. */
export const hardSwish: Activation = (net, x) => net.op('HardSwish', [x]);

/** min(max(x/6 + 1/2, 0), 1). */
export const hardSigmoid: Activation = (net, x) => net.op('HardSigmoid', [x], { alpha: float(1 / 6), beta: float(0.5) });

/** σ(x) = 1 / (1 + e^-x). */
export const sigmoid: Activation = (net, x) => net.op('Sigmoid', [x]);

/** tanh x. */
export const tanh: Activation = (net, x) => net.op('Tanh', [x]);

/** ln(1 + e^x). */
export const softplus: Activation = (net, x) => net.op('Softplus', [x]);

/** x tanh(ln(1 + e^x)). Source: arXiv:1908.08681. */
export const mish: Activation = (net, x) => net.op('Mul', [x, net.op('Tanh', [net.op('Softplus', [x])])]);

/** Activations by the names that layers take. */
export const activations = new Registry<Activation>('activation')
  .register('linear', linear)
  .register('relu', relu)
  .register('relu6', relu6)
  .register('leakyRelu', leakyRelu)
  .register('elu', elu)
  .register('gelu', gelu)
  .register('silu', silu)
  .register('hardSwish', hardSwish)
  .register('hardSigmoid', hardSigmoid)
  .register('sigmoid', sigmoid)
  .register('tanh', tanh)
  .register('softplus', softplus)
  .register('mish', mish);

/** Applies an activation by its name; none leaves the value as it is. */
export function activate(net: Network, x: Value, name: string | undefined): Value {
  return name === undefined ? x : activations.get(name)(net, x);
}
