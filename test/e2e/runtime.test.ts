import { describe, expect, it } from 'vitest';
import { GraphBuilder } from '../../src/onnx/builder.js';
import type { Tensor } from '../../src/onnx/types.js';
import { writeModel } from '../../src/onnx/write.js';
import {
  createSession,
  probeDevice,
  profileSession,
  resolveDevice,
  type Session,
  type SessionOptions,
} from '../../src/runtime/index.js';
import { decayCarry, decayInJavaScript, decayStep, floats } from '../support/step.js';

/** Opens a session, hands it to the test, and releases it. */
async function withSession(
  model: Parameters<typeof createSession>[0],
  options: SessionOptions,
  test: (session: Session) => Promise<void>,
): Promise<void> {
  const session = await createSession(model, { device: 'cpu', ...options });
  try {
    await test(session);
  } finally {
    await session.release();
  }
}

function product() {
  const graph = new GraphBuilder();
  const a = graph.input('a', 'float32', ['M', 'K']);
  const b = graph.input('b', 'float32', ['K', 'N']);
  graph.output(graph.op('MatMul', [a, b]), 'c');
  return graph.build();
}

const a = floats([2, 2], [1, 2, 3, 4]);
const b = floats([2, 1], [10, 100]);
const c = floats([2, 1], [210, 430]);
const initial = { w: floats([3], [1, 2, 3]), count: { type: 'int64', dims: [], data: BigInt64Array.of(5n) } } as const;
const decay = floats([], [0.5]);

