/** How names of archives are judged. Nothing is written under them; a name that leads out of its folder is a sign of bad intent all the same. */

/** Characters of a name that is read. */
const longest = 1024;

/** A name with forward slashes, or why it is refused. */
export type JudgedName = { readonly name: string } | { readonly code: string; readonly reason: string };

/**
 * Refuses names that are absolute, have a drive letter, lead upwards, hold NUL or are very long. Backslashes are the separators of some Windows
 * programs and count as such; `./` and doubled slashes fall away.
 */
export function judgeName(raw: string): JudgedName {
  const name = raw.replaceAll('\\', '/');
  const refuse = (reason: string) => ({ code: 'archive/path', reason });
  if (raw.includes('\0')) return refuse('Its name holds a NUL character.');
  if (raw.length > longest) return refuse(`Its name has ${raw.length} characters; up to ${longest} are read.`);
  if (name.startsWith('/') || /^[a-z]:/i.test(name))
    return refuse('Its name is absolute; names within the archive are expected.');
  const parts = name.split('/').filter((part) => part !== '' && part !== '.');
  if (parts.includes('..')) return refuse('Its name leads out of the folder of the archive.');
  if (parts.length === 0) return refuse('It has no name.');
  return { name: parts.join('/') };
}

/**
 * The beginning of a refused name, by which it is told. A copy: a part of a long string keeps all of it in memory, and a small archive may hold
 * thousands of names of a megabyte.
 */
export const refusedName = (raw: string): string => (raw.length > longest ? Buffer.from(raw.slice(0, longest)).toString() : raw);
