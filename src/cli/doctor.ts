import { constants } from 'node:fs';
import { access, readFile, statfs } from 'node:fs/promises';
import { availableParallelism, cpus, freemem, tmpdir, totalmem } from 'node:os';
import { z } from 'zod';
import { availableDevices, type DeviceReport } from '../runtime/index.js';
import { defineCommand } from './command.js';

/** What `messier doctor` found out. Sizes in bytes. */
export interface Diagnosis {
  readonly node: string;
  readonly platform: string;
  readonly onnxruntime: string | undefined;
  readonly processor: {
    readonly model: string;
    readonly cores: number;
    /** Vector instructions that ONNX Runtime uses; `undefined` where the system does not tell. */
    readonly instructions: readonly string[] | undefined;
  };
  readonly memory: { readonly total: number; readonly free: number };
  readonly devices: readonly DeviceReport[];
  readonly chromium: string | undefined;
  readonly temporary: { readonly folder: string; readonly writable: boolean; readonly free: number };
}

const MEASURED_RUNS = 5;

export const command = defineCommand({
  summary: 'Show what this machine can do: processor, devices with their measured speed, browser, disk.',
  arguments: {},
  options: z.strictObject({ quick: z.boolean().default(false).describe('do not measure speed') }),
  details: `Each device is tried in a process of its own. Speed is that of a product of two 1024 x 1024 float32 matrices, the median of 5.
The devices are those of the library's option \`device\`; its "auto" never takes a software adapter.
Ends with exit code 1 where the processor cannot run models (reinstall onnxruntime-node).`,
  examples: [
    ['messier doctor', 'a table'],
    ["messier doctor --json | jq '.devices[] | select(.available)'", 'the devices that work'],
  ],
  async run(_, { quick }, { signal }) {
    const diagnosis = await diagnose(quick ? 0 : MEASURED_RUNS, signal);
    const works = diagnosis.devices.some(({ device, available }) => device === 'cpu' && available);
    return { data: diagnosis, text: table(diagnosis), code: works ? 0 : 1 };
  },
});

async function diagnose(runs: number, signal: AbortSignal): Promise<Diagnosis> {
  const devices = await availableDevices({ runs, signal });
  const folder = tmpdir();
  const disk = await statfs(folder);
  return {
    node: process.versions.node,
    platform: `${process.platform} ${process.arch}`,
    onnxruntime: devices.find(({ version }) => version !== undefined)?.version,
    processor: { model: cpus()[0]?.model.trim() ?? 'unknown', cores: availableParallelism(), instructions: await instructions() },
    memory: { total: totalmem(), free: freemem() },
    devices,
    chromium: await firstThatExists([process.env['MESSIER_CHROMIUM'], '/usr/bin/chromium', '/usr/bin/google-chrome']),
    temporary: { folder, writable: await allowed(folder, constants.W_OK), free: disk.bavail * disk.bsize },
  };
}

/** From /proc/cpuinfo where there is one. */
async function instructions(): Promise<string[] | undefined> {
  const info = await readFile('/proc/cpuinfo', 'utf8').catch(() => '');
  const flags = /^(?:flags|Features)\s*:\s*(.*)$/m.exec(info)?.[1]?.split(' ');
  const used = [
    'avx',
    'avx2',
    'fma',
    'avx512f',
    'avx512_vnni',
    'avx512_bf16',
    'avx_vnni',
    'amx_tile',
    'asimd',
    'asimddp',
    'i8mm',
    'sve',
  ];
  return flags && used.filter((name) => flags.includes(name));
}

async function firstThatExists(files: readonly (string | undefined)[]): Promise<string | undefined> {
  for (const file of files) if (file !== undefined && (await allowed(file, constants.X_OK))) return file;
  return undefined;
}

const allowed = (file: string, mode: number): Promise<boolean> =>
  access(file, mode).then(
    () => true,
    () => false,
  );

function table(found: Diagnosis): string {
  const rows: [string, string][] = [
    ['Node', `${found.node} (${found.platform})`],
    ['ONNX Runtime', found.onnxruntime ?? 'not found'],
    ['Processor', `${found.processor.model}, ${found.processor.cores} cores`],
    ['Instructions', found.processor.instructions?.join(' ') ?? 'not told by this system'],
    ['Memory', `${gib(found.memory.total)} GiB, ${gib(found.memory.free)} free`],
    [
      'Temporary',
      `${found.temporary.folder}, ${found.temporary.writable ? 'writable' : 'NOT WRITABLE'}, ${gib(found.temporary.free)} GiB free`,
    ],
    ['Chromium', found.chromium ?? 'not found (only browser tests need it)'],
  ];
  for (const device of found.devices) rows.push([`Device ${device.device}`, describe(device)]);
  const width = Math.max(...rows.map(([name]) => name.length));
  return rows.map(([name, value]) => `${name.padEnd(width)}  ${value.replaceAll('\n', `\n${' '.repeat(width + 2)}`)}`).join('\n');
}

function describe({ available, software, gflops, reason, remedy }: DeviceReport): string {
  if (!available) return `no: ${reason ?? 'unknown reason'}${remedy === undefined ? '' : `\n${remedy}`}`;
  const speed = gflops === undefined ? '' : `, ${gflops.toFixed(gflops < 10 ? 1 : 0)} GFLOP/s`;
  return `yes${speed}${software ? ' (a software adapter: for tests only)' : ''}`;
}

const gib = (bytes: number): string => (bytes / 2 ** 30).toFixed(1);
