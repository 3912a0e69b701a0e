/**
 * Milliseconds a step with 100 MB of state, fed and fetched at each step against carried (src/runtime/sentinel.ts):
 * `npx tsx scripts/measure-carry.ts`.
 */
import { createSession, type SessionOptions } from '../src/runtime/index.js';
import { GraphBuilder } from '../src/onnx/builder.js';
import type { Tensor } from '../src/onnx/types.js';

const SIZE = 25_000_000;
const STEPS = 40;

const graph = new GraphBuilder();
const decayed = graph.mul(graph.input('w', 'float32', [SIZE]), graph.scalar(0.999));
graph.output(decayed, 'w.next');
const model = graph.build();

async function median(options: SessionOptions): Promise<{ ms: number; rssMb: number }> {
  const session = await createSession(model, { device: 'cpu', inThread: true, ...options });
  let w: Tensor | undefined = { type: 'float32', dims: [SIZE], data: new Float32Array(SIZE).fill(1) };
  if (options.carry) await session.load({ w });
  if (options.carry) w = undefined;
  const times: number[] = [];
  for (let step = 0; step < STEPS; step++) {
    const start = performance.now();
    if (w) w = (await session.run({ w }))['w.next'];
    else await session.run({});
    times.push(performance.now() - start);
  }
  const rssMb = process.memoryUsage.rss() / 1e6;
  await session.release();
  return { ms: times.sort((a, b) => a - b)[STEPS / 2]!, rssMb };
}

const carried = await median({ carry: { 'w.next': 'w' } });
const fetched = await median({});
for (const [name, { ms, rssMb }] of Object.entries({ fetched, carried })) {
  console.log(`${name}: ${ms.toFixed(1)} ms a step, ${rssMb.toFixed(0)} MB`);
}
