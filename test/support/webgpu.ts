import { existsSync } from 'node:fs';

/** Debian's chromium brings a Vulkan loader and a driver that computes on the processor; onnxruntime-node can use both. */
const folder = '/usr/lib/chromium';
const driver = `${folder}/vk_swiftshader_icd.json`;

/**
 * Environment in which a child process finds a software WebGPU adapter (a library path counts from the start of a process only), or why
 * there is none. Where `CI` is set the environment is given all the same, so that tests without an adapter fail loudly.
 */
export function softwareWebGpu(): { readonly env: NodeJS.ProcessEnv } | { readonly reason: string } {
  const env = { VK_DRIVER_FILES: driver, LD_LIBRARY_PATH: [folder, process.env['LD_LIBRARY_PATH']].filter(Boolean).join(':') };
  if (process.env['CI'] !== undefined || (existsSync(driver) && existsSync(`${folder}/libvulkan.so.1`))) return { env };
  return { reason: `no software Vulkan driver at ${driver}: install Debian's chromium` };
}
