/**
 * Throughput and memory beside the peers: `npm run bench`, `-- --only NAME` for one row, `-- --json` for machines.
 *
 * For every row the product and each format of each peer stay alive together and take turns, round after round, so that a busy moment of
 * the machine falls on all of them. Images/s come from the median step; the peer's figure is its best format's.
 */
import { spawn, type ChildProcess } from 'node:child_process';
import { createInterface } from 'node:readline';
import { parseArgs } from 'node:util';
import { rows, type Row } from './rows.js';

const { values } = parseArgs({
  options: {
    only: { type: 'string' },
    json: { type: 'boolean', default: false },
    rounds: { type: 'string', default: '6' },
    threads: { type: 'string', default: '2' },
  },
});

interface Answer {
  readonly times?: readonly number[];
  readonly peakRssBytes: number;
}

/** A contender: a process that runs steps when asked. */
class Contender {
  readonly times: number[] = [];
  peakRss = 0;
  private readonly lines: AsyncIterator<string>;
  private readonly exited: Promise<never>;

  constructor(
    readonly label: string,
    private readonly child: ChildProcess,
  ) {
    if (!child.stdout) throw new Error('The process has no output.');
    this.lines = createInterface({ input: child.stdout })[Symbol.asyncIterator]();
    this.exited = new Promise((_, reject) => {
      child.once('exit', (code) => reject(new Error(`${label} ended with exit code ${code}.`)));
      child.once('error', reject);
    });
    this.exited.catch(() => undefined);
  }

  async ready(): Promise<void> {
    await this.answer();
  }

  async take(steps: number): Promise<void> {
    this.child.stdin?.write(`step ${steps}\n`);
    this.times.push(...((await this.answer()).times ?? []));
  }

  get median(): number {
    const sorted = [...this.times].sort((a, b) => a - b);
    return sorted[Math.floor(sorted.length / 2)] ?? NaN;
  }

  end(): void {
    this.exited.catch(() => undefined);
    this.child.stdin?.end();
  }

  private async answer(): Promise<Answer> {
    for (;;) {
      const line = await Promise.race([this.lines.next(), this.exited]);
      if (line.done === true) return await this.exited;
      if (!line.value.startsWith('{')) continue;
      const answer = JSON.parse(line.value) as Answer;
      this.peakRss = Math.max(this.peakRss, answer.peakRssBytes);
      return answer;
    }
  }
}

function start(label: string, command: string, args: readonly string[]): Contender {
  return new Contender(label, spawn(command, args, { stdio: ['pipe', 'pipe', 'inherit'] }));
}

async function measure(row: Row, rounds: number, threads: string) {
  const ours = start('messier', process.execPath, ['--import', 'tsx', 'bench/ours.ts', row.name, '--threads', threads]);
  await ours.ready();
  const peers: Contender[] = [];
  for (const { script, formats } of row.peers) {
    for (const format of formats) {
      const peer = start(`${script} ${format}`, '/usr/bin/python3', [
        script,
        '--serve',
        '--format',
        format,
        '--threads',
        threads,
      ]);
      await peer.ready();
      peers.push(peer);
    }
  }
  for (let round = 0; round < rounds; round++) {
    for (const contender of [ours, ...peers]) await contender.take(row.steps);
  }
  for (const contender of [ours, ...peers]) contender.end();
  const best = peers.reduce((a, b) => (b.median < a.median ? b : a));
  const rate = (contender: Contender): number => row.batch / contender.median;
  return {
    name: row.name,
    ours: rate(ours),
    peer: rate(best),
    ratio: rate(ours) / rate(best),
    rssOurs: ours.peakRss,
    rssPeer: best.peakRss,
    format: best.label.split(' ').at(-1) ?? '',
  };
}

const chosen = rows.filter(({ name }) => values.only === undefined || name === values.only);
if (chosen.length === 0) {
  console.error(`No row "${values.only}". There are: ${rows.map(({ name }) => name).join(', ')}.`);
  process.exit(2);
}
const results = [];
if (!values.json)
  console.log('row                    messier img/s   PyTorch img/s   ratio   peak MB   PyTorch MB   PyTorch format');
for (const row of chosen) {
  const result = await measure(row, Number(values.rounds), values.threads);
  results.push(result);
  const megabytes = (bytes: number): string => (bytes / 1e6).toFixed(0);
  const cells = [
    result.name.padEnd(22),
    result.ours.toFixed(1).padStart(14),
    result.peer.toFixed(1).padStart(15),
    result.ratio.toFixed(2).padStart(7),
    megabytes(result.rssOurs).padStart(9),
    megabytes(result.rssPeer).padStart(12),
    result.format.padStart(16),
  ];
  if (!values.json) console.log(cells.join(' '));
}
if (values.json) console.log(JSON.stringify(results.map(({ format: _, ...result }) => result)));
