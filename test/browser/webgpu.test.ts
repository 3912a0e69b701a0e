import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { GraphBuilder } from '../../src/onnx/builder.js';
import { writeModel } from '../../src/onnx/write.js';
import type { Tensor } from '../../src/onnx/types.js';
import { createSession, type Session } from '../../src/runtime/index.js';
import { browserSkipReason, runInBrowser, type BrowserResult } from '../support/chromium.js';

const wave = (dims: readonly number[], step: number): Tensor => ({
  type: 'float32',
  dims,
  data: Float32Array.from({ length: dims.reduce((a, b) => a * b, 1) }, (_, at) => Math.sin(at * step)),
});

function convolution() {
  const graph = new GraphBuilder();
  const image = graph.input('image', 'float32', ['N', 3, 32, 32]);
  const kernel = graph.parameter('kernel', wave([8, 3, 3, 3], 0.7));
  const features = graph.relu(graph.conv(image, kernel, undefined, { pads: [1, 1, 1, 1], strides: [2, 2] }));
  graph.output(graph.op('GlobalAveragePool', [features]), 'features');
  return graph.build();
}

for (const device of ['webgpu', 'wasm'] as const) {
  const reason = await browserSkipReason(device);
  describe.skipIf(reason !== undefined)(`${device} in the browser${reason === undefined ? '' : ` (skipped: ${reason})`}`, () => {
    const model = convolution();
    const image = wave([2, 3, 32, 32], 0.013);
    let session: Session;
    let results: BrowserResult[];

    beforeAll(async () => {
      session = await createSession(model, { device: 'cpu' });
      const bytes = writeModel(model);
      results = await runInBrowser(
        [
          { model: bytes, feeds: { image } },
          { model: bytes.subarray(0, 40), feeds: { image } },
          { model: bytes, feeds: { image: wave([1, 3, 32, 32], 0.2) }, outputs: ['features'] },
        ],
        device,
      );
    });
    afterAll(() => session.release());

    it('gives what the processor gives, to 1e-4', async () => {
      const expected = await session.run({ image });
      expect(results[0]).toHaveProperty('features.dims', [2, 8, 1, 1]);
      expect(difference((results[0] as Record<string, Tensor>)['features']!, expected['features']!)).toBeLessThan(1e-4);
    });

    it('reports the error of one case and runs the others', () => {
      expect(results[1]).toEqual({ error: expect.any(String) as string });
      expect(results[2]).toHaveProperty('features.dims', [1, 8, 1, 1]);
    });
  });
}

function difference(a: Tensor, b: Tensor): number {
  return Math.max(...[...a.data].map((value, at) => Math.abs(Number(value) - Number(b.data[at]))));
}
