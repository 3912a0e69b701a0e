/**
 * One row of the benchmark, run by this package in a process of its own: builds and warms up, prints a line of JSON, then answers each line
 * "step N" on standard input with the seconds of N steps and the memory, as bench/peers/peer.py does.
 *
 *     tsx bench/ours.ts train-convnet --threads 2
 */
import { createInterface } from 'node:readline';
import { parseArgs } from 'node:util';
import { saveModel } from '../src/formats/model-file.js';
import { rows } from './rows.js';

const { positionals, values } = parseArgs({
  allowPositionals: true,
  options: { threads: { type: 'string', default: '2' }, warmup: { type: 'string', default: '3' }, save: { type: 'string' } },
});
const row = rows.find(({ name }) => name === positionals[0]);
if (!row) throw new Error(`A row expected: ${rows.map(({ name }) => name).join(', ')}; "${String(positionals[0])}" received.`);

if (values.save !== undefined) {
  if (!row.model) throw new Error(`The row ${row.name} has no model to save.`);
  await saveModel(row.model(), values.save);
  process.exit();
}

const memory = () => ({ rssBytes: process.memoryUsage.rss(), peakRssBytes: process.resourceUsage().maxRSS * 1024 });
const answer = (content: object): void => void process.stdout.write(`${JSON.stringify(content)}\n`);

const { step, release } = await row.open(Number(values.threads));
const timed = async (count: number): Promise<number[]> => {
  const times: number[] = [];
  for (let done = 0; done < count; done++) {
    const start = performance.now();
    const value = await step();
    times.push((performance.now() - start) / 1000);
    if (!Number.isFinite(value)) throw new Error(`The step returned ${value}: its time means nothing.`);
  }
  return times;
};

await timed(Number(values.warmup));
answer({ ready: true, name: row.name, batch: row.batch, ...memory() });
for await (const line of createInterface({ input: process.stdin })) {
  const count = /^step (\d+)$/.exec(line)?.[1];
  if (count === undefined) throw new Error(`"step N" expected, "${line}" received.`);
  answer({ times: await timed(Number(count)), ...memory() });
}
await release();
