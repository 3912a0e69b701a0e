import { inferShapes } from '../onnx/infer/index.js';
import { isTensorInfo, type Model, type Node, type OpaqueValueInfo, type Shape, type ValueInfo } from '../onnx/types.js';

/**
 * Multiplications with an addition that a model needs for one picture of its own size, in convolutions, dense layers and matrix products;
 * all else is little beside them. Recurrent layers are not counted. Published "FLOPs" count the same, or twice it. `undefined` where
 * the model takes any size.
 *
 * @example
 * multiplyAdds(outlineModel('resnet50')) // 4,089,184,256
 */
export function multiplyAdds(model: Model): number | undefined {
  const { graph } = model;
  const batch = graph.inputs.filter(isTensorInfo)[0]?.shape?.[0];
  const single = <Info extends ValueInfo | OpaqueValueInfo>(info: Info): Info =>
    isTensorInfo(info) ? { ...info, shape: info.shape?.map((dim) => (dim === batch ? 1 : dim)) } : info;
  const [inputs, outputs] = [graph.inputs.map(single), graph.outputs.map(single)];
  const known = inferShapes({ ...model, graph: { ...graph, inputs, outputs, values: new Map() } }).graph;
  const shapes = new Map(
    [...known.inputs, ...known.outputs, ...known.values.values()].filter(isTensorInfo).map((info) => [info.name, info.shape]),
  );
  for (const [name, { dims }] of graph.initializers) shapes.set(name, dims);
  let sum = 0;
  for (const node of graph.nodes) {
    const cost = costOf(node, (name = '') => shapes.get(name));
    if (!Number.isFinite(cost)) return undefined;
    sum += cost;
  }
  return sum;
}

/** Elements of the result times the products that each sums up; NaN where a size is only known at run time. */
function costOf({ opType, inputs, outputs, attributes }: Node, shapeOf: (name: string | undefined) => Shape | undefined): number {
  const size = (shape: Shape | undefined): number => (shape ?? ['']).reduce<number>((product, dim) => product * Number(dim), 1);
  const left = shapeOf(inputs[0]);
  const right = shapeOf(inputs[1]);
  switch (opType) {
    case 'Conv':
      return size(shapeOf(outputs[0])) * size(right?.slice(1));
    case 'ConvTranspose':
      return size(left) * size(right?.slice(1));
    case 'Gemm': {
      const { transA } = attributes;
      const isTurned = transA?.kind === 'int' && transA.value === 1;
      return size(shapeOf(outputs[0])) * Number(left?.[isTurned ? 0 : 1]);
    }
    case 'MatMul':
      return size(shapeOf(outputs[0])) * Number(left?.at(-1));
    default:
      return 0;
  }
}
