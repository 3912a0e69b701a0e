import { existsSync } from 'node:fs';
import { readFile } from 'node:fs/promises';
import { createServer, type IncomingMessage, type ServerResponse } from 'node:http';
import { createRequire } from 'node:module';
import path from 'node:path';
import { chromium, type Browser, type Page } from 'playwright-core';
import type { DataType, Tensor } from '../../src/onnx/types.js';
import { tensorBytes, viewBytes } from '../../src/onnx/tensors.js';

/** One model to run in the browser. */
export interface BrowserCase {
  readonly model: Uint8Array;
  readonly feeds: Readonly<Record<string, Tensor>>;
  readonly outputs?: readonly string[];
}

/** Its outputs, or the browser's error message. */
export type BrowserResult = Record<string, Tensor> | { readonly error: string };

/** A tensor without its elements. */
interface Form {
  readonly name: string;
  readonly type: DataType;
  readonly dims: number[];
}

/** The browser that tests start. */
export const executable = process.env['MESSIER_CHROMIUM'] ?? '/usr/bin/chromium';
const softwareDriver = '/usr/lib/chromium/vk_swiftshader_icd.json';

/**
 * Why tests with this device are skipped, or `undefined` where they run. Where `CI` is set they always run, so that they fail loudly.
 *
 * @example
 * const reason = await browserSkipReason('webgpu');
 * describe.skipIf(reason)(`in the browser${reason ?? ''}`, ...);
 */
export async function browserSkipReason(device: 'webgpu' | 'wasm'): Promise<string | undefined> {
  if (process.env['CI'] !== undefined) return undefined;
  if (!existsSync(executable)) return `no Chromium at ${executable}: install it or set MESSIER_CHROMIUM`;
  if (device === 'wasm') return undefined;
  const adapter = await withBrowser([], (page) => page.evaluate<string | undefined>('adapter()'));
  return adapter === undefined ? `${executable} finds no WebGPU adapter, not even a software one` : undefined;
}

/** Runs every case in one browser, one after the other, with onnxruntime-web. */
export async function runInBrowser(cases: readonly BrowserCase[], device: 'webgpu' | 'wasm'): Promise<BrowserResult[]> {
  const received = new Map<string, Uint8Array>();
  return withBrowser(
    cases,
    async (page) => {
      const results: BrowserResult[] = [];
      for (const [index, { feeds, outputs }] of cases.entries()) {
        const forms = Object.entries(feeds).map(([name, { type, dims }]) => ({ name, type, dims }));
        const call = `runCase(${index}, ${JSON.stringify(device)}, ${JSON.stringify({ feeds: forms, outputs })})`;
        const answer = await page.evaluate<{ outputs: Form[] } | { error: string }>(call);
        if ('error' in answer) results.push(answer);
        else
          results.push(
            Object.fromEntries(answer.outputs.map((form, at) => [form.name, tensorOf(form, received.get(`${index}/${at}`))])),
          );
      }
      return results;
    },
    received,
  );
}

function tensorOf({ type, dims }: Form, bytes: Uint8Array | undefined): Tensor {
  if (!bytes) throw new Error('The browser sent no bytes for an output.');
  return { type, dims, data: viewBytes(type, bytes) };
}

/** Serves page, runtime and cases on this machine alone, opens the page, and takes everything down again. */
async function withBrowser<T>(
  cases: readonly BrowserCase[],
  task: (page: Page) => Promise<T>,
  received = new Map<string, Uint8Array>(),
): Promise<T> {
  const server = createServer((request, response) => {
    serve(cases, received, request, response).catch((error: unknown) => {
      response.writeHead(500).end(String(error));
    });
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  let browser: Browser | undefined;
  try {
    browser = await chromium.launch({
      executablePath: executable,
      headless: true,
      args: [
        '--no-sandbox',
        '--enable-unsafe-webgpu',
        '--enable-features=Vulkan',
        '--use-webgpu-adapter=swiftshader',
        '--disable-background-networking',
        '--disable-component-update',
      ],
      env: { ...process.env, ...(existsSync(softwareDriver) ? { VK_DRIVER_FILES: softwareDriver } : {}) },
    });
    const page = await browser.newPage();
    const address = server.address();
    if (address === null || typeof address === 'string') throw new Error('The test server has no port.');
    await page.goto(`http://127.0.0.1:${address.port}/`);
    await page.waitForFunction('globalThis.ready === true');
    return await task(page);
  } finally {
    await browser?.close();
    server.closeAllConnections();
    server.close();
  }
}

const runtimeFolder = path.dirname(createRequire(import.meta.url).resolve('onnxruntime-web/webgpu'));
const pageScript = new URL('./browser-page.js', import.meta.url);
const contentTypes: Readonly<Record<string, string>> = { '.mjs': 'text/javascript', '.wasm': 'application/wasm' };

async function serve(
  cases: readonly BrowserCase[],
  received: Map<string, Uint8Array>,
  request: IncomingMessage,
  response: ServerResponse,
): Promise<void> {
  const [, kind = '', first = '', what = '', at = ''] = (request.url ?? '/').split('/');
  const send = (type: string, body: string | Uint8Array) => response.writeHead(200, { 'content-type': type }).end(body);
  if (kind === '') send('text/html', '<!doctype html><title>messier</title><script type="module" src="/page.js"></script>');
  else if (kind === 'page.js') send('text/javascript', await readFile(pageScript));
  else if (kind === 'ort') {
    const file = path.basename(first);
    send(contentTypes[path.extname(file)] ?? 'text/plain', await readFile(path.join(runtimeFolder, file)));
  } else if (kind === 'case' && what === 'output') {
    const chunks: Uint8Array[] = [];
    for await (const chunk of request) chunks.push(chunk as Uint8Array);
    received.set(`${first}/${at}`, Uint8Array.from(Buffer.concat(chunks)));
    response.writeHead(204).end();
  } else {
    const found = cases[Number(first)];
    const body = what === 'model' ? found?.model : bytesOf(Object.values(found?.feeds ?? {})[Number(at)]);
    if (body) send('application/octet-stream', body);
    else response.writeHead(404).end();
  }
}

const bytesOf = (tensor: Tensor | undefined): Uint8Array | undefined => tensor && tensorBytes(tensor);
