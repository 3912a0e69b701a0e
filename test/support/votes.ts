import { readFileSync } from 'node:fs';
import type { Loss } from '../../src/autodiff/losses.js';
import { gradients } from '../../src/autodiff/reverse.js';
import { GraphBuilder } from '../../src/onnx/builder.js';
import type { Value } from '../../src/onnx/assembler.js';
import { isTensorInfo, type Tensor } from '../../src/onnx/types.js';
import { writeModel } from '../../src/onnx/write.js';
import { runModel } from './onnx-cases.js';

/** test/golden/votes.json, made with PyTorch, scipy and numpy; see votes.py. */
interface GoldenVotes {
  readonly logGamma: { readonly x: readonly number[]; readonly value: readonly number[]; readonly gradient: readonly number[] };
  readonly shares: readonly {
    readonly tree: string;
    readonly activation: 'softmax' | 'sparsemax';
    readonly logits: readonly number[];
    readonly targets: readonly number[];
    readonly weights: readonly number[] | null;
    readonly shares: readonly number[];
    readonly loss: number;
    readonly gradient: readonly number[];
  }[];
  readonly counts: readonly {
    readonly tree: string;
    readonly logits: readonly number[];
    readonly counts: readonly number[];
    readonly weights: readonly number[] | null;
    readonly concentrations: readonly number[];
    readonly expected: readonly number[];
    readonly loss: number;
    readonly gradient: readonly number[];
  }[];
  readonly figures: {
    readonly tree: string;
    readonly shares: readonly number[];
    readonly targets: readonly (number | null)[];
    readonly rmse: number;
    readonly rmseOfZeros: number;
    readonly columns: readonly number[];
    readonly questions: readonly number[];
  };
  readonly beta: readonly { readonly a: number; readonly b: number; readonly p: number; readonly quantile: number }[];
  readonly binomial: readonly {
    readonly k: number;
    readonly n: number;
    readonly a: number;
    readonly b: number;
    readonly below: number;
    readonly logAt: number;
  }[];
}

export const goldenVotes = JSON.parse(readFileSync(new URL('../golden/votes.json', import.meta.url), 'utf8')) as GoldenVotes;

/** A matrix of this many columns, float32. */
export function matrix(values: readonly number[], width: number): Tensor {
  return { type: 'float32', dims: [values.length / width, width], data: Float32Array.from(values) };
}

/** What a piece of a graph makes of the input `x`. */
export async function applied(x: Tensor, piece: (g: GraphBuilder, x: Value) => Value): Promise<number[]> {
  const g = new GraphBuilder();
  g.output(piece(g, g.input('x', 'float32', x.dims)), 'y');
  const [y] = await runModel(writeModel(g.build()), [x]);
  return Array.from(y!.data as Float32Array);
}

/** A loss, its metrics, and the gradient of the logits. */
export async function lossAt(
  loss: Loss,
  feeds: Readonly<Record<string, Tensor>>,
): Promise<{ value: number; metrics: Record<string, number>; gradient: number[] }> {
  const g = new GraphBuilder();
  const terms = loss(g, g.input('logits', 'float32', feeds['logits']!.dims));
  g.output(terms.loss, 'loss');
  const metrics = Object.entries(terms.metrics);
  for (const [name, value] of metrics) g.output(value, name);
  g.output(gradients(g, { loss: terms.loss, wrt: ['logits'] }).get('logits')!, 'gradient');
  const model = g.build();
  const results = await runModel(
    writeModel(model),
    model.graph.inputs.filter(isTensorInfo).map(({ name }) => feeds[name]!),
  );
  const numbers = results.map(({ data }) => Array.from(data as Float32Array));
  return {
    value: numbers[0]![0]!,
    metrics: Object.fromEntries(metrics.map(([name], at) => [name, numbers[at + 1]![0]!])),
    gradient: numbers.at(-1)!,
  };
}
