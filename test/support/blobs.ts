import { randomStream, type RandomStream } from '../../src/core/random.js';
import type { BatchSource, OrderedSource } from '../../src/dataset/types.js';
import { activate, batchNorm, classifier, conv2d, dropout, flatten, maxPool, Network } from '../../src/nn/index.js';
import type { Model, Tensor } from '../../src/onnx/types.js';
import { judgeClasses, type Validation } from '../../src/train/index.js';

const side = 12;

/** A blob in noise: round for class 0, three times as long as wide for class 1. */
function drawBlob(random: RandomStream, label: number, pixels: Float32Array): void {
  const [x0, y0, angle] = [4 + 3 * random.uniform(), 4 + 3 * random.uniform(), Math.PI * random.uniform()];
  const [long, wide] = label === 1 ? [3, 1] : [1.7, 1.7];
  for (let at = 0; at < pixels.length; at++) {
    const [x, y] = [(at % side) - x0, Math.floor(at / side) - y0];
    const u = (x * Math.cos(angle) + y * Math.sin(angle)) / long;
    const v = (y * Math.cos(angle) - x * Math.sin(angle)) / wide;
    pixels[at] = Math.exp(-(u * u + v * v) / 2) + 0.1 * random.normal();
  }
}

function images(count: number, draw: (index: number, pixels: Float32Array) => void): Tensor {
  const data = new Float32Array(count * side * side);
  for (let index = 0; index < count; index++) draw(index, data.subarray(index * side * side, (index + 1) * side * side));
  return { type: 'float32', dims: [count, 1, side, side], data };
}

/** Endless labelled blobs: the same bits for the same epoch and step. */
export function blobBatches({ steps = 8, size = 16 }: { readonly steps?: number; readonly size?: number } = {}): BatchSource {
  return {
    steps,
    size,
    batch(epoch, step) {
      const random = randomStream(7, 'batch', epoch, step);
      const labels = Array.from({ length: size }, () => random.integer(2));
      const targets = Float32Array.from(labels.flatMap((label) => [1 - label, label]));
      return Promise.resolve({
        image: images(size, (index, pixels) => drawBlob(random, labels[index]!, pixels)),
        targets: { type: 'float32', dims: [size, 2], data: targets },
      });
    },
    close: () => Promise.resolve(),
  };
}

/** Blobs to validate with. */
export function blobPictures(count: number): Validation {
  const labels = Int32Array.from({ length: count }, (_, index) => index % 2);
  const source: OrderedSource = {
    count,
    read(start, size) {
      const here = Math.min(size, count - start);
      const draw = (index: number, pixels: Float32Array) =>
        drawBlob(randomStream(7, 'validation', start + index), labels[start + index]!, pixels);
      return Promise.resolve({ image: images(here, draw) });
    },
    close: () => Promise.resolve(),
  };
  return { source, judge: judgeClasses(labels, 2) };
}

/** Everything that carries state or draws random numbers: convolution, batch norm (unless not `normalized`) and dropout. */
export function blobNetwork({ normalized = true }: { readonly normalized?: boolean } = {}): Model {
  const net = new Network({ seed: 3 });
  let x = net.image({ height: side, width: side, channels: 1 });
  for (const filters of [8, 16]) {
    x = conv2d(net, x, { filters, kernel: 3, padding: 'same', bias: false });
    x = normalized ? batchNorm(net, x, { activation: 'relu' }) : activate(net, x, 'relu');
    x = maxPool(net, x, { size: 2 });
  }
  classifier(net, dropout(net, flatten(net, x), { ratio: 0.3 }), { classes: 2 });
  return net.build();
}
