import { InferenceSession } from 'onnxruntime-node';
import { MessierError } from '../core/errors.js';
import { isNumeric } from '../onnx/tensors.js';
import { blockedModel, type ModelBytes } from './blocked-model.js';
import type { Tensor, ValueInfo } from '../onnx/types.js';
import type { Device, TensorRecord } from './types.js';
import { GpuResidents } from './residents-gpu.js';
import { HostResidents } from './residents-host.js';
import type { OrtRecord, Residents } from './residents.js';
import { sentinelOutput } from './sentinel.js';
import { copyTensor, toOrt } from './tensors.js';

/** What a host opens: a file, or its bytes with `skip` bytes of sentinel before them. */
export type ModelSource = { readonly path: string } | ModelBytes;

/** How a host opens a model; plain data, so that it can be sent to a thread. */
export interface HostRequest {
  readonly source: ModelSource;
  readonly device: Device;
  readonly threads: number;
  readonly carry: Readonly<Record<string, string>>;
  readonly profile: string | undefined;
}

/** Inputs and outputs of an opened model. */
export interface Signature {
  readonly inputs: readonly ValueInfo[];
  readonly outputs: readonly ValueInfo[];
}

/** What can be asked of a host, here or in another thread. Arguments and results are plain data. */
export interface HostCalls {
  open(request: HostRequest): Promise<Signature>;
  run(feeds: TensorRecord, outputs: readonly string[] | undefined): Promise<Record<string, Tensor>>;
  /** Takes over the tensors' memory. */
  load(state: TensorRecord): Promise<void>;
  read(inputs: readonly string[] | undefined): Promise<Record<string, Tensor>>;
  endProfiling(): Promise<void>;
  release(): Promise<void>;
}

interface Opened {
  readonly session: InferenceSession;
  readonly residents: Residents;
  readonly inputs: readonly string[];
  readonly outputs: readonly string[];
  readonly carry: ReadonlyMap<string, string>;
}

/** One ONNX Runtime session in the thread that made it. Calls wait for one another. */
export class SessionHost implements HostCalls {
  private opened: Opened | undefined;
  private last: Promise<unknown> = Promise.resolve();
  private readonly staging = new Map<string, Tensor>();

  open(request: HostRequest): Promise<Signature> {
    return this.inTurn(async () => {
      const { session, sentinel } = await createOrtSession(request);
      const inputs = session.inputMetadata.map(describe);
      const outputs = session.outputMetadata.filter(({ name }) => name !== sentinelOutput).map(describe);
      const carry = new Map(Object.entries(request.carry));
      checkCarry(carry, inputs, outputs);
      const context = { session, carry, sentinel };
      this.opened = {
        session,
        residents: request.device === 'webgpu' ? new GpuResidents(context) : new HostResidents(context),
        inputs: inputs.map(({ name }) => name),
        outputs: outputs.map(({ name }) => name),
        carry,
      };
      return { inputs, outputs };
    });
  }

  run(feeds: TensorRecord, outputs: readonly string[] | undefined): Promise<Record<string, Tensor>> {
    return this.inTurn(async () => {
      const { residents, inputs, outputs: all, carry } = this.session;
      const missing = inputs.filter((name) => !(name in feeds) && !residents.has(name));
      if (missing.length > 0) {
        throw new MessierError('runtime/feed-missing', `No tensor for ${quote(missing)}. Feed every input, or load it first.`);
      }
      const unknown = (outputs ?? []).filter((name) => !all.includes(name));
      if (unknown.length > 0) {
        throw new MessierError('runtime/output-unknown', `The graph has no output ${quote(unknown)}; it has ${quote(all)}.`);
      }
      const wanted = outputs ?? all.filter((name) => !carry.has(name));
      if (wanted.length === 0 && carry.size === 0) {
        throw new MessierError(
          'runtime/output-none',
          `No output is asked for. Name at least one of ${quote(all)}, or leave the list out.`,
        );
      }
      try {
        return await residents.run(this.prepare(feeds), wanted);
      } catch (cause) {
        throw failure('runtime/run-failed', 'The graph failed while it ran', cause);
      }
    });
  }

