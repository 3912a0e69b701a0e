import type { Catalogue } from './catalogue.js';
import { openDatabase, type CatalogueOptions } from './database.js';
import { SqlCatalogue } from './sql-catalogue.js';

/**
 * Opens the catalogue: the PostgreSQL database that `url` or DATABASE_URL names, else `catalogue.sqlite` under `home` or MESSIER_HOME, made where it
 * is missing. Several processes may have it open. A database of an earlier version is brought forward.
 *
 * @throws MessierError what `openDatabase` throws: `catalogue/url`, `catalogue/unreachable`, `catalogue/login`, `catalogue/newer` and others.
 *
 * @example
 * const catalogue = await openCatalogue({ home: 'collection' });
 * console.log(await catalogue.counts());
 * await catalogue.close();
 */
export async function openCatalogue(options: CatalogueOptions = {}): Promise<Catalogue> {
  return new SqlCatalogue(await openDatabase(options));
}
