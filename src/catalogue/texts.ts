/**
 * A text as both databases keep it: NUL characters, which PostgreSQL refuses, and halves of surrogate pairs, which are no characters, become U+FFFD.
 * Everything else stays, HTML and control characters included; who shows it takes care.
 */
export function storedText(text: string): string {
  // Most texts have neither, which is seen without reading them by characters.
  return /[\0\uD800-\uDFFF]/.test(text) ? text.replace(/\0|\p{Surrogate}/gu, '\uFFFD') : text;
}
