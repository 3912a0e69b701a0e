import { MessierError } from '../core/errors.js';
import type { TrainingStep } from '../autodiff/training-step.js';
import type { TensorRecord } from './types.js';

/**
 * Holds a batch against what the step takes, and resolves to the sizes of its symbolic dimensions. ONNX Runtime would broadcast targets of
 * another batch size and leave out labels outside the classes, both without a word.
 *
 * Throws `runtime/batch`, naming the tensor, what is expected and what was received.
 */
export function checkBatch({ batch, labels }: TrainingStep, feeds: TensorRecord): ReadonlyMap<string, number> {
  const sizes = new Map<string, number>();
  const owner = new Map<string, string>();
  for (const { name, type, shape = [] } of batch) {
    const tensor = feeds[name];
    if (!tensor) fail(`no tensor for "${name}". A batch holds ${batch.map((input) => `"${input.name}"`).join(', ')}.`);
    const expected = `${type} (${shape.join(', ')})`;
    const received = `${tensor.type} (${tensor.dims.join(', ')})`;
    if (tensor.type !== type || tensor.dims.length !== shape.length)
      fail(`"${name}": ${expected} expected, ${received} received.`);
    for (const [axis, dim] of shape.entries()) {
      const size = tensor.dims[axis] ?? 0;
      const known = typeof dim === 'number' ? dim : sizes.get(dim);
      if (known !== undefined && known !== size) {
        const why = typeof dim === 'string' ? `${dim} is ${known} in "${owner.get(dim) ?? ''}"` : wayOut(axis);
        fail(`"${name}": ${expected} expected, ${received} received; ${why}.`);
      }
      if (typeof dim === 'string' && known === undefined) {
        sizes.set(dim, size);
        owner.set(dim, name);
      }
    }
  }
  if (labels) checkLabels(labels.name, labels.classes, feeds);
  return sizes;
}

function wayOut(axis: number): string {
  return axis === 0
    ? 'the step was made for that batch size: drop a smaller last batch, or leave the size out of `dims`'
    : 'resize or crop the data';
}

function checkLabels(name: string, classes: number, feeds: TensorRecord): void {
  const data = feeds[name]?.data as BigInt64Array;
  const index = data.findIndex((label) => label < 0n || label >= BigInt(classes));
  if (index >= 0) {
    fail(
      `"${name}"[${index}] is ${String(data[index])}; labels of ${classes} classes are whole numbers from 0 to ${classes - 1}.`,
    );
  }
}

function fail(message: string): never {
  throw new MessierError('runtime/batch', `Batch: ${message}`);
}
