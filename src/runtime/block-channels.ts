import { InferenceSession, Tensor as OrtTensor } from 'onnxruntime-node';
import { GraphBuilder } from '../onnx/builder.js';
import { int, ints } from '../onnx/infer/support.js';
import type { Graph, Model, Node, Shape } from '../onnx/types.js';
import { writeModel } from '../onnx/write.js';

/** Domain of the operators that ONNX Runtime itself puts into graphs whose convolutions have constant weights. */
export const domain = 'com.microsoft.nchwc';
/** Most weights of a kernel that is blocked: blocking is a transposition at every step, which larger kernels do not earn back. */
const mostWeights = 150_000;

let size: Promise<number> | undefined;

/** Channels a block on this processor (16 with AVX-512, 8 with AVX), as ONNX Runtime lays them out; 1 where it has no blocked convolutions. */
export function channelBlock(): Promise<number> {
  size ??= probeBlock().catch(() => 1);
  return size;
}

/** Reorders the numbers 0..63 of 32 channels of two pixels: the second pixel of channel 0 comes right behind the first block. */
async function probeBlock(): Promise<number> {
  const g = new GraphBuilder();
  const x = g.input('x', 'float32', [1, 32, 1, 2]);
  g.output(g.op('ReorderInput', [x], {}, { domain }), 'y');
  const session = await InferenceSession.create(writeModel(g.build()), { logSeverityLevel: 4 });
  const feed = new OrtTensor(
    'float32',
    Float32Array.from({ length: 64 }, (_, index) => index),
    [1, 32, 1, 2],
  );
  const { y } = await session.run({ x: feed });
  await session.release();
  const block = (y?.data as Float32Array).indexOf(1);
  return block === 8 || block === 16 ? block : 1;
}

/**
 * A training step with its 3x3 and larger convolutions on blocked channels, which need no unrolled copy of their input. ONNX Runtime does
 * this by itself only for constant weights. Only convolutions that narrow or keep the number of channels gain: of batch 32, 64 channels
 * to 32 at 64x64, 17 ms for 32; 128 to 64 at 32x32, 17 for 25; of batch 16, 64 to 64 at 32x32, 2.9 for 4.9; 64 to 128 the same.
 */
export function blockChannels(model: Model, block: number): Model {
  if (block === 1) return model;
  const { graph } = model;
  const shapes = shapesOf(graph);
  const reordered = new Map<string, string>();
  const initializers = new Map(graph.initializers);
  const constant = (values: readonly number[]): string => {
    const name = `blocked/${values.join('x')}`;
    initializers.set(name, { type: 'int64', dims: [values.length], data: BigInt64Array.from(values, BigInt) });
    return name;
  };
  const nodes = graph.nodes.flatMap((node): readonly Node[] => {
    const kernel = shapes(node.inputs[1]);
    if (!kernel || !gains(node, graph, shapes(node.inputs[0]), kernel, block)) return [node];
    const [x = '', weight = '', bias = ''] = node.inputs;
    const [filters = 0, channels = 0, rows = 0, columns = 0] = kernel;
    const stem = node.outputs[0] ?? node.name;
    const make = (opType: string, inputs: readonly string[], output: string, rest: Partial<Node> = {}): Node => ({
      name: `${stem}/${opType}/${output}`,
      opType,
      domain: '',
      inputs,
      outputs: [output],
      attributes: {},
      ...rest,
    });
    const before = reordered.has(x) ? [] : [make('ReorderInput', [x], `${x}/blocked`, { domain })];
    reordered.set(x, `${x}/blocked`);
    const split = constant([filters / block, block, channels / block, block, rows, columns]);
    const inner = [`${x}/blocked`, `${stem}/kernel`, ...(bias === '' ? [] : [bias])];
    return [
      ...before,
      make('Reshape', [weight, split], `${stem}/kernel/parted`),
      make('Transpose', [`${stem}/kernel/parted`], `${stem}/kernel/moved`, {
        attributes: { perm: { kind: 'ints', value: [0, 2, 4, 5, 3, 1] } },
      }),
      make('Reshape', [`${stem}/kernel/moved`, constant(kernel)], `${stem}/kernel`),
      make('Conv', inner, `${stem}/blocked`, {
        domain,
        attributes: { ...node.attributes, kernel_shape: { kind: 'ints', value: [rows, columns] } },
      }),
      make('ReorderOutput', [`${stem}/blocked`], stem, { domain, attributes: { channels: { kind: 'int', value: filters } } }),
    ];
  });
  return { ...model, opsets: { ...model.opsets, [domain]: 1 }, graph: { ...graph, nodes, initializers } };
}

function gains(
  node: Node,
  graph: Graph,
  input: readonly number[] | undefined,
  kernel: readonly number[],
  block: number,
): boolean {
  const [filters = 0, channels = 0, rows = 0, columns = 0] = kernel;
  const variable = node.opType === 'Conv' && node.domain === '' && !graph.initializers.has(node.inputs[1] ?? '');
  if (!variable || kernel.length !== 4 || input?.length !== 4 || int(node, 'group', 1) !== 1 || node.attributes['auto_pad'])
    return false;
  const dilated = ints(node, 'dilations')?.some((dilation) => dilation !== 1) ?? false;
  const whole = filters % block === 0 && channels % block === 0;
  const count = filters * channels * rows * columns;
  return whole && !dilated && rows * columns > 1 && filters <= channels && count <= mostWeights;
}

/** Fixed shapes of the graph's values by name. */
export function shapesOf(graph: Graph): (name: string | undefined) => readonly number[] | undefined {
  const inputs = new Map(graph.inputs.map((input) => [input.name, 'shape' in input ? input.shape : undefined]));
  return (name = '') => {
    const shape: Shape | undefined = graph.initializers.get(name)?.dims ?? graph.values.get(name)?.shape ?? inputs.get(name);
    return shape?.every((dim) => typeof dim === 'number') ? shape : undefined;
  };
}
