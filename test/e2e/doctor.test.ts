import { fileURLToPath } from 'node:url';
import { expect, it } from 'vitest';
import { projectFile, runNode } from '../support/child.js';

const messier = (...args: string[]) => runNode(['--import', 'tsx', fileURLToPath(projectFile('src/cli/main.ts')), ...args]);

it('prints a table for people', async () => {
  const { code, stdout, stderr } = await messier('doctor');
  expect({ code, stderr }).toEqual({ code: 0, stderr: '' });
  for (const row of ['Node ', 'ONNX Runtime ', 'Processor ', 'Memory ', 'Device cuda ', 'Device webgpu '])
    expect(stdout).toContain(row);
  expect(stdout).toMatch(/^Device cpu +yes, \d+ GFLOP\/s$/m);
});

it('prints JSON for programs; a device that is absent has a reason and a way out', async () => {
  const { code, stdout } = await messier('doctor', '--json', '--quick');
  expect(code).toBe(0);
  const diagnosis = JSON.parse(stdout) as {
    node: string;
    devices: { device: string; available: boolean; reason?: string; remedy?: string }[];
  };
  expect(diagnosis.node).toBe(process.versions.node);
  expect(diagnosis.devices.map(({ device }) => device)).toEqual(['cuda', 'webgpu', 'cpu']);
  expect(diagnosis.devices.find(({ device }) => device === 'cpu')).toMatchObject({ available: true });
  for (const { available, reason, remedy } of diagnosis.devices) {
    if (!available) expect([reason, remedy]).toEqual([expect.any(String), expect.any(String)]);
  }
});

it('explains itself, and tells wrong usage by the exit code', async () => {
  expect(await messier('doctor', '--help')).toMatchObject({
    code: 0,
    stdout: expect.stringMatching(/Examples:[\s\S]*Exit codes:/) as string,
  });
  expect(await messier('doctor', '--jsn')).toMatchObject({
    code: 2,
    stderr: expect.stringContaining('Did you mean --json?') as string,
  });
  expect(await messier('docktor')).toMatchObject({ code: 2 });
  expect(await messier('--version')).toMatchObject({ code: 0, stdout: expect.stringMatching(/^\d+\.\d+\.\d+\n$/) as string });
});
