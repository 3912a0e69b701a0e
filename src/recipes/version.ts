import { createRequire } from 'node:module';

const require = createRequire(import.meta.url);

/** The package's version; the same path from src/ and from dist/. */
export const { version } = require('../../package.json') as { readonly version: string };

/** Version of the library that executes models. */
export const runtimeVersion = (): string => (require('onnxruntime-node/package.json') as { readonly version: string }).version;
