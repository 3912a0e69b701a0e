import { createRequire } from 'node:module';

/** The package's version; the same path from src/ and from dist/. */
export const { version } = createRequire(import.meta.url)('../../package.json') as { readonly version: string };
