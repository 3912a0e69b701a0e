import { homedir } from 'node:os';
import { join } from 'node:path';

/** Where the catalogue and its files, caches and downloads lie: MESSIER_HOME, else `.cache/messier` in the user's home. */
export function messierHome(): string {
  const { MESSIER_HOME: own = '', XDG_CACHE_HOME: caches = '' } = process.env;
  if (own !== '') return own;
  return join(caches === '' ? join(homedir(), '.cache') : caches, 'messier');
}
