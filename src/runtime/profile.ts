import { mkdtemp, readdir, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import type { Model } from '../onnx/types.js';
import { createSession } from './session.js';
import type { SessionOptions, TensorRecord } from './types.js';

/** Time spent in the operators of one type, over all measured runs. */
export interface OperatorTime {
  /** After graph optimization: fused operators have names of their own ("FusedConv"). */
  readonly opType: string;
  /** Executions a run. */
  readonly count: number;
  /** Milliseconds a run. */
  readonly ms: number;
  /** Of the time of all operators, 0 to 1. */
  readonly share: number;
}

/** How a profile is taken. */
export interface ProfileOptions extends Omit<SessionOptions, 'profile'> {
  /** Measured runs after one that warms up; 5 unless told. */
  readonly runs?: number | undefined;
  /** Resident inputs, for graphs with `carry`. */
  readonly state?: TensorRecord | undefined;
  readonly outputs?: readonly string[] | undefined;
}

/** The fields used of an event of ONNX Runtime's profile, a Chrome trace. */
interface TraceEvent {
  readonly cat: string;
  readonly name: string;
  /** Microseconds since the profile began. */
  readonly ts: number;
  /** Microseconds. */
  readonly dur: number;
  readonly args?: { readonly op_name?: string };
}

/** Runs a model under ONNX Runtime's profiler: time by operator type, largest first. */
export async function profileSession(
  model: Model | Uint8Array | string,
  feeds: TensorRecord,
  { runs = 5, state, outputs, ...options }: ProfileOptions = {},
): Promise<OperatorTime[]> {
  const folder = await mkdtemp(path.join(tmpdir(), 'messier-profile-'));
  try {
    const session = await createSession(model, { ...options, profile: path.join(folder, 'profile') });
    try {
      if (state) await session.load(state);
      for (let run = 0; run <= runs; run++) await session.run(feeds, outputs);
      await session.endProfiling();
    } finally {
      await session.release();
    }
    const [file] = await readdir(folder);
    return file === undefined ? [] : operatorTimes(await readFile(path.join(folder, file), 'utf8'));
  } finally {
    await rm(folder, { recursive: true, force: true });
  }
}

/** Sums the operators of a profile after its first run. */
export function operatorTimes(trace: string): OperatorTime[] {
  const events = JSON.parse(trace) as readonly TraceEvent[];
  const starts = events
    .filter(({ name }) => name === 'model_run')
    .map(({ ts }) => ts)
    .sort((a, b) => a - b);
  const begin = starts[1] ?? 0;
  const runs = Math.max(1, starts.length - 1);
  const sums = new Map<string, { count: number; us: number }>();
  for (const { cat, name, ts, dur, args } of events) {
    if (cat !== 'Node' || !name.endsWith('_kernel_time') || ts < begin || args?.op_name === undefined) continue;
    const sum = sums.get(args.op_name) ?? { count: 0, us: 0 };
    sums.set(args.op_name, { count: sum.count + 1, us: sum.us + dur });
  }
  const total = [...sums.values()].reduce((all, { us }) => all + us, 0);
  return [...sums]
    .map(([opType, { count, us }]) => ({
      opType,
      count: count / runs,
      ms: us / 1000 / runs,
      share: total === 0 ? 0 : us / total,
    }))
    .sort((a, b) => b.ms - a.ms);
}
