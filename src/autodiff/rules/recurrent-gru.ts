import type { Value } from '../../onnx/assembler.js';
import { fixedDim, reshapeLike } from '../shapes.js';
import { scan } from '../scan.js';
import {
  before,
  biasGradient,
  blocks,
  four,
  plus,
  rows,
  slope,
  split,
  three,
  two,
  type Direction,
  type DirectionGradients,
} from './recurrent-direction.js';

/**
 * z, r = sigmoid(W x + R h + b); n = tanh(Wn x + bn + r (Rn h + cn)); h' = (1 - z) n + z h: `linear_before_reset` 1.
 *
 * Gates of all steps come from two products; dz, dr, dq (q = Rn h + cn) and the share of h that is kept are dh times what is known before
 * the scan.
 */
export function gruGradients(direction: Direction): DirectionGradients {
  const { g, x, w, r, bias, initial, y, dy, last, needs } = direction;
  const size = fixedDim(y, -1);
  const inputs = rows(g, x);
  const old = rows(g, before(g, y, initial.hidden));
  const [inGates, inNew] = two(split(g, g.gemm(inputs, w, bias?.input, { transB: true }), [2 * size, size]));
  const [oldGates, q] = two(split(g, g.gemm(old, r, bias?.recurrent, { transB: true }), [2 * size, size]));
  const gates = g.sigmoid(g.add(inGates, oldGates));
  const [z, reset] = two(split(g, gates, [size, size]));
  const n = g.tanh(g.add(inNew, g.mul(reset, q)));

  const [dz, dr] = two(split(g, slope(g, gates), [size, size]));
  const toNew = freshSlope(direction, z, n);
  const known = blocks(g, [g.mul(g.sub(old, n), dz), g.mul(g.mul(toNew, q), dr), g.mul(toNew, reset), z], y);

  const [dHidden, dGates, dh] = three(
    scan(g, {
      states: [last.hidden],
      sequences: [known, ...(dy ? [dy] : [])],
      shared: [r, g.ints([1]), g.ints([3, 1]), g.ints([0, 3 * size])],
      backwards: true,
      step: (s, values) => {
        const [later, factors] = two(values);
        const [weight, one, cut, wide] = four(values.slice(-4));
        const now = plus(s, later, dy && values[2]);
        const [toGates, kept] = two(
          s.node('Split', [s.mul(s.op('Unsqueeze', [now, one]), factors), cut], { axis: 1 }, { outputs: 2 }),
        );
        const all = s.reshape(toGates, wide);
        return { states: [s.gemm(all, weight, s.op('Squeeze', [kept, one]))], entries: [all, now] };
      },
    }),
  );

  const recurrent = rows(g, dGates);
  const [gatesOut] = two(split(g, recurrent, [2 * size, size]));
  const input = g.concat([gatesOut, g.mul(rows(g, dh), toNew)], 1);
  return {
    x: needs.x ? reshapeLike(g, g.gemm(input, w), x) : undefined,
    w: needs.w ? g.gemm(input, inputs, undefined, { transA: true }) : undefined,
    r: needs.r ? g.gemm(recurrent, old, undefined, { transA: true }) : undefined,
    bias: needs.bias ? g.concat([biasGradient(g, input), biasGradient(g, recurrent)], 0) : undefined,
    hidden: dHidden,
  };
}

/** The same with n = tanh(Wn x + bn + Rn (r h) + cn), where the gradient goes through Rn before it reaches r: `linear_before_reset` 0. */
export function gruResetFirstGradients(direction: Direction): DirectionGradients {
  const { g, x, w, r, bias, initial, y, dy, last, needs } = direction;
  const size = fixedDim(y, -1);
  const inputs = rows(g, x);
  const old = rows(g, before(g, y, initial.hidden));
  const [rGates, rNew] = two(split(g, r, [2 * size, size], 0));
  const fromInput = g.gemm(inputs, w, bias && g.add(bias.input, bias.recurrent), { transB: true });
  const [inGates, inNew] = two(split(g, fromInput, [2 * size, size]));
  const gates = g.sigmoid(g.gemm(old, rGates, inGates, { transB: true }));
  const [z, reset] = two(split(g, gates, [size, size]));
  const shown = g.mul(reset, old);
  const n = g.tanh(g.gemm(shown, rNew, inNew, { transB: true }));

  const [dz, dr] = two(split(g, slope(g, gates), [size, size]));
  const known = blocks(g, [g.mul(g.sub(old, n), dz), freshSlope(direction, z, n), z], y);
  const resets = blocks(g, [g.mul(old, dr), reset], y);

  const [dHidden, dGates] = two(
    scan(g, {
      states: [last.hidden],
      sequences: [known, resets, ...(dy ? [dy] : [])],
      shared: [rGates, rNew, g.ints([1])],
      backwards: true,
      step: (s, values) => {
        const [later, factors, reached] = three(values);
        const [toGates, toNew, one] = three(values.slice(-3));
        const thin = (value: Value): Value => s.op('Squeeze', [value, one]);
        const parts = (value: Value, count: number): readonly Value[] =>
          s.node('Split', [value], { axis: 1 }, { outputs: count }).map(thin);
        const now = plus(s, later, dy && values[3]);
        const [dGate, dNew, kept] = three(parts(s.mul(s.op('Unsqueeze', [now, one]), factors), 3));
        const through = s.matmul(dNew, toNew);
        const [dReset, back] = two(parts(s.mul(s.op('Unsqueeze', [through, one]), reached), 2));
        const earlier = s.gemm(s.concat([dGate, dReset], 1), toGates, s.add(kept, back));
        return { states: [earlier], entries: [s.concat([dGate, dReset, dNew], 1)] };
      },
    }),
  );

  const out = rows(g, dGates);
  const [gatesOut, newOut] = two(split(g, out, [2 * size, size]));
  const sums = needs.bias ? biasGradient(g, out) : undefined;
  const product = (left: Value, right: Value): Value => g.gemm(left, right, undefined, { transA: true });
  return {
    x: needs.x ? reshapeLike(g, g.gemm(out, w), x) : undefined,
    w: needs.w ? product(out, inputs) : undefined,
    r: needs.r ? g.concat([product(gatesOut, old), product(newOut, shown)], 0) : undefined,
    bias: sums && g.concat([sums, sums], 0),
    hidden: dHidden,
  };
}

/** dn' / dh' = (1 - z) (1 - n²), n' being what the tanh is taken of. */
function freshSlope({ g }: Direction, z: Value, n: Value): Value {
  const one = g.scalar(1);
  return g.mul(g.sub(one, z), g.sub(one, g.mul(n, n)));
}