  load(state: TensorRecord): Promise<void> {
    return this.inTurn(async () => {
      const { residents } = this.session;
      // One array given under two names comes here as one; each resident is written over on its own and needs its own memory.
      const owned = new Set<unknown>();
      const tensors = Object.entries(state).map(([name, tensor]) => {
        const memory = isNumeric(tensor.data) ? tensor.data.buffer : tensor.data;
        // ONNX Runtime's binding takes no SharedArrayBuffer.
        const foreign = owned.has(memory) || memory instanceof SharedArrayBuffer;
        owned.add(memory);
        return [name, toOrt(name, foreign ? copyTensor(tensor) : tensor)] as const;
      });
      try {
        await residents.load(Object.fromEntries(tensors));
      } catch (cause) {
        throw failure('runtime/load-failed', 'The tensors did not reach the device', cause);
      }
    });
  }

  read(inputs: readonly string[] | undefined): Promise<Record<string, Tensor>> {
    return this.inTurn(async () => {
      const { residents } = this.session;
      const absent = (inputs ?? []).filter((name) => !residents.has(name));
      if (absent.length > 0) {
        throw new MessierError(
          'runtime/state-absent',
          `${quote(absent)} was never loaded; resident are ${quote(residents.names())}.`,
        );
      }
      const values: Record<string, Tensor> = {};
      for (const name of inputs ?? residents.names()) values[name] = await residents.read(name);
      return values;
    });
  }

  endProfiling(): Promise<void> {
    return this.inTurn(() => {
      this.session.session.endProfiling();
      return Promise.resolve();
    });
  }

  release(): Promise<void> {
    return this.inTurn(async () => {
      const { residents, session } = this.session;
      this.opened = undefined;
      try {
        await residents.release();
      } finally {
        await session.release();
      }
    });
  }

  private get session(): Opened {
    if (!this.opened) throw new MessierError('runtime/released', 'This session is released. Create another one.');
    return this.opened;
  }

  private inTurn<T>(task: () => Promise<T>): Promise<T> {
    const result = this.last.then(task);
    this.last = result.catch(() => undefined);
    return result;
  }

  private prepare(feeds: TensorRecord): OrtRecord {
    return Object.fromEntries(Object.entries(feeds).map(([name, tensor]) => [name, toOrt(name, this.unshared(name, tensor))]));
  }

  /** ONNX Runtime's binding takes no SharedArrayBuffer: such a feed is copied into an array that is kept for the next one. */
  private unshared(name: string, tensor: Tensor): Tensor {
    const { data } = tensor;
    if (!isNumeric(data) || !(data.buffer instanceof SharedArrayBuffer)) return tensor;
    const kept = this.staging.get(name)?.data;
    if (kept?.constructor !== data.constructor || kept.length !== data.length) {
      const made = copyTensor(tensor);
      this.staging.set(name, made);
      return made;
    }
    copyInto(kept, data);
    return { ...tensor, data: kept };
  }
}

interface OpenedSession {
  readonly session: InferenceSession;
  /** Does its graph begin with the sentinel? */
  readonly sentinel: boolean;
}

