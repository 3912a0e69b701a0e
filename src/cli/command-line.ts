/** How the user called, as a shell takes it. */
export const commandLine = (): string => ['messier', ...process.argv.slice(2)].map(quoted).join(' ');

const quoted = (word: string): string => (/^[\w@%+=:,./-]+$/.test(word) ? word : `'${word.replaceAll("'", `'\\''`)}'`);
