import { execFileSync } from 'node:child_process';
import { createRequire } from 'node:module';
import { pathToFileURL } from 'node:url';
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { openProgress, type ProgressStream } from './progress.js';

beforeEach(() => {
  vi.useFakeTimers({ toFake: ['performance'] });
  vi.stubEnv('TERM', 'xterm');
});
afterEach(() => {
  vi.useRealTimers();
  vi.unstubAllEnvs();
});

/** A stream that remembers what it was given. */
function recorder(shape: Pick<ProgressStream, 'isTTY' | 'columns'> = {}) {
  let written = '';
  const stream: ProgressStream = { ...shape, write: (text: string) => (written += text) };
  return { stream, take: () => [written, (written = '')][0] };
}

const epoch = (done: number, stage = 'epoch 1 of 2') => ({
  stage,
  done,
  total: 400,
  unit: 'pictures',
  values: { loss: 0.51234, accuracy: 0.8 },
});

describe('progress on a terminal', () => {
  it('is one line that is drawn over, with share, time left, figures and speed', () => {
    const { stream, take } = recorder({ isTTY: true, columns: 121 });
    const { listener, done } = openProgress(stream);
    listener(epoch(0));
    expect(take()).toBe('\repoch 1 of 2  [                              ]  0/400 pictures  loss 0.512  accuracy 0.800\x1b[K');
    vi.advanceTimersByTime(2000);
    listener(epoch(100));
    expect(take()).toBe(
      '\repoch 1 of 2  [=======                       ]  100/400 pictures  0:06 left  loss 0.512  accuracy 0.800  50 pictures/s\x1b[K',
    );
    done();
    done();
    expect(take()).toBe('\r\x1b[K');
  });

  it('is drawn at most ten times a second, and at once where a stage begins', () => {
    const { stream, take } = recorder({ isTTY: true, columns: 100 });
    const { listener } = openProgress(stream);
    let drawn = 0;
    for (let at = 0; at < 400; at++) {
      listener(epoch(at));
      if (take() !== '') drawn++;
      vi.advanceTimersByTime(10);
    }
    expect(drawn).toBe(40);
    listener(epoch(0, 'epoch 2 of 2'));
    expect(take()!.startsWith('\r\x1b[K\repoch 2 of 2 ')).toBe(true);
  });

  it('fits lines of any length, and drops what matters least', () => {
    for (let columns = 1; columns <= 150; columns++) {
      const { stream, take } = recorder({ isTTY: true, columns });
      const { listener } = openProgress(stream);
      listener(epoch(0));
      vi.advanceTimersByTime(1000);
      take();
      listener(epoch(200));
      const drawn = take()!;
      expect([drawn.at(0), drawn.slice(-3)]).toEqual(['\r', '\x1b[K']);
      const line = drawn.slice(1, -3);
      expect(line.length).toBeLessThan(columns);
      expect(line.startsWith('epoch 1 of 2'.slice(0, columns - 1))).toBe(true);
      if (columns > 41) expect(line).toContain('[===');
      if (columns > 79) expect(line).toContain('accuracy 0.800');
      if (columns > 100) expect(line).toContain('200 pictures/s');
    }
  });

  it('prints news above the bar', () => {
    const { stream, take } = recorder({ isTTY: true, columns: 100 });
    const { listener, log } = openProgress(stream);
    log('before');
    expect(take()).toBe('before\n');
    listener(epoch(0));
    const bar = take()!;
    log('news');
    expect(take()).toBe(`\r\x1b[Knews\n${bar}`);
  });

  it('uses no colours, and plain lines where the terminal can do no more', () => {
    const coloured = recorder({ isTTY: true, columns: 100 });
    openProgress(coloured.stream).listener(epoch(0));
    expect(coloured.take()!.split('\x1b')).toEqual([expect.stringMatching(/^\repoch/), '[K']);
    vi.stubEnv('TERM', 'dumb');
    const dumb = recorder({ isTTY: true, columns: 100 });
    const { listener, done } = openProgress(dumb.stream);
    listener(epoch(400));
    done();
    expect(dumb.take()).not.toContain('\x1b');
  });
});

