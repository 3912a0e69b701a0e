/** LSTM and GRU as plain loops over one row. */
import { sigmoid, type Weights } from './layer-case.js';
import { rowTimes, type Matrix, type Vector } from './plain-layers.js';

/** W x + b and R h + c for each gate. */
function sums(
  x: Vector,
  h: Vector,
  w: Weights,
  name: string,
  direction: number,
): { readonly input: Vector[]; readonly recurrent: Vector[] } {
  const bias = w.matrix(`${name}.B`)[direction]!;
  const half = bias.length / 2;
  const cut = (values: Vector): Vector[] =>
    Array.from({ length: half / h.length }, (_, gate) => values.slice(gate * h.length, (gate + 1) * h.length));
  return {
    input: cut(rowTimes(x, w.picture(`${name}.W`)[direction]!, bias.slice(0, half))),
    recurrent: cut(rowTimes(h, w.picture(`${name}.R`)[direction]!, bias.slice(half))),
  };
}

/** The states after each place. */
function states(
  x: Matrix,
  w: Weights,
  name: string,
  direction: number,
  step: (at: ReturnType<typeof sums>, unit: number, h: Vector) => number,
): Matrix {
  const units = w.picture(`${name}.R`)[direction]![0]!.length;
  let h: Vector = new Array<number>(units).fill(0);
  return x.map((row) => {
    const at = sums(row, h, w, name, direction);
    h = h.map((_, unit) => step(at, unit, h));
    return h;
  });
}

export function lstmStates(x: Matrix, w: Weights, name: string, direction = 0): Matrix {
  const cells: Vector = [];
  return states(x, w, name, direction, ({ input, recurrent }, unit) => {
    const [i, o, f, c] = input.map((gate, index) => gate[unit]! + recurrent[index]![unit]!);
    cells[unit] = sigmoid(f!) * (cells[unit] ?? 0) + sigmoid(i!) * Math.tanh(c!);
    return sigmoid(o!) * Math.tanh(cells[unit]);
  });
}

export function gruStates(x: Matrix, w: Weights, name: string, direction = 0): Matrix {
  return states(x, w, name, direction, ({ input, recurrent }, unit, h) => {
    const gate = (index: number): number => sigmoid(input[index]![unit]! + recurrent[index]![unit]!);
    const fresh = Math.tanh(input[2]![unit]! + gate(1) * recurrent[2]![unit]!);
    return (1 - gate(0)) * fresh + gate(0) * h[unit]!;
  });
}
