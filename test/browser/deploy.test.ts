import { describe, expect, it } from 'vitest';
import type { ModelCard } from '../../src/models/card.js';
import { deploy } from '../../src/models/deploy.js';
import { conv2d } from '../../src/nn/convolution.js';
import { classifier } from '../../src/nn/head.js';
import { Network } from '../../src/nn/network.js';
import { globalAveragePool } from '../../src/nn/pooling.js';
import type { Tensor } from '../../src/onnx/types.js';
import { writeModel } from '../../src/onnx/write.js';
import { createSession } from '../../src/runtime/index.js';
import { browserSkipReason, runInBrowser } from '../support/chromium.js';
import { pattern } from '../support/pattern.js';

const card: ModelCard = {
  format: 'messier-model/1',
  inputs: 'image',
  name: 'browser',
  classes: ['a', 'b', 'c'],
  labels: {},
  preprocess: { size: 12, crop: 0.8, channels: 3, mean: [0.1, 0.2, 0.3], deviation: [0.5, 0.6, 0.7] },
  stretch: { kind: 'asinh', softening: 0.1, low: 0.25, high: 99.75 },
  views: 'dihedral',
  offsets: [0.5, 0, -0.5],
  temperature: 0.1,
  training: { architecture: 'small', recipeHash: '', dataHash: '', splitHash: '', pictures: 0, version: '' },
  metrics: {},
};

function network() {
  const net = new Network({ seed: 5 });
  const image = net.image({ channels: 3, height: 12, width: 12 });
  classifier(net, globalAveragePool(net, conv2d(net, image, { filters: 8, kernel: 3, activation: 'relu' })), { classes: 3 });
  return net.build();
}

const pictures = (count: number, height: number, width: number): Tensor => ({
  type: 'uint8',
  dims: [count, 3, height, width],
  data: Uint8Array.from(pattern(`${height}x${width}`, [count, 3, height, width], 128, 128)),
});

for (const device of ['webgpu', 'wasm'] as const) {
  const reason = await browserSkipReason(device);
  describe.skipIf(reason !== undefined)(`${device} in the browser${reason === undefined ? '' : ` (skipped: ${reason})`}`, () => {
    it('a finished model answers as on the processor, for pictures smaller and larger than its own', async () => {
      const model = deploy(network(), card);
      const images = [pictures(1, 5, 7), pictures(2, 12, 12), pictures(1, 101, 64)];
      const bytes = writeModel(model);
      const results = await runInBrowser(
        images.map((image) => ({ model: bytes, feeds: { image } })),
        device,
      );
      const session = await createSession(model, { device: 'cpu', inThread: true, threads: 1 });
      for (const [index, image] of images.entries()) {
        const expected = await session.run({ image });
        for (const name of ['logits', 'probabilities']) {
          expect(results[index]).toHaveProperty([name, 'dims'], [image.dims[0], 3]);
          const { data } = (results[index] as Record<string, Tensor>)[name]!;
          for (const [at, value] of expected[name]!.data.entries()) {
            expect(Math.abs(Number(data[at]) - Number(value))).toBeLessThan(1e-4);
          }
        }
      }
      await session.release();
    });
  });
}
