import { int, text } from '../onnx/infer/support.js';
import type { Model, Node, Tensor, ValueInfo } from '../onnx/types.js';
import { shapesOf } from './block-channels.js';

/**
 * A training step whose depthwise convolutions of channels that fill no whole blocks run over the batch as one image, where the channels
 * of all pictures together fill them: each picture's channels have a copy of the kernels. {@link blockDepthwise} takes them then. Batch 16,
 * 40 channels at 56x56, kernel 7x7, two cores: 3 ms for 37.
 */
export function fillBlocks(model: Model, block: number): Model {
  const { graph } = model;
  const shapeOf = shapesOf(graph);
  const initializers = new Map<string, Tensor>(graph.initializers);
  const values = new Map<string, ValueInfo>(graph.values);
  const indices = (list: readonly number[]): string => {
    const name = `filled/${list.join('x')}`;
    initializers.set(name, { type: 'int64', dims: [list.length], data: BigInt64Array.from(list, BigInt) });
    return name;
  };
  const nodes = graph.nodes.flatMap((node): readonly Node[] => {
    const [x = '', weight = '', bias = ''] = node.inputs;
    const [output = ''] = node.outputs;
    const [input, kernel, result] = [shapeOf(x), shapeOf(weight), shapeOf(output)];
    if (!input || !kernel || !result || !fills(node, input, kernel, block)) return [node];
    const [images = 1, channels = 1, ...size] = input;
    const all = images * channels;
    const make = (
      opType: string,
      inputs: readonly string[],
      name: string,
      shape: readonly number[],
      rest: Partial<Node> = {},
    ) => {
      values.set(name, { name, type: 'float32', shape });
      return { name: `${name}/${opType}`, opType, domain: '', inputs, outputs: [name], attributes: {}, ...rest };
    };
    const one = [1, all, ...size];
    const sides = result.slice(2);
    const convolution = [`${output}/one`, `${output}/kernels`, ...(bias === '' ? [] : [`${output}/biases`])];
    return [
      make('Reshape', [x, indices(one)], `${output}/one`, one),
      make('Tile', [weight, indices([images, 1, 1, 1])], `${output}/kernels`, [all, ...kernel.slice(1)]),
      ...(bias === '' ? [] : [make('Tile', [bias, indices([images])], `${output}/biases`, [all])]),
      make(node.opType, convolution, `${output}/all`, [1, all, ...sides], {
        attributes: { ...node.attributes, group: { kind: 'int', value: all } },
      }),
      make('Reshape', [`${output}/all`, indices(result)], output, result),
    ];
  });
  return { ...model, graph: { ...graph, nodes, initializers, values } };
}

/** Is it a depthwise convolution of more than one pixel whose channels leave a rest, and those of the batch none? */
function fills(node: Node, input: readonly number[], kernel: readonly number[], block: number): boolean {
  const [images = 1, channels = 1, ...size] = input;
  const convolves = (node.opType === 'Conv' || node.opType === 'ConvTranspose') && node.domain === '' && size.length === 2;
  if (!convolves || text(node, 'auto_pad', 'NOTSET') !== 'NOTSET' || int(node, 'group', 1) !== channels) return false;
  const [filters, own, rows = 1, columns = 1] = kernel;
  return filters === channels && own === 1 && rows * columns > 1 && channels % block !== 0 && (images * channels) % block === 0;
}