describe('progress elsewhere', () => {
  it('is a plain line every ten seconds and one at the end of a stage', () => {
    const { stream, take } = recorder();
    const { listener, log, done } = openProgress(stream);
    for (let at = 0; at <= 400; at += 10) {
      listener(epoch(at));
      if (at < 400) vi.advanceTimersByTime(600);
    }
    log('news');
    listener(epoch(0, 'epoch 2 of 2'));
    done();
    expect(take()!.split('\n')).toEqual([
      'epoch 1 of 2, 170/400 pictures, 0:14 left, loss 0.512, accuracy 0.800, 17 pictures/s',
      'epoch 1 of 2, 340/400 pictures, 0:04 left, loss 0.512, accuracy 0.800, 17 pictures/s',
      'news',
      'epoch 1 of 2: 400 pictures in 0:24, 17 pictures/s, loss 0.512, accuracy 0.800',
      'epoch 2 of 2: 0 pictures in 0:00, loss 0.512, accuracy 0.800',
      '',
    ]);
  });

  it('counts bytes in larger units, and works without a known end', () => {
    const { stream, take } = recorder();
    const { listener, done } = openProgress(stream);
    listener({ stage: 'fetch', done: 0, total: 2_500_000, unit: 'bytes' });
    vi.advanceTimersByTime(20_000);
    listener({ stage: 'fetch', done: 1_000_000, total: 2_500_000, unit: 'bytes' });
    listener({ stage: 'read', done: 7, unit: 'rows' });
    vi.advanceTimersByTime(3_725_000);
    listener({ stage: 'read', done: 8, unit: 'rows' });
    done();
    expect(take()!.split('\n')).toEqual([
      'fetch, 1.0/2.5 MB, 0:30 left, 50.0 kB/s',
      'fetch: 1.0 MB in 0:20, 50.0 kB/s',
      'read, 8 rows, 0.0 rows/s',
      'read: 8 rows in 1:02:05, 0.0 rows/s',
      '',
    ]);
  });

  it('takes the speed of a resumed run from what it did itself', () => {
    const { stream, take } = recorder();
    const { listener, done } = openProgress(stream);
    listener(epoch(300));
    vi.advanceTimersByTime(1000);
    listener(epoch(310));
    done();
    expect(take()).toContain('310 pictures in 0:01, 10 pictures/s');
  });
});

describe('progress of a real process', () => {
  const loader = pathToFileURL(createRequire(import.meta.url).resolve('tsx')).href;
  const face = new URL('./progress.ts', import.meta.url).href;
  const program = `
    const { openProgress } = await import(${JSON.stringify(face)});
    const progress = openProgress();
    progress.listener({ stage: 'work', done: 1, total: 2, unit: 'steps' });
    progress.log('news');`;
  const node = ['--import', loader, '--input-type=module', '--eval', program];

  it('knows a terminal, and ends where nobody calls done', () => {
    const quoted = [process.execPath, ...node].map((word) => `'${word.replaceAll("'", String.raw`'\''`)}'`).join(' ');
    const shown = execFileSync('script', ['-qec', `stty cols 60; ${quoted}`, '/dev/null'], { encoding: 'utf8' });
    expect(shown).toBe(
      `\rwork  [${'='.repeat(15)}${' '.repeat(15)}]  1/2 steps\x1b[K\r\x1b[Knews\r\n\rwork  [${'='.repeat(15)}${' '.repeat(15)}]  1/2 steps\x1b[K`,
    );
  });

  it('writes nothing on standard output', () => {
    const shown = execFileSync(process.execPath, node, { encoding: 'utf8', stdio: ['ignore', 'pipe', 'ignore'] });
    expect(shown).toBe('');
  });
});
