import type { Model } from '../types.js';

/** Version of the standard's operators that a model uses. */
export function opsetOf(model: Model): number {
  return model.opsets[''] ?? model.opsets['ai.onnx'] ?? 1;
}
