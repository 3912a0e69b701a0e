import { fileURLToPath } from 'node:url';
import { defineConfig } from 'vitest/config';

const source = (file: string) => fileURLToPath(new URL(`./src/${file}`, import.meta.url));

/** One project for each kind of test; `vitest run --project unit` runs one kind. */
const project = (name: string, include: string) => ({ extends: true as const, test: { name, include: [include] } });

export default defineConfig({
  resolve: {
    alias: [
      { find: /^messier$/, replacement: source('index.ts') },
      { find: /^messier\/engine$/, replacement: source('engine.ts') },
      { find: /^messier\/data$/, replacement: source('data.ts') },
    ],
  },
  test: {
    pool: 'forks',
    maxWorkers: 2,
    // A net under a test that hangs, far above what the slowest machine needs; no test measures time with it.
    testTimeout: 600_000,
    hookTimeout: 600_000,
    passWithNoTests: false,
    projects: [
      project('unit', 'src/**/*.test.ts'),
      project('contract', 'test/contract/**/*.test.ts'),
      project('e2e', 'test/e2e/**/*.test.ts'),
      project('browser', 'test/browser/**/*.test.ts'),
    ],
  },
});
