import { fixedDim, reshapeLike } from '../shapes.js';
import { scan } from '../scan.js';
import {
  before,
  biasGradient,
  blocks,
  four,
  plus,
  reorder,
  rows,
  slope,
  split,
  three,
  two,
  type Direction,
  type DirectionGradients,
} from './recurrent-direction.js';

/** The gates i, o, f, c of ONNX in the order in which they go back, i, f, c, o, and the way back. */
const backward = [0, 2, 3, 1];
const forward = [0, 3, 1, 2];

/**
 * i, o, f = sigmoid(W x + R h + b), u = tanh(..); c' = f c + i u; h' = o tanh(c').
 *
 * The operator gave h of every step, so that the gates of all steps come from one product. The cells follow by a scan of two operators,
 * and the gradients by a scan backwards:
 * dc = m + dh o (1 - tanh² c); di, df, du and the next m are dc times what is known before the scan; dh = (di, df, du, do) R.
 */
export function lstmGradients(direction: Direction): DirectionGradients {
  const { g, x, w, r, bias, initial, y, dy, dcs, last, zeros, needs } = direction;
  const hidden = fixedDim(y, -1);
  const inputs = rows(g, x);
  const hiddenBefore = before(g, y, initial.hidden);
  const hiddenRows = rows(g, hiddenBefore);

  const fromInput = g.gemm(inputs, w, bias && g.add(bias.input, bias.recurrent), { transB: true });
  const z = g.gemm(hiddenRows, r, fromInput, { transB: true });
  const [toGates, toUpdate] = two(split(g, z, [3 * hidden, hidden]));
  const gates = g.sigmoid(toGates);
  const thirds = [hidden, hidden, hidden];
  const [i, o, f] = three(split(g, gates, thirds));
  const u = g.tanh(toUpdate);
  const added = g.mul(i, u);

  const [, cells] = two(
    scan(g, {
      states: [initial.cell ?? zeros],
      sequences: [reshapeLike(g, f, y), reshapeLike(g, added, y)],
      step: (s, values) => {
        const [cell, kept, more] = three(values);
        const next = s.add(s.mul(cell, kept), more);
        return { states: [next], entries: [next] };
      },
    }),
  );
  const squashed = g.tanh(cells);
  const cellsBefore = before(g, cells, initial.cell);

  const [di, dOpen, df] = three(split(g, slope(g, gates), thirds));
  const toCell = g.sub(reshapeLike(g, o, y), g.mul(reshapeLike(g, g.mul(o, rows(g, squashed)), y), squashed));
  const toOpen = g.mul(squashed, reshapeLike(g, dOpen, y));
  const fromCell = blocks(g, [g.mul(u, di), g.mul(rows(g, cellsBefore), df), g.sub(i, g.mul(added, u)), f], y);

  const [dHidden, dCell, dz] = three(
    scan(g, {
      states: [last.hidden, last.cell],
      sequences: [toCell, toOpen, fromCell, ...[dy, dcs].flatMap((value) => value ?? [])],
      shared: [reorder(g, r, backward), g.ints([1]), g.ints([3, 1]), g.ints([0, 3 * hidden])],
      backwards: true,
      step: (s, values) => {
        const [later, laterCell, ofCell, ofOpen] = four(values);
        const [known = ofOpen, ...own] = values.slice(4);
        const [weight, one, cut, wide] = four(values.slice(-4));
        const dh = plus(s, later, dy && own[0]);
        const dc = s.add(plus(s, laterCell, dcs && own[dy ? 1 : 0]), s.mul(dh, ofCell));
        const [closed, next] = two(
          s.node('Split', [s.mul(s.op('Unsqueeze', [dc, one]), known), cut], { axis: 1 }, { outputs: 2 }),
        );
        const all = s.concat([s.reshape(closed, wide), s.mul(dh, ofOpen)], 1);
        return { states: [s.matmul(all, weight), s.op('Squeeze', [next, one])], entries: [all] };
      },
    }),
  );

  const out = rows(g, dz);
  const sums = needs.bias ? reorder(g, biasGradient(g, out), forward) : undefined;
  return {
    x: needs.x ? reshapeLike(g, g.gemm(out, reorder(g, w, backward)), x) : undefined,
    w: needs.w ? reorder(g, g.gemm(out, inputs, undefined, { transA: true }), forward) : undefined,
    r: needs.r ? reorder(g, g.gemm(out, hiddenRows, undefined, { transA: true }), forward) : undefined,
    bias: sums && g.concat([sums, sums], 0),
    hidden: dHidden,
    cell: dCell,
  };
}
