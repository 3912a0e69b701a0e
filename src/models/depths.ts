import { MessierError } from '../core/errors.js';
import type { Value } from '../onnx/assembler.js';
import { GraphBuilder } from '../onnx/builder.js';
import { pruneDeadNodes } from '../onnx/rewrite/index.js';
import type { Model } from '../onnx/types.js';

/**
 * A backbone whose features are those of several depths side by side: its own, and the means over space of the maps that its convolutions read. Of maps
 * with the same number of channels the last counts. Early layers know texture and noise, late ones objects (J. Yosinski et al., arXiv:1411.1792, on what
 * layers transfer).
 *
 * @param model Input `image`, output `features` (N, D), as `backboneOf` makes it.
 * @param depths At least 1, which is the model itself.
 * @throws MessierError `model/option` where the network has fewer depths.
 *
 * @example
 * const deep = deepFeatures(backboneOf(loadModel('mobilenet_v2.onnx')).model, 5);
 */
export function deepFeatures(model: Model, depths: number): Model {
  const g = new GraphBuilder({ opset: model.opsets[''] ?? 17 }).adopt(model);
  const maps = mapsOf(model, g);
  if (!Number.isInteger(depths) || depths < 1 || depths > maps.length + 1) {
    throw new MessierError(
      'model/option',
      `depths: a whole number from 1 to ${maps.length + 1}, the depths of this network, expected, ${depths} received.`,
    );
  }
  if (depths === 1) return model;
  const [output] = model.graph.outputs;
  const pooled = maps.slice(0, depths - 1).map((map) => g.reduceMean(map, [2, 3], false));
  const whole = g.concat([g.value(output?.name ?? ''), ...pooled], 1);
  const name = g.unique('features.deep');
  g.output(whole, name);
  const built = g.build({ name: model.graph.name });
  const outputs = built.graph.outputs.filter((one) => one.name === name);
  return pruneDeadNodes({ ...built, metadata: model.metadata, graph: { ...built.graph, outputs } });
}

/** What convolutions read, from the head towards the input: the last map of each number of channels, without the features' own. */
function mapsOf(model: Model, g: GraphBuilder): Value[] {
  const { nodes, inputs, initializers } = model.graph;
  const images = new Set(inputs.map(({ name }) => name));
  const own = g.value(model.graph.outputs[0]?.name ?? '').shape?.[1];
  const found = new Map<number, Value>();
  for (const { opType, domain, inputs: read } of [...nodes].reverse()) {
    const [name = ''] = read;
    if (opType !== 'Conv' || domain !== '' || images.has(name) || initializers.has(name)) continue;
    const value = g.value(name);
    const channels = value.shape?.[1];
    if (value.shape?.length === 4 && typeof channels === 'number' && channels !== own && !found.has(channels)) {
      found.set(channels, value);
    }
  }
  return [...found.values()];
}
