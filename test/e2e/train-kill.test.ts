import { spawn } from 'node:child_process';
import { cpSync, mkdtempSync, readdirSync, readFileSync, rmSync } from 'node:fs';
import { createRequire } from 'node:module';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { fileURLToPath, pathToFileURL } from 'node:url';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { randomStream } from '../../src/core/random.js';
import type { EpochRecord } from '../../src/train/types.js';

/** How often runs are killed: a few times here, `MESSIER_KILLS=50` for a long look. */
const kills = Number(process.env['MESSIER_KILLS'] ?? 5);

const loader = pathToFileURL(createRequire(import.meta.url).resolve('tsx')).href;
const child = fileURLToPath(new URL('../support/train-child.ts', import.meta.url));

interface Attempt {
  readonly folder: string;
  /** Between checkpoints; 0 writes one after every step, so that most kills hit a checkpoint being written. */
  readonly seconds?: number;
  /** It is killed so many milliseconds after it told of so many steps. */
  readonly killAfter?: { readonly steps: number; readonly milliseconds: number };
  /** The step after which it is killed. */
  readonly killAtStep?: number;
  /** Largest file that the process may write, in KiB. */
  readonly fileLimit?: number;
}

interface Ending {
  readonly signal: NodeJS.Signals | null;
  /** What it printed, but for steps. */
  readonly lines: readonly string[];
  readonly steps: readonly number[];
}

/** Trains in a process of its own, to its end or until it is killed. */
function attempt({ folder, seconds = 0, killAfter, killAtStep, fileLimit }: Attempt): Promise<Ending> {
  const limit = fileLimit === undefined ? '' : `ulimit -f ${fileLimit}; `;
  const node = [process.execPath, '--import', loader, child, folder, String(seconds)];
  const running = spawn('/bin/bash', ['-c', `${limit}exec "$@"`, 'bash', ...node], { stdio: ['ignore', 'pipe', 'inherit'] });
  let printed = '';
  let timer: NodeJS.Timeout | undefined;
  running.stdout.setEncoding('utf8').on('data', (text: string) => {
    printed += text;
    if (killAfter !== undefined && printed.split('step ').length > killAfter.steps) {
      timer ??= setTimeout(() => running.kill('SIGKILL'), killAfter.milliseconds);
    }
    if (killAtStep !== undefined && printed.includes(`step ${killAtStep}\n`)) running.kill('SIGKILL');
  });
  return new Promise((resolve, reject) => {
    running.on('error', reject);
    running.on('close', (_code, signal) => {
      clearTimeout(timer);
      const lines = printed.trim().split('\n');
      const steps = lines.filter((line) => line.startsWith('step ')).map((line) => Number(line.slice(5)));
      resolve({ signal, lines: lines.filter((line) => !line.startsWith('step ')), steps });
    });
  });
}

const metrics = (folder: string) =>
  readFileSync(path.join(folder, 'metrics.jsonl'), 'utf8')
    .trim()
    .split('\n')
    .map((line) => {
      const { seconds: _s, imagesPerSecond: _i, waited: _w, ...record } = JSON.parse(line) as EpochRecord;
      return record;
    });

let folder = '';
let whole: Ending;
const at = (name: string): string => path.join(folder, name);

beforeAll(async () => {
  folder = mkdtempSync(path.join(tmpdir(), 'messier-kill-'));
  whole = await attempt({ folder: at('whole'), seconds: 30 });
});
afterAll(() => rmSync(folder, { recursive: true }));

describe('a training process', () => {
  it(`killed at ${kills} random instants ends in the same bits, and loses no step that a checkpoint holds`, async () => {
    expect(whole).toMatchObject({ signal: null, steps: Array.from({ length: 40 }, (_, step) => step + 1) });
    const random = randomStream(11, 'kills');
    // Where kills landed: a checkpoint half-written, or anything else, which the steps themselves are most of.
    const landed = { writing: 0, elsewhere: 0 };
    const killed = () => landed.writing + landed.elsewhere;
    for (let run = 0; killed() < kills; run++) {
      let last: { readonly step: number; readonly seconds: number } = { step: 0, seconds: 0 };
      for (;;) {
        const seconds = random.uniform() < 0.7 ? 0 : 0.1;
        const killAfter = killed() < kills ? { steps: 1 + random.integer(9), milliseconds: 20 * random.uniform() } : undefined;
        const ending = await attempt({ folder: at(`run${run}`), seconds, ...(killAfter !== undefined && { killAfter }) });
        const [first] = ending.steps;
        // The step before the kill may have been told and not yet saved.
        if (first !== undefined && last.seconds === 0) expect(first).toBeGreaterThanOrEqual(last.step);
        if (ending.signal === null) {
          expect(ending.lines).toEqual(whole.lines);
          break;
        }
        const isHalf = readdirSync(path.join(at(`run${run}`), 'checkpoints')).some((name) => name.endsWith('.tmp'));
        landed[isHalf ? 'writing' : 'elsewhere']++;
        last = { step: ending.steps.at(-1) ?? last.step, seconds: first === undefined ? last.seconds : seconds };
      }
      expect(metrics(at(`run${run}`))).toEqual(metrics(at('whole')));
      expect(readdirSync(at(`run${run}`)).sort()).toEqual(['checkpoints', 'metrics.jsonl']);
    }
    console.info(`kills landed: ${JSON.stringify(landed)}`);
    // A few kills may all miss.
    if (kills >= 50) expect(Math.min(landed.writing, landed.elsewhere)).toBeGreaterThan(0);
  });

  it('killed where more parameters begin to learn ends in the same bits', async () => {
    const thawing = at('thawing');
    for (const killAtStep of [20, 21]) {
      expect(await attempt({ folder: thawing, killAtStep })).toMatchObject({ signal: 'SIGKILL', lines: ['ready'] });
    }
    expect((await attempt({ folder: thawing })).lines).toEqual(whole.lines);
    expect(metrics(thawing)).toEqual(metrics(at('whole')));
  });

  it('that may write no more fails with a code, and its checkpoint stays', async () => {
    const full = at('full');
    await attempt({ folder: full, killAtStep: 5 });
    cpSync(path.join(full, 'checkpoints'), at('before'), { recursive: true, filter: (file) => !file.endsWith('.tmp') });
    expect(await attempt({ folder: full, fileLimit: 4 })).toMatchObject({ lines: ['ready', 'refused file/write'] });
    expect(readdirSync(path.join(full, 'checkpoints'))).toEqual(readdirSync(at('before')));
    expect((await attempt({ folder: full })).lines).toEqual(whole.lines);
  });
});