describe.each([{ inThread: false }, { inThread: true }])('a session, in the calling thread: $inThread', ({ inThread }) => {
  it('runs a model given as graph and as bytes', async () => {
    for (const model of [product(), writeModel(product())]) {
      await withSession(model, { inThread, threads: 1 }, async (session) => {
        expect(session).toMatchObject({ device: 'cpu', threads: 1, inputs: [{ name: 'a' }, { name: 'b', shape: ['K', 'N'] }] });
        expect(await session.run({ a, b })).toEqual({ c });
      });
    }
  });

  it('tells what is wrong with feeds, outputs and files, by code', async () => {
    await withSession(product(), { inThread }, async (session) => {
      await expect(session.run({ a })).rejects.toMatchObject({
        code: 'runtime/feed-missing',
        message: expect.stringContaining('"b"') as string,
      });
      await expect(session.run({ a, b, d: a })).rejects.toMatchObject({ code: 'runtime/feed-unknown' });
      await expect(session.run({ a, b }, ['d'])).rejects.toMatchObject({ code: 'runtime/output-unknown' });
      await expect(session.run({ a, b: { ...b, dims: [3, 1] } })).rejects.toMatchObject({ code: 'runtime/tensor-size' });
      await expect(session.run({ a, b: { ...b, type: 'bfloat16' } })).rejects.toMatchObject({ code: 'runtime/tensor-type' });
      await expect(session.read(['a'])).rejects.toMatchObject({ code: 'runtime/state-absent' });
      const failed = session.run({ a, b: floats([3, 1], [1, 2, 3]) });
      await expect(failed).rejects.toMatchObject({
        code: 'runtime/run-failed',
        cause: { message: expect.stringContaining('MatMul') as string },
      });
      expect(await session.run({ a, b })).toEqual({ c });
    });
    await expect(createSession(Uint8Array.of(1, 2, 3), { device: 'cpu', inThread })).rejects.toMatchObject({
      code: 'runtime/model-rejected',
    });
    await expect(createSession(product(), { device: 'cpu', inThread, carry: { c: 'x' } })).rejects.toMatchObject({
      code: 'runtime/carry',
    });
  });

  it('tells what a feed or a loaded tensor should be, by its name', async () => {
    await withSession(decayStep(3, 3), { inThread, carry: decayCarry }, async (session) => {
      await session.load({ ...initial, decay });
      const x = floats([2, 3], new Array<number>(6).fill(1));
      const wrong: readonly [given: unknown, code: string, message: string][] = [
        [floats([3, 2], x.data as Float32Array), 'feed-shape', '"x": float32 [N, 3] expected, float32 [3, 2] received'],
        [floats([6], x.data as Float32Array), 'feed-shape', 'float32 [6] received'],
        [{ ...x, dims: [3, 3] }, 'tensor-size', '9 elements expected, Float32Array of 6 elements received'],
        [{ ...x, dims: [-2, -3] }, 'tensor-size', 'whole numbers'],
        [{ type: 'int32', dims: [2, 3], data: new Int32Array(6) }, 'tensor-type', 'int32 [2, 3] received'],
        [{ ...x, data: new Int32Array(6) }, 'tensor-type', 'in a Int32Array received. Put the data into a Float32Array'],
        [{ ...x, data: ['a'] }, 'tensor-type', 'list of strings'],
        [x.data, 'tensor-type', 'Float32Array received'],
        [{ ...x, data: [1, 2] }, 'tensor-type', '{ type: string, dims: array of number, data: array of number } received'],
        [undefined, 'tensor-type', 'undefined received'],
        [null, 'tensor-type', '"x"'],
      ];
      for (const [given, code, message] of wrong) {
        const expected = { code: `runtime/${code}`, message: expect.stringContaining(message) as string };
        await expect(session.run({ x: given as Tensor })).rejects.toMatchObject(expected);
        await expect(session.load({ w: floats([3], [7, 7, 7]), x: given as Tensor })).rejects.toMatchObject(expected);
      }
      await expect(session.run(x.data as never)).rejects.toMatchObject({ code: 'runtime/tensor-type' });
      await expect(session.load({ w: floats([3], [7, 7, 7]), y: x })).rejects.toMatchObject({ code: 'runtime/feed-unknown' });
      expect(await session.read(['w'])).toEqual({ w: initial.w });
      expect(await session.run({ x }, [])).toEqual({});
      expect(await session.read(['w'])).toEqual({ w: floats([3], [2.5, 3, 3.5]) });
    });
    await withSession(product(), { inThread }, async (session) => {
      await expect(session.run({ a, b }, [])).rejects.toMatchObject({ code: 'runtime/output-none' });
    });
  });

  it('loads tensors on shared memory', async () => {
    await withSession(decayStep(3), { inThread, carry: decayCarry }, async (session) => {
      const data = new Float32Array(new SharedArrayBuffer(12));
      data.set([1, 2, 3]);
      await session.load({ ...initial, w: { type: 'float32', dims: [3], data }, decay });
      for (let step = 0; step < 3; step++) await session.run({ x: floats([1, 1], [0]) });
      expect(await session.read(['w'])).toEqual({ w: floats([3], [1 / 8, 2 / 8, 3 / 8]) });
      expect([...data]).toEqual([1, 2, 3]);
    });
  });

  it('refuses two outputs carried to one input', async () => {
    const graph = new GraphBuilder();
    const x = graph.input('x', 'float32', [1]);
    graph.output(graph.add(x, x), 'sum');
    graph.output(graph.mul(x, x), 'square');
    await expect(
      createSession(graph.build(), { device: 'cpu', inThread, carry: { sum: 'x', square: 'x' } }),
    ).rejects.toMatchObject({ code: 'runtime/carry', message: expect.stringContaining('"sum" and "square"') as string });
  });

  it('opens a step that cannot be blocked as it is', async () => {
    const graph = new GraphBuilder();
    const x = graph.input('x', 'float32', [1, 16, 8, 8]);
    const weight = graph.input('weight', 'float32', [16, 16, 3, 3]);
    // The name that blocking gives to the reordered input.
    const taken = graph.input('x/blocked', 'float32', [16, 16, 3, 3]);
    graph.output(graph.op('ReduceMean', [graph.conv(x, weight)], { keepdims: 0 }), 'mean');
    graph.output(graph.add(weight, taken), 'next');
    await withSession(graph.build(), { inThread, carry: { next: 'weight' } }, async (session) => {
      const ones = (...dims: readonly number[]): Tensor =>
        floats(dims, new Array<number>(dims.reduce((count, dim) => count * dim, 1)).fill(1));
      await session.load({ weight: ones(16, 16, 3, 3), 'x/blocked': ones(16, 16, 3, 3) });
      for (const mean of [144, 288, 432]) {
        const { mean: found } = await session.run({ x: ones(1, 16, 8, 8) });
        expect(found?.data[0]).toBeCloseTo(mean, 2);
      }
    });
  });

  it('refuses calls after its release, and a second release does nothing', async () => {
    const session = await createSession(product(), { device: 'cpu', inThread });
    const running = session.run({ a, b });
    await session.release();
    expect(await running).toEqual({ c });
    await session.release();
    await expect(session.run({ a, b })).rejects.toMatchObject({ code: 'runtime/released' });
  });

  it('carries outputs into the next run, across changing batch sizes', async () => {
    await withSession(decayStep(3), { inThread, carry: decayCarry }, async (session) => {
      await session.load({ ...initial, decay });
      const w = [1, 2, 3];
      for (let step = 1; step <= 12; step++) {
        const x = floats(
          [1 + (step % 3), 1],
          Array.from({ length: 1 + (step % 3) }, () => step),
        );
        const { loss, ...others } = await session.run({ x });
        w.forEach((value, at) => (w[at] = decayInJavaScript(value, 0.5, step * (1 + (step % 3)))));
        expect(Object.keys(others)).toEqual([]);
        expect(loss?.data[0]).toBeCloseTo((w[0]! + w[1]! + w[2]!) / 3, 4);
        if (step === 7) expect(await session.read(['w'])).toEqual({ w: floats([3], w) });
      }
      expect(await session.read(['w', 'count'])).toEqual({
        w: floats([3], w),
        count: { type: 'int64', dims: [], data: BigInt64Array.of(17n) },
      });
    });
  });

  it('leaves what the caller loads and reads to the caller', async () => {
    await withSession(decayStep(3), { inThread, carry: decayCarry }, async (session) => {
      const mine = floats([3], [1, 2, 3]);
      await session.load({ ...initial, w: mine, decay });
      const x = floats([1, 1], [0]);
      for (let step = 0; step < 4; step++) await session.run({ x });
      expect(mine).toEqual(floats([3], [1, 2, 3]));
      const read = await session.read(['w']);
      await session.run({ x });
      expect(read).toEqual({ w: floats([3], [1 / 16, 2 / 16, 3 / 16]) });
    });
  });

  it('returns a carried output where it is asked for', async () => {
    await withSession(decayStep(3), { inThread, carry: decayCarry }, async (session) => {
      await session.load({ ...initial, decay });
      const x = floats([1, 1], [0]);
      for (const scale of [2, 4, 8]) {
        const results = await session.run({ x }, ['w.next']);
        expect(results).toEqual({ 'w.next': floats([3], [1 / scale, 2 / scale, 3 / scale]) });
      }
    });
  });

  it('keeps its state where a run fails', async () => {
    await withSession(decayStep(3, 'M'), { inThread, carry: decayCarry }, async (session) => {
      await session.load({ ...initial, decay });
      const x = floats([1, 1], [0]);
      await session.run({ x });
      await session.run({ x });
      await expect(session.run({ x: floats([1, 2], [0, 0]) })).rejects.toMatchObject({ code: 'runtime/run-failed' });
      expect(await session.read(['w'])).toEqual({ w: floats([3], [1 / 4, 2 / 4, 3 / 4]) });
    });
  });

  it('reads feeds that are shared or parts of a larger buffer', async () => {
    await withSession(product(), { inThread }, async (session) => {
      const shared = new Float32Array(new SharedArrayBuffer(16));
      for (const scale of [1, 2]) {
        shared.set([1 * scale, 2 * scale, 3 * scale, 4 * scale]);
        const { c: result } = await session.run({ a: { ...a, data: shared }, b });
        expect(result).toEqual(floats([2, 1], [210 * scale, 430 * scale]));
      }
      const part = new Float32Array([0, 1, 2, 3, 4, 0]).subarray(1, 5);
      expect(await session.run({ a: { ...a, data: part }, b: floats([2, 1], [10, 100]) }, ['c'], { transfer: true })).toEqual({
        c,
      });
      expect(part).toEqual(Float32Array.of(1, 2, 3, 4));
    });
  });
});

