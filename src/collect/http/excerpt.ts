/** Characters of foreign text that messages repeat. */
const longest = 200;

const keys = /([?&;]api[_-]?key=)[^&#\s"'<>]*/gi;

/**
 * Foreign text for a message: its first 200 characters, control and format characters as `\u{1b}`, values of `api_key` and other secrets as `***`.
 */
export function shown(text: string, secrets: readonly string[] = []): string {
  let safe = text.slice(0, 8 * longest).replace(keys, '$1***');
  for (const secret of secrets) if (secret !== '') safe = safe.replaceAll(secret, '***');
  const cut = safe.length > longest ? `${safe.slice(0, longest)}...` : safe;
  return cut.replace(/[\p{C}\p{Zl}\p{Zp}]/gu, (character) => `\\u{${character.codePointAt(0)?.toString(16) ?? ''}}`);
}

/** What must not be repeated of a request: keys in its address and the values of its own headers. */
export function secretsOf(url: URL, headers: Readonly<Record<string, string>> = {}): string[] {
  const inAddress = [...url.searchParams].filter(([name]) => /^api[_-]?key$/i.test(name)).map(([, value]) => value);
  return [...inAddress, ...inAddress.map(encodeURIComponent), ...Object.values(headers)];
}

/** The address without its key. */
export function withoutKey(url: URL): string {
  const plain = new URL(url);
  for (const name of [...plain.searchParams.keys()]) if (/^api[_-]?key$/i.test(name)) plain.searchParams.delete(name);
  return plain.searchParams.size === url.searchParams.size ? url.href : plain.href;
}
