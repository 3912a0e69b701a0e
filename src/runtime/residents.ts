import type { InferenceSession, Tensor as OrtTensor } from 'onnxruntime-node';
import type { Tensor } from '../onnx/types.js';

/** Tensors by name, as ONNX Runtime takes them. */
export type OrtRecord = Record<string, OrtTensor>;

/** What a session needs of its surroundings to keep inputs between runs. */
export interface ResidentContext {
  readonly session: InferenceSession;
  /** Output name to input name. */
  readonly carry: ReadonlyMap<string, string>;
  /** Does the graph begin with the sentinel (sentinel.ts)? */
  readonly sentinel: boolean;
}

/** Inputs that stay in the session, and the runs that replace some of them: one implementation a kind of memory. */
export interface Residents {
  has(input: string): boolean;
  names(): string[];
  /** Takes over the tensors' memory; all of them or, where one is refused, none. */
  load(state: OrtRecord): Promise<void>;
  /** A copy in memory of its own. */
  read(input: string): Promise<Tensor>;
  /** One run; carried outputs replace their inputs, wanted ones are returned in memory of their own. */
  run(feeds: OrtRecord, wanted: readonly string[]): Promise<Record<string, Tensor>>;
  release(): Promise<void>;
}
