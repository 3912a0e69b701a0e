import { execFile } from 'node:child_process';
import { existsSync } from 'node:fs';
import { promisify } from 'node:util';
import { MessierError } from '../core/errors.js';
import { probeArguments } from './launch.js';
import type { ProbeResult } from './probe.js';
import type { Device } from './types.js';

/** All devices, best first: the order in which `auto` takes them. */
export const devices: readonly Device[] = ['cuda', 'webgpu', 'cpu'];

/** What became of trying a device. */
export interface DeviceReport {
  readonly device: Device;
  readonly available: boolean;
  /** The device is a GPU in name only: its work is done by the processor. Never chosen by `auto`. */
  readonly software: boolean;
  /** Why it is not available. */
  readonly reason?: string;
  /** What would make it available. */
  readonly remedy?: string;
  /** Version of ONNX Runtime. */
  readonly version?: string;
  /** 10^9 floating-point operations a second in a product of two 1024 x 1024 float32 matrices, median of the timed runs. */
  readonly gflops?: number;
}

/** How devices are tried. */
export interface ProbeOptions {
  /** Timed runs a device; none unless told. */
  readonly runs?: number;
  readonly signal?: AbortSignal;
}

const PROBE_TIMEOUT_MS = 120_000;

const run = promisify(execFile);

/** Tries every device, one after the other, each in a process of its own. */
export async function availableDevices(options: ProbeOptions = {}): Promise<DeviceReport[]> {
  const reports: DeviceReport[] = [];
  for (const device of devices) reports.push(await probeDevice(device, options));
  return reports;
}

/** Tries one device in a process of its own: 0.3 s, and a driver that crashes harms nobody. */
export async function probeDevice(device: Device, { runs = 0, signal }: ProbeOptions = {}): Promise<DeviceReport> {
  const absent = { device, available: false, software: false };
  try {
    const { stdout, stderr } = await run(process.execPath, [...probeArguments(), device, String(runs)], {
      timeout: PROBE_TIMEOUT_MS,
      ...(signal ? { signal } : {}),
    });
    const { error, software = false, ...measured } = JSON.parse(stdout) as ProbeResult;
    if (error === undefined) return { device, available: true, software, ...measured };
    return { ...absent, ...measured, ...explain(device, `${stderr}\n${error}`) };
  } catch (error) {
    if (signal?.aborted === true) throw error;
    const reason = error instanceof Error ? firstLine(error.message) : String(error);
    return { ...absent, reason: `Trying it ended the process: ${reason}`, remedy: 'Update the driver.' };
  }
}

const known = new Map<Device, Promise<DeviceReport>>();

/**
 * The device a session runs on: `auto` becomes the best one that really works, CUDA, then WebGPU on real hardware, then the CPU. A training
 * step is made for one device, which has to be known before it is made. Each device is tried once a process.
 *
 * @throws MessierError `runtime/device-absent` where a device asked for by name does not work here.
 *
 * @example
 * const device = await resolveDevice('auto');
 * const step = trainingStep(model, { loss: softmaxCrossEntropy(), optimizer: adam(), target: device });
 * const trainer = await Trainer.open(step, { device });
 */
export async function resolveDevice(wanted: Device | 'auto'): Promise<Device> {
  if (wanted === 'cpu') return wanted;
  if (wanted === 'auto') {
    if (!mayHaveGpu()) return 'cpu';
    for (const device of devices) {
      if (device === 'cpu') return device;
      const report = await once(device);
      if (report.available && !report.software) return device;
    }
    return 'cpu';
  }
  const report = await once(wanted);
  if (report.available) return wanted;
  throw new MessierError(
    'runtime/device-absent',
    `Device "${wanted}" does not work on this machine. ${report.reason ?? ''} ${report.remedy ?? ''} Or choose another: messier doctor lists what works.`,
  );
}

function once(device: Device): Promise<DeviceReport> {
  const report = known.get(device) ?? probeDevice(device);
  known.set(device, report);
  return report;
}

/** A GPU on Linux has a device file; without one there is nothing to try. */
function mayHaveGpu(): boolean {
  return process.platform !== 'linux' || ['/dev/dri', '/dev/nvidia0', '/dev/dxg'].some((file) => existsSync(file));
}

function explain(device: Device, output: string): { reason: string; remedy: string } {
  if (device === 'cuda') {
    const missing = /libonnxruntime_providers_\w+\.so|Failed to load shared library/.test(output);
    return {
      reason: missing ? "ONNX Runtime's CUDA libraries are not installed." : lastLine(output),
      remedy:
        'On Linux x64 with an NVIDIA GPU, CUDA 12 and cuDNN 9: ONNXRUNTIME_NODE_INSTALL=cuda12 npm rebuild onnxruntime-node --ignore-scripts=false.',
    };
  }
  if (/Couldn't load Vulkan/.test(output)) {
    return {
      reason: 'The Vulkan loader (libvulkan.so.1) is not installed.',
      remedy: "Install it and the GPU's Vulkan driver (Debian, Ubuntu: apt install libvulkan1 mesa-vulkan-drivers).",
    };
  }
  if (/No supported adapters/.test(output)) {
    return {
      reason: 'No GPU with a driver that WebGPU can use was found.',
      remedy: "Install the GPU's Vulkan driver (Debian, Ubuntu: apt install mesa-vulkan-drivers, or the vendor's).",
    };
  }
  return { reason: lastLine(output), remedy: 'Reinstall the package for this platform: npm install.' };
}

const lines = (text: string): string[] =>
  text
    .split('\n')
    .map((line) => line.trim())
    .filter((line) => line !== '');
const firstLine = (text: string): string => lines(text)[0] ?? text;
const lastLine = (text: string): string => lines(text).at(-1) ?? text;
