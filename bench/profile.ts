/** Milliseconds a step by operator, from ONNX Runtime's profiler: `npx tsx bench/profile.ts train-resnet18`. */
import { profileSession } from '../src/runtime/index.js';
import { rows } from './rows.js';

const row = rows.find(({ name, course }) => name === process.argv[2] && course);
if (!row?.course) {
  const names = rows.filter(({ course }) => course).map(({ name }) => name);
  throw new Error(`A row that trains expected: ${names.join(', ')}; "${String(process.argv[2])}" received.`);
}
const { step, feeds, rate } = row.course();
const times = await profileSession(
  step.model,
  { ...feeds, [step.rate]: { type: 'float32', dims: [], data: Float32Array.of(rate) } },
  {
    device: 'cpu',
    threads: 2,
    runs: 10,
    carry: Object.fromEntries(step.state.map(({ next, name }) => [next, name])),
    state: Object.fromEntries(step.state.map(({ name, initial }) => [name, initial])),
  },
);
for (const { opType, count, ms, share } of times.slice(0, 25)) {
  console.log(opType.padEnd(20), `${count}`.padStart(5), ms.toFixed(1).padStart(8), `${(100 * share).toFixed(1)} %`.padStart(8));
}
console.log(
  'all'.padEnd(26),
  times
    .reduce((sum, { ms }) => sum + ms, 0)
    .toFixed(1)
    .padStart(8),
);
