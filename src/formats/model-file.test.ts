import { existsSync, mkdirSync, mkdtempSync, readdirSync, rmSync, symlinkSync, truncateSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { float32 } from '../onnx/tensors.js';
import type { Model } from '../onnx/types.js';
import { writeModelWithExternalData } from '../onnx/write.js';
import { loadModel, saveModel } from './model-file.js';

const model: Model = {
  irVersion: 8,
  opsets: { '': 17 },
  producer: 'messier',
  metadata: {},
  functions: [],
  graph: {
    name: 'sum',
    nodes: [{ name: 'add', opType: 'Add', domain: '', inputs: ['x', 'w'], outputs: ['y'], attributes: {} }],
    inputs: [{ name: 'x', type: 'float32', shape: ['N', 512] }],
    outputs: [{ name: 'y', type: 'float32', shape: ['N', 512] }],
    initializers: new Map([['w', float32([512], new Float32Array(512).fill(3))]]),
    values: new Map(),
  },
};

let folder = '';
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'messier-model-'));
});
afterEach(() => rmSync(folder, { recursive: true }));

describe('model files', () => {
  test('are saved and loaded', async () => {
    const path = join(folder, 'model.onnx');
    await saveModel(model, path);
    await saveModel(model, path);
    expect(loadModel(path)).toEqual(model);
    expect(readdirSync(folder)).toEqual(['model.onnx']);
  });

  test('have their large tensors beside them', async () => {
    const path = join(folder, 'model.onnx');
    await saveModel(model, path, { external: { location: 'model.bin', thresholdBytes: 1024 } });
    expect(readdirSync(folder)).toEqual(['model.bin', 'model.onnx']);
    expect(loadModel(path)).toEqual(model);
  });

  test('leave the old file and nothing else where saving fails', async () => {
    const path = join(folder, 'model.onnx');
    mkdirSync(path);
    await expect(saveModel(model, path)).rejects.toThrow();
    expect(readdirSync(folder)).toEqual(['model.onnx']);
  });

  test.each(['', 'a/b.bin', '../b.bin', '/b.bin', 'model.onnx', '..'])('do not put external data at "%s"', async (location) => {
    const save = saveModel(model, join(folder, 'model.onnx'), { external: { location, thresholdBytes: 1 } });
    await expect(save).rejects.toMatchObject({ code: 'onnx/external' });
  });

  test('that are absent, or no files, give a coded error', () => {
    expect(() => loadModel(join(folder, 'absent.onnx'))).toThrow(expect.objectContaining({ code: 'onnx/file' }));
    expect(() => loadModel(folder)).toThrow(expect.objectContaining({ code: 'onnx/file' }));
  });

  test('above the limit are not read at all', async () => {
    const path = join(folder, 'huge.onnx');
    await saveModel(model, path);
    // A sparse file: it claims 3 GiB and takes no room.
    truncateSync(path, 3 * 2 ** 30);
    expect(() => loadModel(path)).toThrow(expect.objectContaining({ code: 'onnx/limit' }));
  });

  test('of an older opset are upgraded unless told otherwise', async () => {
    const path = join(folder, 'old.onnx');
    await saveModel({ ...model, irVersion: 3, opsets: { '': 7 } }, path);
    expect(loadModel(path).opsets).toEqual({ '': 17 });
    expect(loadModel(path, { upgrade: false }).opsets).toEqual({ '': 7 });
  });
});

describe('a model of 100 MB', () => {
  // 13 tensors with names of 1 to 13 letters, so that they begin at every alignment.
  const initializers = new Map(
    Array.from({ length: 13 }, (_, index) => [
      'w'.repeat(index + 1),
      float32([2_000_000], new Float32Array(2_000_000).fill(index)),
    ]),
  );
  const nodes = [...initializers.keys()].map((name) => ({
    ...model.graph.nodes[0]!,
    name,
    inputs: ['x', name],
    outputs: [`y${name}`],
  }));
  const outputs = nodes.map((each) => ({ name: each.outputs[0]!, type: 'float32' as const }));
  const big: Model = { ...model, graph: { ...model.graph, nodes, outputs, initializers } };

  /** Bytes of buffers that `work` took, those it has dropped again included: nothing is collected in between. */
  const taken = async (work: () => unknown): Promise<number> => {
    const before = process.memoryUsage().arrayBuffers;
    await work();
    return process.memoryUsage().arrayBuffers - before;
  };

  test('is saved without a copy and loaded into the memory of its file', async () => {
    const path = join(folder, 'big.onnx');
    expect(await taken(() => saveModel(big, path))).toBeLessThan(2e6);
    let loaded: Model | undefined;
    expect(await taken(() => (loaded = loadModel(path)))).toBeLessThan(106e6);
    for (const [name, tensor] of initializers) {
      const data = loaded?.graph.initializers.get(name)?.data;
      expect([data?.length, data?.[0], data?.at(-1)]).toEqual([2_000_000, tensor.data[0], tensor.data[0]]);
    }
  });
});

describe('external data', () => {
  const plant = (location: string): string => {
    const path = join(folder, 'inside', 'model.onnx');
    mkdirSync(join(folder, 'inside'), { recursive: true });
    const written = writeModelWithExternalData(model, { location, thresholdBytes: 1 });
    writeFileSync(path, written.model);
    writeFileSync(join(folder, 'secret.bin'), written.external);
    return path;
  };

  test.each(['../secret.bin', 'a/../../secret.bin', '/etc/passwd', '', '..', 'x\0y'])('at "%s" are refused', (location) => {
    expect(() => loadModel(plant(location))).toThrow(expect.objectContaining({ code: 'onnx/external' }));
  });

  test('behind a symbolic link that leaves the folder are refused', () => {
    const path = plant('link.bin');
    symlinkSync(join(folder, 'secret.bin'), join(folder, 'inside', 'link.bin'));
    expect(() => loadModel(path)).toThrow(expect.objectContaining({ code: 'onnx/external' }));
  });

  test('that end too early, or are absent, are refused', () => {
    const path = plant('short.bin');
    expect(() => loadModel(path)).toThrow(expect.objectContaining({ code: 'onnx/file' }));
    writeFileSync(join(folder, 'inside', 'short.bin'), new Uint8Array(100));
    expect(() => loadModel(path)).toThrow(expect.objectContaining({ code: 'onnx/external' }));
    expect(existsSync(path)).toBe(true);
  });

  test('may lie in a folder below', () => {
    const path = plant('data/w.bin');
    mkdirSync(join(folder, 'inside', 'data'));
    writeFileSync(
      join(folder, 'inside', 'data', 'w.bin'),
      writeModelWithExternalData(model, { location: 'w', thresholdBytes: 1 }).external,
    );
    expect(loadModel(path)).toEqual(model);
  });
});
