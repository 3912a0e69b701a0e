import { InferenceSession, type Tensor as OrtTensor } from 'onnxruntime-node';
import type { DataType, Model, Tensor } from '../onnx/types.js';
import { writeModel } from '../onnx/write.js';
import { copyTensor, fromOrt } from './tensors.js';
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

  async load(state: OrtRecord): Promise<void> {
    const moved: Record<string, OrtTensor> = {};
    try {
      for (const [input, tensor] of Object.entries(state)) moved[input] = await this.move(tensor, tensor.type, 'gpu-buffer');
    } catch (error) {
      disposeAll(moved);
      throw error;
    }
    for (const [input, tensor] of Object.entries(moved)) this.replace(input, tensor);
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
    try {
      for (const name of wanted) {
        const tensor = results[name];
        if (tensor) returned[name] = await this.download(tensor);
      }
    } catch (error) {
      disposeAll(results);
      throw error;
    }
    for (const [output, input] of carry) {
      const tensor = results[output];
      if (tensor) this.replace(input, tensor);
    }
    return returned;
  }

  async release(): Promise<void> {
    disposeAll(Object.fromEntries(this.current));
    this.current.clear();
    const elevators = [...this.elevators.values()];
    this.elevators.clear();
    for (const elevator of elevators) await (await elevator).release();
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
      // One that could not be made is made anew at the next call.
      elevator.catch(() => this.elevators.delete(key));
    }
    const { y } = await (await elevator).run({ x: tensor });
    if (!y) throw new RangeError('An Identity node returned nothing.');
    return y;
  }
}

function disposeAll(tensors: Readonly<OrtRecord>): void {
  for (const tensor of Object.values(tensors)) tensor.dispose();
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
