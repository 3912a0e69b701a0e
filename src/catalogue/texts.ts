/**
 * A text as both databases keep it: NUL characters, which PostgreSQL refuses, and halves of surrogate pairs, which are no characters, become U+FFFD.
 * Everything else stays, HTML and control characters included; who shows it takes care.
 */
export const storedText = (text: string): string => text.replace(/\0|\p{Surrogate}/gu, '\uFFFD');
