import { existsSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import type { Worker } from 'node:worker_threads';
import { describe, expect, it } from 'vitest';
import { writeModel } from '../../src/onnx/write.js';
import { startWorker } from '../../src/runtime/launch.js';
import { HostThread } from '../../src/runtime/thread.js';
import { projectFile, runModule, runNode } from '../support/child.js';
import { decayCarry, decayStep, floats, heavyModel } from '../support/step.js';

const step = Buffer.from(writeModel(decayStep(3))).toString('base64');

/** A program that runs one step and then does `ending`. */
const program = (runtime: string, ending: string): string => `
  import { createSession } from ${JSON.stringify(runtime)};
  const session = await createSession(Buffer.from(${JSON.stringify(step)}, 'base64'), { device: 'cpu', carry: ${JSON.stringify(decayCarry)} });
  const float = (dims, ...values) => ({ type: 'float32', dims, data: Float32Array.from(values) });
  await session.load({ w: float([3], 1, 2, 3), decay: float([], 0.5), count: { type: 'int64', dims: [], data: BigInt64Array.of(0n) } });
  for (let at = 0; at < 3; at++) console.log((await session.run({ x: float([1, 1], at) })).loss.data[0]);
  ${ending}`;
const printed = '1\n1.5\n2.75\n';

async function builtRuntime(): Promise<string> {
  const built = projectFile('dist/runtime/index.js');
  if (!existsSync(fileURLToPath(built))) {
    const compiler = fileURLToPath(projectFile('node_modules/typescript/bin/tsc'));
    await runNode([compiler, '-p', fileURLToPath(projectFile('tsconfig.build.json'))]);
  }
  return built;
}

describe('a process that uses sessions', () => {
  it('ends by itself after the release, from TypeScript sources', async () => {
    const result = await runModule(program(projectFile('src/runtime/index.ts'), 'await session.release();'));
    expect(result).toEqual({ code: 0, stdout: printed, stderr: '' });
  });

  it('ends by itself after the release, as compiled JavaScript', async () => {
    const result = await runModule(program(await builtRuntime(), 'await session.release();'), { typescript: false });
    expect(result).toEqual({ code: 0, stdout: printed, stderr: '' });
  });

  it('ends by itself where a session was never released', async () => {
    const result = await runModule(program(projectFile('src/runtime/index.ts'), ''));
    expect(result).toEqual({ code: 0, stdout: printed, stderr: '' });
  });

  it('waits for a run that nobody awaits', async () => {
    const ending = `session.run({ x: float([1, 1], 0) }).then(({ loss }) => console.log('late', loss.data[0]));`;
    expect(await runModule(program(projectFile('src/runtime/index.ts'), ending))).toMatchObject({
      code: 0,
      stdout: `${printed}late 1.375\n`,
    });
  });
});

describe('a session whose thread ends', () => {
  it('rejects what is under way and what comes after', async () => {
    let worker: Worker | undefined;
    const host = new HostThread(() => (worker = startWorker()));
    const bytes = writeModel(heavyModel(256, 2000));
    await host.open({ source: { bytes, skip: 0 }, device: 'cpu', threads: 1, carry: {}, profile: undefined });
    const running = host.run({ a: floats([256, 256], new Float32Array(256 * 256)) }, undefined);
    const outcome = expect(running).rejects.toMatchObject({ code: 'runtime/worker-died' });
    await worker?.terminate();
    await outcome;
    await expect(host.read(undefined)).rejects.toMatchObject({ code: 'runtime/worker-died' });
    await host.release();
  });
});
