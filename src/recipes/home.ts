import { homedir } from 'node:os';
import { join } from 'node:path';

/** Where Messier keeps what it can make again and what it downloads: MESSIER_HOME, else `.cache/messier` in the user's home. */
export function messierHome(): string {
  return process.env['MESSIER_HOME'] ?? join(process.env['XDG_CACHE_HOME'] ?? join(homedir(), '.cache'), 'messier');
}
