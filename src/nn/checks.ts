import { MessierError } from '../core/errors.js';
import type { Value } from '../onnx/assembler.js';
import type { Dim, Shape } from '../onnx/types.js';

/** What a layer is called in an error: `Conv "stem"`. */
export function title(kind: string, name: string): string {
  return name === '' ? kind : `${kind} "${name}"`;
}

/** `(N, 3, 64, 64)`. */
export function written(shape: Shape): string {
  return `(${shape.join(', ')})`;
}

/** Stops with `nn/option`. */
export function refuse(layer: string, message: string): never {
  throw new MessierError('nn/option', `${layer}: ${message}`);
}

/** Stops with `nn/shape`. */
export function misfit(layer: string, message: string): never {
  throw new MessierError('nn/shape', `${layer}: ${message}`);
}

/** Returns a whole number of at least `least`, or stops with `nn/option`. */
export function whole(layer: string, option: string, value: number, least = 1): number {
  if (Number.isSafeInteger(value) && value >= least) return value;
  return refuse(layer, `${option} must be a whole number of at least ${least}, ${value} received.`);
}

/** The shape of a value whose rank is one of `ranks`; stops with `nn/shape` otherwise. `layout` says what is expected. */
export function ranked(layer: string, x: Value, ranks: readonly number[], layout: string): Shape {
  const { shape } = x;
  if (!shape)
    return misfit(layer, `the rank of "${x.name}" is not known; ${layout} expected. Give the graph's inputs their shapes.`);
  if (ranks.includes(shape.length)) return shape;
  const hint =
    shape.length === 2
      ? ' Put it before flatten and dense layers.'
      : shape.length === 4
        ? ' Put flatten or globalAveragePool before it.'
        : '';
  return misfit(layer, `${layout} expected, ${written(shape)} received.${hint}`);
}

/** A dimension that must be known when the graph is built; stops with `nn/shape` otherwise. */
export function known(layer: string, what: string, dim: Dim | undefined): number {
  if (typeof dim === 'number') return dim;
  return misfit(layer, `${what} must be a number when the network is built, "${dim ?? '?'}" received.`);
}

/** Images (N, C, H, W): the number of channels and the two sizes. */
export function imageDims(layer: string, x: Value): { readonly channels: number; readonly spatial: readonly [Dim, Dim] } {
  const shape = ranked(layer, x, [4], 'images (N, C, H, W)');
  return { channels: known(layer, 'the number of channels', shape[1]), spatial: [shape[2] ?? '?', shape[3] ?? '?'] };
}
