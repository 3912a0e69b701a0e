import { availableParallelism } from 'node:os';
import { MessierError } from '../core/errors.js';
import { joinPieces } from '../onnx/proto/message-writer.js';
import type { Model, Tensor, ValueInfo } from '../onnx/types.js';
import { encodeModel } from '../onnx/write.js';
import { checkTensors } from './check-tensors.js';
import { resolveDevice } from './devices.js';
import type { HostCalls, ModelSource } from './host.js';
import { sentinelPrefix } from './sentinel.js';
import { HostThread } from './thread.js';
import type { Device, SessionRunOptions, Session, SessionOptions, TensorRecord } from './types.js';

/**
 * Opens a model: a graph, the bytes of an ONNX file (copied), or the path of one (needed where its tensors lie in files beside it).
 *
 * @throws MessierError `runtime/device-absent`, `runtime/model-rejected`, `runtime/carry`, `runtime/threads`.
 *
 * @example
 * const session = await createSession(model, { device: 'cpu' });
 * const { logits } = await session.run({ image: { type: 'float32', dims: [1, 3, 128, 128], data: pixels } });
 * await session.release();
 */
export async function createSession(model: Model | Uint8Array | string, options: SessionOptions = {}): Promise<Session> {
  const { carry = {}, profile, threads = availableParallelism() } = options;
  if (!Number.isInteger(threads) || threads < 1) {
    throw new MessierError(
      'runtime/threads',
      `threads: a whole number from 1 up expected, ${threads} received. Leave it out for every core.`,
    );
  }
  const device = await resolveDevice(options.device ?? 'auto');
  const source = sourceOf(model, device !== 'webgpu' && Object.keys(carry).length > 0);
  const host = options.inThread === true ? new (await import('./host.js')).SessionHost() : new HostThread();
  try {
    const { inputs, outputs } = await host.open({ source, device, threads, carry, profile });
    return new HostedSession(host, device, threads, inputs, outputs);
  } catch (error) {
    if (host instanceof HostThread) await host.release().catch(() => undefined);
    throw error;
  }
}

class HostedSession implements Session {
  private released: Promise<void> | undefined;

  constructor(
    private readonly host: HostCalls,
    readonly device: Device,
    readonly threads: number,
    readonly inputs: readonly ValueInfo[],
    readonly outputs: readonly ValueInfo[],
  ) {}

  async run(feeds: TensorRecord, outputs?: readonly string[], options: SessionRunOptions = {}): Promise<Record<string, Tensor>> {
    const host = this.live();
    checkTensors(feeds, this.inputs);
    return host instanceof HostThread ? host.run(feeds, outputs, options.transfer) : host.run(feeds, outputs);
  }

  async load(state: TensorRecord): Promise<void> {
    const host = this.live();
    checkTensors(state, this.inputs);
    return host.load(host instanceof HostThread ? state : copyTensors(state));
  }

  async read(inputs?: readonly string[]): Promise<Record<string, Tensor>> {
    return this.live().read(inputs);
  }

  async endProfiling(): Promise<void> {
    return this.live().endProfiling();
  }

  release(): Promise<void> {
    this.released ??= this.host.release();
    return this.released;
  }

  private live(): HostCalls {
    if (this.released) throw new MessierError('runtime/released', 'This session is released. Create another one.');
    return this.host;
  }
}

const copyTensors = (tensors: TensorRecord): TensorRecord =>
  Object.fromEntries(Object.entries(tensors).map(([name, tensor]) => [name, { ...tensor, data: tensor.data.slice() }]));

/** The model as a host takes it, in memory that can be moved to another thread. */
function sourceOf(model: Model | Uint8Array | string, sentinel: boolean): ModelSource {
  if (typeof model === 'string') return { path: model };
  const prefix = sentinel ? sentinelPrefix() : new Uint8Array();
  const pieces = model instanceof Uint8Array ? [model] : encodeModel(model).model;
  return { bytes: joinPieces([prefix, ...pieces]), skip: prefix.length };
}
