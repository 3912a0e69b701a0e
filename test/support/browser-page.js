/* global fetch, navigator */
/**
 * Runs in the browser. The test's server gives models and feeds as bytes and takes outputs back as bytes, so that nothing large goes through
 * the debugging protocol.
 */
// An address of the test's server, unknown to the tools that resolve imports.
const runtime = '/ort/ort.webgpu.bundle.min.mjs';
const ort = await import(runtime);

ort.env.wasm.numThreads = 1;
ort.env.wasm.wasmPaths = '/ort/';
ort.env.logLevel = 'error';

const arrays = {
  float32: Float32Array,
  float64: Float64Array,
  float16: globalThis.Float16Array ?? Uint16Array,
  uint8: Uint8Array,
  int8: Int8Array,
  uint16: Uint16Array,
  int16: Int16Array,
  int32: Int32Array,
  uint32: Uint32Array,
  int64: BigInt64Array,
  uint64: BigUint64Array,
  bool: Uint8Array,
};

/** @param {string} url */
const bytes = async (url) => (await fetch(url)).arrayBuffer();

/** What the browser can do: a description of the adapter, or nothing. */
globalThis.adapter = async () => {
  const found = await navigator.gpu?.requestAdapter();
  return found ? [found.info.vendor, found.info.architecture, found.info.description].join(' ').trim() : undefined;
};

/**
 * @param {number} index
 * @param {'webgpu' | 'wasm'} device
 * @param {{ feeds: { name: string, type: string, dims: number[] }[], outputs: string[] | undefined }} form
 */
globalThis.runCase = async (index, device, form) => {
  let session;
  try {
    session = await ort.InferenceSession.create(await bytes(`/case/${index}/model`), {
      executionProviders: [device],
      graphOptimizationLevel: 'all',
    });
    const feeds = {};
    for (const [at, { name, type, dims }] of form.feeds.entries()) {
      feeds[name] = new ort.Tensor(type, new arrays[type](await bytes(`/case/${index}/feed/${at}`)), dims);
    }
    const results = await session.run(feeds, form.outputs ?? session.outputNames);
    const outputs = [];
    for (const [name, tensor] of Object.entries(results)) {
      const data = await tensor.getData();
      await fetch(`/case/${index}/output/${outputs.length}`, { method: 'POST', body: data });
      outputs.push({ name, type: tensor.type, dims: [...tensor.dims] });
    }
    return { outputs };
  } catch (error) {
    return { error: error instanceof Error ? error.message : String(error) };
  } finally {
    await session?.release();
  }
};

globalThis.ready = true;