async function createOrtSession({ source, device, threads, profile, carry }: HostRequest): Promise<OpenedSession> {
  const training = Object.keys(carry).length > 0;
  const options: InferenceSession.SessionOptions = {
    executionProviders: [device],
    intraOpNumThreads: threads,
    interOpNumThreads: 1,
    // `all` blocks channels for convolutions with constant weights. In a training step weights are inputs, and only the poolings would be
    // blocked, each between two copies: no faster, and 300 MB more, in the row train-convnet of the benchmark.
    graphOptimizationLevel: training ? 'extended' : 'all',
    enableCpuMemArena: true,
    // A pattern makes the second run allocate everything at once, beside the pieces that the first run left: 150 MB more in that row.
    enableMemPattern: device === 'cpu' && !training,
    // What goes wrong is thrown; printing it as well helps nobody.
    logSeverityLevel: 4,
    // Threads that wait for work spin for a moment, which bridges the gaps between small operators (a ResNet-18 step has 1,700: 280 ms for
    // 320 asleep), and then sleep, which leaves the core to whoever prepares the next batch (spinning for good: 27 to 36 steps a second
    // of eight 512 x 512 products beside a busy main thread, 34 to 46 asleep).
    // session.set_denormal_as_zero stays off: it reaches the threads of the pool and not the one that calls, so that a result would
    // depend on which thread took which slice.
    extra: { session: { intra_op: { allow_spinning: '1', spin_duration_us: '50' } } },
    ...(profile === undefined ? {} : { enableProfiling: true, profileFilePrefix: profile }),
    ...(device === 'webgpu'
      ? { preferredOutputLocation: Object.fromEntries(Object.keys(carry).map((output) => [output, 'gpu-buffer' as const])) }
      : {}),
  };
  try {
    if ('path' in source) return { session: await InferenceSession.create(source.path, options), sentinel: false };
    if (training && device === 'cpu') {
      // Whatever blocking cannot handle runs as it was given.
      const opened = await blockedModel(source)
        .then((made) => made && openBytes(made, options))
        .catch(() => undefined);
      if (opened) return opened;
    }
    return await openBytes(source, options);
  } catch (cause) {
    throw failure('runtime/model-rejected', `ONNX Runtime rejected the model on ${device}`, cause);
  }
}

async function openBytes({ bytes, skip }: ModelBytes, options: InferenceSession.SessionOptions): Promise<OpenedSession> {
  if (skip > 0) {
    const session = await InferenceSession.create(bytes, options).catch(() => undefined);
    if (session) return { session, sentinel: true };
  }
  // Without the sentinel: opsets before 11 know no SequenceEmpty. A file that is wrong in itself fails here with its own reason.
  return { session: await InferenceSession.create(bytes.subarray(skip), options), sentinel: false };
}

function checkCarry(carry: ReadonlyMap<string, string>, inputs: readonly ValueInfo[], outputs: readonly ValueInfo[]): void {
  const given = new Map<string, string>();
  for (const [from, to] of carry) {
    const other = given.get(to);
    if (other !== undefined) {
      throw new MessierError(
        'runtime/carry',
        `carry: one output for input "${to}" expected, "${other}" and "${from}" received. Leave one out.`,
      );
    }
    given.set(to, from);
    const output = outputs.find(({ name }) => name === from);
    const input = inputs.find(({ name }) => name === to);
    if (!output || !input || output.type !== input.type) {
      const found = `${output ? output.type : 'no such output'} and ${input ? input.type : 'no such input'}`;
      throw new MessierError(
        'runtime/carry',
        `carry: output "${from}" and input "${to}" of one type expected, ${found} received.`,
      );
    }
  }
}

function describe(value: InferenceSession.ValueMetadata): ValueInfo {
  if (!value.isTensor) {
    throw new MessierError(
      'runtime/tensor-type',
      `"${value.name}" is no tensor. Cut the graph where its inputs and outputs are tensors.`,
    );
  }
  return { name: value.name, type: value.type, shape: value.shape };
}

function failure(code: string, rule: string, cause: unknown): MessierError {
  if (cause instanceof MessierError) return cause;
  return new MessierError(code, `${rule}: ${cause instanceof Error ? cause.message.trim() : String(cause)}`, { cause });
}

function copyInto(target: Tensor['data'], source: Tensor['data']): void {
  if (!isNumeric(target) || !isNumeric(source)) return;
  new Uint8Array(target.buffer, target.byteOffset, target.byteLength).set(
    new Uint8Array(source.buffer, source.byteOffset, source.byteLength),
  );
}

const quote = (names: readonly string[]): string => names.map((name) => `"${name}"`).join(', ') || 'none';
