import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { InferenceSession, Tensor as OrtTensor } from 'onnxruntime-node';
import { readTensor } from '../../src/onnx/read.js';
import { elementCount, isNumeric } from '../../src/onnx/tensors.js';
import type { Tensor } from '../../src/onnx/types.js';

/** One of the ONNX project's backend tests: a model with inputs and the outputs they must give. */
export interface OnnxCase {
  /** `pytorch-operator/test_operator_clip`. */
  readonly name: string;
  readonly model: Uint8Array;
  readonly inputs: readonly Tensor[];
  readonly outputs: readonly Tensor[];
}

/** All cases below the folder `onnx_cases` of the shared data, in the order of their names. */
export function onnxCases(folder: string): OnnxCase[] {
  return readdirSync(folder)
    .flatMap((group) => readdirSync(join(folder, group)).map((name) => `${group}/${name}`))
    .sort()
    .map((name) => {
      const data = join(folder, name, 'test_data_set_0');
      const tensors = (what: string): Tensor[] =>
        readdirSync(data)
          .filter((file) => file.startsWith(what))
          .sort((a, b) => Number(/\d+/.exec(a)) - Number(/\d+/.exec(b)))
          .map((file) => readTensor(readFileSync(join(data, file))).tensor);
      return {
        name,
        model: fileBytes(join(folder, name, 'model.onnx')),
        inputs: tensors('input_'),
        outputs: tensors('output_'),
      };
    });
}

/** Not a Buffer: its slices would be views, and a test that changes its copy would change the case. */
function fileBytes(path: string): Uint8Array {
  return new Uint8Array(readFileSync(path));
}

/** Runs a model file in ONNX Runtime on the CPU, inputs and outputs in the order of the file. */
export async function runModel(file: Uint8Array, inputs: readonly Tensor[]): Promise<Tensor[]> {
  const session = await InferenceSession.create(file, { logSeverityLevel: 4 });
  try {
    const feeds = session.inputNames.map((name, index): [string, OrtTensor] => [name, toOrt(inputs[index]!)]);
    const results = await session.run(Object.fromEntries(feeds));
    return session.outputNames.map((name) => fromOrt(results[name]!));
  } finally {
    await session.release();
  }
}

/** Where two tensors differ, in words; `undefined` where they agree to a thousandth, as the ONNX project asks. */
export function difference(found: Tensor | undefined, expected: Tensor): string | undefined {
  if (found?.type !== expected.type) return `type ${found?.type ?? 'none'} instead of ${expected.type}`;
  if (found.dims.join() !== expected.dims.join()) return `[${found.dims.join()}] instead of [${expected.dims.join()}]`;
  for (let index = 0; index < elementCount(expected.dims); index += 1) {
    const [a, b] = [found.data[index], expected.data[index]];
    const isClose = typeof a === 'number' && typeof b === 'number' && Math.abs(a - b) <= 1e-6 + 1e-3 * Math.abs(b);
    if (a !== b && !isClose && !(Number.isNaN(a) && Number.isNaN(b))) return `${String(a)} instead of ${String(b)} at ${index}`;
  }
  return undefined;
}

function toOrt({ type, dims, data }: Tensor): OrtTensor {
  if (!isNumeric(data)) return new OrtTensor('string', [...data], dims);
  if (type === 'float32' && data instanceof Float32Array) return new OrtTensor(type, data, dims);
  if (type === 'float64' && data instanceof Float64Array) return new OrtTensor(type, data, dims);
  if (type === 'int64' && data instanceof BigInt64Array) return new OrtTensor(type, data, dims);
  if (type === 'int32' && data instanceof Int32Array) return new OrtTensor(type, data, dims);
  if (type === 'bool' && data instanceof Uint8Array) return new OrtTensor(type, data, dims);
  throw new Error(`No test passes ${type} to ONNX Runtime yet.`);
}

function fromOrt({ type, dims, data }: OrtTensor): Tensor {
  if (type === 'string') return { type, dims, data: data };
  const ours =
    type === 'float32' || type === 'int64' || type === 'int32' || type === 'bool' || type === 'float64' ? type : undefined;
  if (!ours) throw new Error(`No test gets ${type} from ONNX Runtime yet.`);
  return { type: ours, dims, data: data };
}
