import { describe, expect, it } from 'vitest';
import { relativeError } from '../support/run-steps.js';
import { projectFile, runModule } from '../support/child.js';
import { softwareWebGpu } from '../support/webgpu.js';

const found = softwareWebGpu();
const reason = 'reason' in found ? found.reason : undefined;

const program = `
  import { adam, createModel, softmaxCrossEntropy, Trainer, trainingStep } from ${JSON.stringify(projectFile('src/engine.ts'))};
  import { filled } from ${JSON.stringify(projectFile('test/support/small-network.ts'))};
  const batch = {
    image: filled('pictures', [2, 3, 128, 128]),
    labels: { type: 'int64', dims: [2], data: BigInt64Array.of(1n, 3n) },
  };
  const answer = {};
  for (const device of ['cpu', 'webgpu']) {
    const model = createModel('four-galaxies', { seed: 1 });
    const step = trainingStep(model, { loss: softmaxCrossEntropy(), optimizer: adam(), dims: { N: 2 }, target: device });
    const trainer = await Trainer.open(step, { device });
    const losses = [];
    for (let count = 0; count < 3; count++) losses.push((await trainer.step(batch, 0.003)).loss);
    const { tensors } = await trainer.snapshot();
    const parameters = step.state.filter(({ role }) => role === 'parameter').map(({ name }) => [name, [...tensors.get(name).data]]);
    answer[device] = { device: trainer.device, losses, parameters: Object.fromEntries(parameters) };
    await trainer.release();
  }
  console.log(JSON.stringify(answer));`;

interface Trained {
  readonly device: string;
  readonly losses: readonly number[];
  readonly parameters: Readonly<Record<string, readonly number[]>>;
}

describe.skipIf(reason !== undefined)(`training on WebGPU in Node${reason === undefined ? '' : ` (skipped: ${reason})`}`, () => {
  it('gives the losses and parameters of the processor over three steps of four-galaxies, to 1e-3', async () => {
    const child = await runModule(program, 'env' in found ? { env: found.env } : {});
    expect(child).toMatchObject({ code: 0 });
    const { cpu, webgpu } = JSON.parse(child.stdout) as { readonly cpu: Trained; readonly webgpu: Trained };
    expect([cpu.device, webgpu.device]).toEqual(['cpu', 'webgpu']);
    expect(new Set(webgpu.losses).size).toBe(3);
    webgpu.losses.forEach((loss, at) => expect(relativeError([loss], [cpu.losses[at]!]), `loss ${at}`).toBeLessThan(1e-3));
    for (const [name, values] of Object.entries(cpu.parameters))
      expect(relativeError(webgpu.parameters[name]!, values), name).toBeLessThan(1e-3);
  });
});