describe('sessions', () => {
  it('move feeds that are given away', async () => {
    await withSession(product(), {}, async (session) => {
      const given = Float32Array.of(1, 2, 3, 4);
      const feeds = { a: { ...a, data: given }, b: floats([2, 1], [10, 100]) };
      expect(await session.run(feeds, undefined, { transfer: true })).toEqual({ c });
      expect(given).toHaveLength(0);
      await expect(session.run(feeds)).rejects.toMatchObject({ code: 'runtime/tensor-moved' });
    });
  });

  it('answer runs in the order of the calls', async () => {
    await withSession(decayStep(1), { carry: decayCarry }, async (session) => {
      await session.load({ ...initial, w: floats([1], [0]), decay: floats([], [1]) });
      const runs = Array.from({ length: 20 }, (_, at) => session.run({ x: floats([1, 1], [at]) }));
      const losses = (await Promise.all(runs)).map(({ loss }) => loss?.data[0]);
      expect(losses).toEqual(Array.from({ length: 20 }, (_, at) => (at * (at + 1)) / 2));
    });
  });

  it('carry an output that is its input unchanged', async () => {
    const graph = new GraphBuilder();
    const frozen = graph.input('frozen', 'float32', [2]);
    const x = graph.input('x', 'float32', [2]);
    graph.output(graph.op('Identity', [frozen]), 'frozen.next');
    graph.output(graph.add(frozen, x), 'sum');
    await withSession(graph.build(), { carry: { 'frozen.next': 'frozen' } }, async (session) => {
      await session.load({ frozen: floats([2], [1, 2]) });
      for (let step = 0; step < 4; step++) {
        expect(await session.run({ x: floats([2], [step, step]) })).toEqual({ sum: floats([2], [1 + step, 2 + step]) });
      }
      expect(await session.read()).toEqual({ frozen: floats([2], [1, 2]) });
    });
  });

  it('return outputs whose shape depends on the data', async () => {
    const graph = new GraphBuilder();
    const x = graph.input('x', 'float32', [4]);
    const count = graph.input('count', 'int64', []);
    graph.output(graph.op('NonZero', [x]), 'places');
    graph.output(graph.add(count, graph.int(1)), 'count.next');
    await withSession(graph.build(), { carry: { 'count.next': 'count' } }, async (session) => {
      await session.load({ count: { type: 'int64', dims: [], data: BigInt64Array.of(0n) } });
      for (const values of [
        [1, 0, 0, 2],
        [0, 0, 0, 1],
        [1, 1, 1, 1],
        [1, 1, 1, 1],
      ]) {
        const { places } = await session.run({ x: floats([4], values) });
        expect([...places!.data].map(Number)).toEqual(values.flatMap((value, at) => (value === 0 ? [] : [at])));
      }
      expect((await session.read(['count']))['count']?.data).toEqual(BigInt64Array.of(4n));
    });
  });

  it('refuse a device that is not there and say why', async ({ skip }) => {
    const report = await probeDevice('cuda');
    if (report.available) skip('this machine has CUDA');
    expect(report).toMatchObject({
      available: false,
      reason: expect.any(String) as string,
      remedy: expect.any(String) as string,
    });
    await expect(createSession(product(), { device: 'cuda' })).rejects.toMatchObject({
      code: 'runtime/device-absent',
      message: expect.stringContaining(report.reason!) as string,
    });
  });

  it('run on the device that auto stands for', async () => {
    const device = await resolveDevice('auto');
    await withSession(product(), { device: 'auto' }, (session) => {
      expect(session.device).toBe(device);
      return Promise.resolve();
    });
    expect(await resolveDevice('cpu')).toBe('cpu');
  });

  it('refuse a thread count that is none', async () => {
    await expect(createSession(product(), { threads: 0.5 })).rejects.toMatchObject({ code: 'runtime/threads' });
  });

  it('give the same bits again with the same number of threads', async () => {
    const run = async (): Promise<unknown> => {
      const session = await createSession(decayStep(100_003), { device: 'cpu', threads: 2, carry: decayCarry });
      const w = floats(
        [100_003],
        Array.from({ length: 100_003 }, (_, at) => Math.sin(at)),
      );
      await session.load({ ...initial, w, decay: floats([], [0.999]) });
      for (let step = 0; step < 5; step++) await session.run({ x: floats([1, 1], [step / 3]) });
      const state = await session.read();
      await session.release();
      return state;
    };
    expect(await run()).toEqual(await run());
  });
});

describe('a profile', () => {
  it('counts the operators of a run and their shares', async () => {
    const rows = await profileSession(product(), { a, b }, { device: 'cpu', runs: 3 });
    expect(rows).toMatchObject([{ opType: 'MatMul', count: 1, share: 1 }]);
    expect(rows[0]!.ms).toBeGreaterThan(0);
  });
});
