import type { Model } from '../types.js';

/**
 * Files up to IR version 3 list every initializer among the inputs too, and mean a constant. From version 4 on that would make it a default
 * that a caller may replace, so the model moves to version 4 without those inputs. Newer models stay as they are.
 */
export function ownInitializers(model: Model): Model {
  if (model.irVersion >= 4) return model;
  const { graph } = model;
  return {
    ...model,
    irVersion: 4,
    graph: { ...graph, inputs: graph.inputs.filter((input) => !graph.initializers.has(input.name)) },
  };
}
