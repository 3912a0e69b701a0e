import { describe, expect, it } from 'vitest';
import { projectFile, runModule } from '../support/child.js';
import { softwareWebGpu } from '../support/webgpu.js';

const found = softwareWebGpu();
const reason = 'reason' in found ? found.reason : undefined;

const program = `
  import { createSession, probeDevice } from ${JSON.stringify(projectFile('src/runtime/index.ts'))};
  import { decayCarry, decayStep, floats } from ${JSON.stringify(projectFile('test/support/step.ts'))};
  const answer = { report: await probeDevice('webgpu'), devices: [], losses: [], states: [] };
  for (const device of ['cpu', 'webgpu', 'auto']) {
    const session = await createSession(decayStep(1000), { device, carry: decayCarry });
    answer.devices.push(session.device);
    const w = floats([1000], Array.from({ length: 1000 }, (_, at) => Math.sin(at)));
    await session.load({ w, decay: floats([], [0.5]), count: { type: 'int64', dims: [], data: BigInt64Array.of(0n) } });
    const losses = [];
    for (let at = 0; at < 5; at++) losses.push((await session.run({ x: floats([2, 1], [at, 1]) })).loss.data[0]);
    answer.losses.push(losses);
    const state = await session.read(['w', 'count']);
    answer.states.push({ w: [...state.w.data], count: Number(state.count.data[0]) });
    await session.release();
  }
  console.log(JSON.stringify(answer));`;

interface Answer {
  readonly report: unknown;
  readonly devices: readonly string[];
  readonly losses: readonly (readonly number[])[];
  readonly states: readonly { readonly w: readonly number[]; readonly count: number }[];
}

describe.skipIf(reason !== undefined)(`WebGPU in Node${reason === undefined ? '' : ` (skipped: ${reason})`}`, () => {
  it('carries state in the memory of the device, as the processor does to 1e-5; auto leaves a software adapter alone', async () => {
    const child = await runModule(program, 'env' in found ? { env: found.env } : {});
    expect(child).toMatchObject({ code: 0 });
    const { report, devices, losses, states } = JSON.parse(child.stdout) as Answer;
    expect(report).toMatchObject({ device: 'webgpu', available: true, software: true });
    expect(devices).toEqual(['cpu', 'webgpu', 'cpu']);
    losses[0]!.forEach((loss, at) => expect(losses[1]![at]).toBeCloseTo(loss, 5));
    states[0]!.w.forEach((value, at) => expect(states[1]!.w[at]).toBeCloseTo(value, 5));
    expect(states[1]!.count).toBe(5);
  });
});
