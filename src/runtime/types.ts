import type { Tensor, ValueInfo } from '../onnx/types.js';

/** What executes a graph: the processor, any GPU through WebGPU (Vulkan, Metal, Direct3D), or an NVIDIA GPU through CUDA. */
export type Device = 'cpu' | 'webgpu' | 'cuda';

/** Named tensors, as sessions take and give them. */
export type TensorRecord = Readonly<Record<string, Tensor>>;

/** How a session is opened. */
export interface SessionOptions {
  /** `auto` (the default) takes the best device that really works: CUDA, then WebGPU on real hardware, then the CPU. */
  readonly device?: Device | 'auto' | undefined;
  /** Threads of the CPU's operators, the calling one included; every available core unless told. Results depend on it in the last bits. */
  readonly threads?: number | undefined;
  /**
   * Outputs that are inputs of the next run, as output name to input name: parameters and optimizer state of a training step.
   * They stay with the session until {@link Session.read} asks for them: on WebGPU in the GPU's memory; on the CPU and with CUDA in the
   * processor's, since onnxruntime-node offers no output location for CUDA. A step on CUDA therefore copies them to the GPU and back.
   */
  readonly carry?: Readonly<Record<string, string>> | undefined;
  /** Path prefix of ONNX Runtime's profile; {@link Session.endProfiling} finishes the file. */
  readonly profile?: string | undefined;
  /** Runs in the calling thread and blocks its event loop; for scripts that have nothing else to do. */
  readonly inThread?: boolean | undefined;
}

/** How feeds travel to the session's thread. */
export interface SessionRunOptions {
  /**
   * Moves the feeds' buffers instead of copying them: the caller's arrays become empty. Feeds on a SharedArrayBuffer are read in
   * place either way and may be written again once the run has resolved.
   */
  readonly transfer?: boolean | undefined;
}

/** A loaded graph. Runs wait for one another in the order of the calls. */
export interface Session {
  readonly device: Device;
  /** Threads of the CPU's operators. */
  readonly threads: number;
  readonly inputs: readonly ValueInfo[];
  readonly outputs: readonly ValueInfo[];

  /**
   * Runs the graph once. Inputs that were loaded or carried need no feed.
   *
   * @param outputs Names of the outputs to return; all that are not carried unless told.
   * @throws MessierError `runtime/feed-missing`, `runtime/feed-unknown`, `runtime/feed-shape`, `runtime/tensor-type`, `runtime/tensor-size`,
   * `runtime/tensor-moved`, `runtime/output-unknown`, `runtime/output-none` where nothing is asked for or carried; `runtime/run-failed` with ONNX Runtime's message as its cause; `runtime/worker-died`; `runtime/released`.
   */
  run(feeds: TensorRecord, outputs?: readonly string[], options?: SessionRunOptions): Promise<Record<string, Tensor>>;

  /**
   * Places inputs in the session, where they stay until loaded again or, where they are carried, replaced by the next run. All of them or,
   * where one is refused, none.
   *
   * @throws MessierError `runtime/feed-unknown`, `runtime/feed-shape`, `runtime/tensor-type`, `runtime/tensor-size`, `runtime/tensor-moved`;
   * `runtime/worker-died`; `runtime/released`.
   */
  load(state: TensorRecord): Promise<void>;

  /** Copies of loaded or carried inputs by input name; all of them unless told. */
  read(inputs?: readonly string[]): Promise<Record<string, Tensor>>;

  /** Ends profiling. The profile is the newest file that starts with the prefix given as `profile`. */
  endProfiling(): Promise<void>;

  /** Finishes the runs under way, then frees memory and thread. Later calls fail with `runtime/released`; a second release does nothing. */
  release(): Promise<void>;
}
