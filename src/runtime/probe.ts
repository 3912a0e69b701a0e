/**
 * Entry of a short-lived process that tries one device: a driver that crashes takes this process with it and not the caller's, and what it
 * prints can be read. Arguments: the device, and how many timed runs to do. Prints one line of JSON, a {@link ProbeResult}.
 */
import { existsSync, readFileSync } from 'node:fs';
import { performance } from 'node:perf_hooks';
import { InferenceSession, Tensor, env } from 'onnxruntime-node';
import { GraphBuilder } from '../onnx/builder.js';
import { writeModel } from '../onnx/write.js';

/** What the process found. */
export interface ProbeResult {
  readonly version: string;
  readonly error?: string;
  /** A GPU's work done by the processor: SwiftShader, llvmpipe. */
  readonly software?: boolean;
  /** 10^9 floating-point operations a second in a product of two 1024 x 1024 matrices; median of the timed runs. */
  readonly gflops?: number;
}

const SIZE = 1024;
/** Enough to see that a device works. */
const TRIAL_SIZE = 16;
/** A slow device is measured with fewer runs. */
const BUDGET_MS = 2_000;

function product(size: number): Uint8Array {
  const graph = new GraphBuilder();
  const a = graph.input('a', 'float32', [size, size]);
  const b = graph.input('b', 'float32', [size, size]);
  // The sum leaves one number to bring back: the product is measured, not the bus.
  graph.output(graph.op('ReduceSum', [graph.op('MatMul', [a, b])], { keepdims: 0 }), 'sum');
  return writeModel(graph.build());
}

async function probe(device: string, runs: number): Promise<ProbeResult> {
  const version = env.versions.node ?? env.versions.common;
  const size = runs > 0 ? SIZE : TRIAL_SIZE;
  try {
    const session = await InferenceSession.create(product(size), { executionProviders: [device], logSeverityLevel: 4 });
    const ones = () => new Tensor('float32', new Float32Array(size * size).fill(1 / size), [size, size]);
    const feeds = { a: ones(), b: ones() };
    const times: number[] = [];
    const begin = performance.now();
    for (let run = 0; run <= runs && (run < 2 || performance.now() - begin < BUDGET_MS); run++) {
      const start = performance.now();
      await session.run(feeds);
      if (run > 0) times.push(performance.now() - start);
    }
    const software = device === 'webgpu' && isSoftwareAdapter();
    const median = times.sort((x, y) => x - y)[Math.floor(times.length / 2)];
    return { version, software, ...(median === undefined ? {} : { gflops: (2 * size ** 3) / (median * 1e6) }) };
  } catch (error) {
    return { version, error: error instanceof Error ? error.message : String(error) };
  }
}

/**
 * ONNX Runtime does not name its WebGPU adapter. On Linux it can be told from the drivers in this process: a software one and no other, or
 * no device file a driver could open. Elsewhere the system's own driver is real hardware.
 */
function isSoftwareAdapter(): boolean {
  if (process.platform !== 'linux') return false;
  const maps = readFileSync('/proc/self/maps', 'utf8');
  const software = /libvk_swiftshader|libvulkan_lvp/.test(maps);
  const hardware = /libvulkan_(?!lvp)\w+\.so|libGLX_nvidia|libnvidia-vulkan|amdvlk/.test(maps);
  const deviceFile = ['/dev/dri', '/dev/nvidia0', '/dev/dxg', '/dev/kgsl-3d0', '/dev/mali0'].some((file) => existsSync(file));
  return !deviceFile || (software && !hardware);
}

const [device = 'cpu', runs = '0'] = process.argv.slice(2);
process.stdout.write(`${JSON.stringify(await probe(device, Number(runs)))}\n`);
