import { InferenceSession, type Tensor as OrtTensor } from 'onnxruntime-node';
import type { DataType, Model, Tensor } from '../onnx/types.js';
import { writeModel } from '../onnx/write.js';
import { copyTensor, fromOrt, toOrt } from './tensors.js';
import type { OrtRecord, ResidentContext, Residents } from './residents.js';

/**
 * Inputs in the memory of a WebGPU device. onnxruntime-node cannot download such a buffer itself (`getData` ends the process), so tensors
 * go up and come down through graphs of one Identity node.
 */
export class GpuResidents implements Residents {
  private readonly current = new Map<string, OrtTensor>();
  private readonly elevators = new Map<string, Promise<InferenceSession>>();

  constructor(private readonly context: ResidentContext) {}

  has(input: string): boolean {
    return this.current.has(input);
  }

  names(): string[] {
    return [...this.current.keys()];
  }

  async load(input: string, tensor: Tensor): Promise<void> {
    this.replace(input, await this.move(toOrt(input, tensor), tensor.type, 'gpu-buffer'));
  }

  async read(input: string): Promise<Tensor> {
    const tensor = this.current.get(input);
    if (!tensor) throw new RangeError(`"${input}" is not resident.`);
    return this.download(tensor);
  }

  async run(feeds: OrtRecord, wanted: readonly string[]): Promise<Record<string, Tensor>> {
    const { carry, session } = this.context;
    const outputs = [...new Set([...wanted, ...carry.keys()])];
    const results = await session.run({ ...Object.fromEntries(this.current), ...feeds }, outputs);
    const returned: Record<string, Tensor> = {};
    for (const name of wanted) {
      const tensor = results[name];
      if (tensor) returned[name] = await this.download(tensor);
    }
    for (const [output, input] of carry) {
      const tensor = results[output];
      if (tensor) this.replace(input, tensor);
    }
    return returned;
  }

  async release(): Promise<void> {
    for (const tensor of this.current.values()) tensor.dispose();
    this.current.clear();
    for (const elevator of this.elevators.values()) await (await elevator).release();
    this.elevators.clear();
  }

  private replace(input: string, next: OrtTensor): void {
    this.current.get(input)?.dispose();
    this.current.set(input, next);
  }

  private async download(tensor: OrtTensor): Promise<Tensor> {
    if (tensor.location === 'cpu') return copyTensor(fromOrt(tensor));
    return fromOrt(await this.move(tensor, tensor.type, 'cpu'));
  }

  private async move(tensor: OrtTensor, type: DataType, to: 'cpu' | 'gpu-buffer'): Promise<OrtTensor> {
    const key = `${type} ${to}`;
    let elevator = this.elevators.get(key);
    if (!elevator) {
      elevator = InferenceSession.create(writeModel(identity(type)), {
        executionProviders: ['webgpu'],
        preferredOutputLocation: to,
        logSeverityLevel: 4,
      });
      this.elevators.set(key, elevator);
    }
    const { y } = await (await elevator).run({ x: tensor });
    if (!y) throw new RangeError('An Identity node returned nothing.');
    return y;
  }
}

/** y = x for a tensor of any rank. */
function identity(type: DataType): Model {
  return {
    irVersion: 8,
    opsets: { '': 17 },
    producer: 'messier',
    metadata: {},
    functions: [],
    graph: {
      name: 'identity',
      nodes: [{ name: 'identity', opType: 'Identity', domain: '', inputs: ['x'], outputs: ['y'], attributes: {} }],
      inputs: [{ name: 'x', type }],
      outputs: [{ name: 'y', type }],
      initializers: new Map(),
      values: new Map(),
    },
  };
}
