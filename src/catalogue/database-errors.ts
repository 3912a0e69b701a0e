import { MessierError } from '../core/errors.js';

/** The code that a driver gave an error; '' where it gave none. */
export function codeOf(error: unknown): string {
  return error instanceof Error && 'code' in error && typeof error.code === 'string' ? error.code : '';
}

const textOf = (error: unknown): string => (error instanceof Error ? error.message : String(error));

/** What an error of SQLite means for whoever uses the catalogue at `path`. */
export function sqliteError(error: unknown, path: string): unknown {
  if (error instanceof MessierError) return error;
  const code = codeOf(error);
  const text = textOf(error);
  const coded = (problem: string, message: string): MessierError =>
    new MessierError(`catalogue/${problem}`, `${path}: ${message}`, { cause: error });
  if (code.startsWith('SQLITE_BUSY') || code.startsWith('SQLITE_LOCKED')) {
    return coded('busy', 'other processes kept writing to it. Try again when they have finished.');
  }
  if (code === 'SQLITE_NOTADB') return coded('not-a-database', 'this file is not an SQLite database. Give another MESSIER_HOME.');
  if (code.startsWith('SQLITE_CORRUPT')) {
    return coded('corrupt', `the database is damaged (${text}). Take it from a backup, or import an export into a new one.`);
  }
  if (code.startsWith('SQLITE_READONLY'))
    return coded('read-only', 'it cannot be written. Check the permissions of file and folder.');
  if (code === 'SQLITE_FULL')
    return coded('full', 'the disk is full. What this call would have changed is as it was before. Make room.');
  if (code.startsWith('SQLITE_IOERR'))
    return coded('disk', `the disk failed (${text}). What this call would have changed is as before.`);
  if (code.startsWith('SQLITE_CANTOPEN') || /Unable to open connection/.test(text)) {
    return coded(
      'not-opened',
      'it cannot be opened. Check that the folder exists and that file and folder may be read and written.',
    );
  }
  return error;
}

/** What an error of PostgreSQL or of the way to it means; `location` is without a password. */
export function postgresError(error: unknown, location: string): unknown {
  if (error instanceof MessierError) return error;
  const code = codeOf(error);
  const text = textOf(error);
  const coded = (problem: string, message: string): MessierError =>
    new MessierError(`catalogue/${problem}`, `${location}: ${message}`, { cause: error });
  if (
    [
      'ECONNREFUSED',
      'ENOTFOUND',
      'EAI_AGAIN',
      'EHOSTUNREACH',
      'ENETUNREACH',
      'ETIMEDOUT',
      'ECONNRESET',
      'EPIPE',
      'ENOENT',
    ].includes(code)
  ) {
    return coded('unreachable', `no server answers (${code}). Check host and port in DATABASE_URL, and that PostgreSQL runs.`);
  }
  if (/timeout exceeded when trying to connect|Connection terminated/.test(text)) {
    return coded(
      'unreachable',
      `the server does not answer (${text}). Check host and port in DATABASE_URL, and that PostgreSQL runs.`,
    );
  }
  if (code.startsWith('57P') || code.startsWith('08')) {
    return coded(
      'unreachable',
      `the server ended the connection (${text}). What this call would have changed is as before. Try again.`,
    );
  }
  if (code.startsWith('28') || /password/i.test(text)) {
    return coded('login', 'the server refuses this user or password. Check them in DATABASE_URL.');
  }
  if (code === '3D000') return coded('not-a-database', 'the server has no database of this name. Make it: createdb NAME.');
  if (code === '42501')
    return coded('read-only', `this user may not do that (${text}). Grant it the right to create and to write.`);
  if (code === '25006') return coded('read-only', 'this server, or this user, may only read. Give the primary server.');
  if (code === '53100')
    return coded('full', "the server's disk is full. What this call would have changed is as before. Make room.");
  if (code === '53300') return coded('busy', 'the server has no free connection. Try again, or raise max_connections.');
  if (code === '55P03') return coded('busy', 'others kept writing to it. Try again when they have finished.');
  return error;
}
