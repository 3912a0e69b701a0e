import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { CatalogueOptions } from '../../src/catalogue/database.js';
import { findPostgres, startPostgres } from './postgres.js';

/** A database server or folder for one test file. */
export interface CatalogueBackend {
  /** What `openCatalogue` needs for a catalogue of its own that holds nothing. */
  readonly fresh: () => Promise<CatalogueOptions>;
  readonly stop: () => Promise<void>;
}

/**
 * The databases that a catalogue may lie in; PostgreSQL where it is installed.
 *
 * @example
 * describe.each(catalogueBackends())('a catalogue in $name', ({ start }) => {
 *   let backend: CatalogueBackend;
 *   beforeAll(async () => { backend = await start(); });
 *   afterAll(() => backend.stop());
 *   it('is empty', async () => { const catalogue = await openCatalogue(await backend.fresh()); ... });
 * });
 */
export function catalogueBackends(): readonly { readonly name: string; readonly start: () => Promise<CatalogueBackend> }[] {
  const binaries = findPostgres();
  const sqlite = { name: 'SQLite', start: startSqlite };
  if (binaries === undefined) return [sqlite];
  const startServer = async (): Promise<CatalogueBackend> => {
    const server = await startPostgres(binaries);
    return { fresh: async () => ({ url: await server.createDatabase() }), stop: server.stop };
  };
  return [sqlite, { name: 'PostgreSQL', start: startServer }];
}

async function startSqlite(): Promise<CatalogueBackend> {
  const folder = await mkdtemp(join(tmpdir(), 'messier-catalogues-'));
  let count = 0;
  return {
    fresh: () => Promise.resolve({ url: '', home: join(folder, String(++count)) }),
    stop: () => rm(folder, { recursive: true, force: true }),
  };
}
