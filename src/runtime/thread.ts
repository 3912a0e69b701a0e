import type { Worker } from 'node:worker_threads';
import { MessierError } from '../core/errors.js';
import type { Tensor } from '../onnx/types.js';
import type { HostCalls, HostRequest, Signature } from './host.js';
import { startWorker } from './launch.js';
import { buffersOf, compact } from './tensor-buffers.js';
import { unpackError, type HostReply, type HostResult } from './protocol.js';
import type { TensorRecord } from './types.js';

interface Pending {
  readonly resolve: (result: HostResult<keyof HostCalls>) => void;
  readonly reject: (error: MessierError) => void;
}

/** The host's calls, sent to a worker thread of its own. The thread keeps the process alive only while a call is under way. */
export class HostThread implements HostCalls {
  private readonly worker: Worker;
  private readonly pending = new Map<number, Pending>();
  private calls = 0;
  private death: MessierError | undefined;

  /** @param start Starts the thread; a parameter so that a test can hold on to it. */
  constructor(start: () => Worker = startWorker) {
    this.worker = start();
    this.worker.on('message', (reply: HostReply) => {
      this.settle(reply);
    });
    this.worker.on('error', (cause) => {
      this.die(`failed: ${cause instanceof Error ? cause.message : String(cause)}`, cause);
    });
    this.worker.on('messageerror', (cause) => {
      this.die(`sent what cannot be read: ${cause.message}`, cause);
    });
    this.worker.on('exit', (code) => {
      this.die(`ended with code ${code}`);
    });
    this.worker.unref();
  }

  open(request: HostRequest): Promise<Signature> {
    const transfer =
      'bytes' in request.source && request.source.bytes.buffer instanceof ArrayBuffer ? [request.source.bytes.buffer] : [];
    return this.call('open', [request], transfer);
  }

  /** @param transfer Moves the feeds' buffers instead of copying them. */
  async run(feeds: TensorRecord, outputs: readonly string[] | undefined, transfer = false): Promise<Record<string, Tensor>> {
    return this.call('run', [compact(feeds), outputs], transfer ? buffersOf(feeds) : []);
  }

  async load(state: TensorRecord): Promise<void> {
    return this.call('load', [compact(state)]);
  }

  read(inputs: readonly string[] | undefined): Promise<Record<string, Tensor>> {
    return this.call('read', [inputs]);
  }

  endProfiling(): Promise<void> {
    return this.call('endProfiling', []);
  }

  async release(): Promise<void> {
    try {
      if (!this.death) await this.call('release', []);
    } finally {
      await this.worker.terminate();
    }
  }

  private call<Name extends keyof HostCalls>(
    call: Name,
    args: Parameters<HostCalls[Name]>,
    transfer: readonly ArrayBuffer[] = [],
  ): Promise<HostResult<Name>> {
    if (this.death) return Promise.reject(this.death);
    const id = this.calls++;
    return new Promise((resolve, reject) => {
      this.worker.postMessage({ id, call, args }, transfer);
      this.pending.set(id, { resolve: (result) => resolve(result as HostResult<Name>), reject });
      this.worker.ref();
    });
  }

  private settle(reply: HostReply): void {
    const waiting = this.pending.get(reply.id);
    this.pending.delete(reply.id);
    if (this.pending.size === 0) this.worker.unref();
    if ('error' in reply) waiting?.reject(unpackError(reply.error));
    else waiting?.resolve(reply.result);
  }

  private die(what: string, cause?: unknown): void {
    this.death ??= new MessierError(
      'runtime/worker-died',
      `The session's thread ${what}. Its state is lost: create another session.`,
      { cause },
    );
    for (const { reject } of this.pending.values()) reject(this.death);
    this.pending.clear();
  }
}
