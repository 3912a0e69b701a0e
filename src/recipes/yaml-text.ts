import { LineCounter, parseDocument, Parser, type CST, type Document } from 'yaml';
import { MessierError } from '../core/errors.js';

/** A YAML text, as plain values and with the places they stand at. */
export interface YamlText {
  readonly document: Document;
  readonly value: unknown;
  /** `file:line:column` of an offset. */
  readonly place: (offset: number) => string;
}

/** Mistakes that a message names. */
const mostNamed = 10;
/** Lists and maps within one another: near the end of the stack, where regular expressions are compiled, V8 ends the process. */
const mostNested = 100;

/**
 * Reads YAML: bounded in what aliases may multiply and brackets may nest.
 *
 * @param file Name of the file, for the messages.
 * @throws MessierError `code` for text that is no YAML.
 */
export function readYaml(text: string, file: string, code: 'recipe/syntax' | 'votes/syntax'): YamlText {
  const refused = (problem: string, cause?: unknown) => new MessierError(code, `This is not valid YAML:\n${problem}`, { cause });
  const lines = new LineCounter();
  const place = (offset: number): string => {
    const { line, col } = lines.linePos(offset);
    return `${file}:${line}:${col}`;
  };
  if (isDeep(text)) throw refused(`${file}: lists and maps are nested more than ${mostNested} deep`);
  try {
    const document = parseDocument(text, { lineCounter: lines, prettyErrors: false, uniqueKeys: true });
    if (document.errors.length === 0) return { document, value: document.toJS({ maxAliasCount: 100 }), place };
    const mistakes = document.errors.slice(0, mostNamed).map(({ pos, message }) => `${place(pos[0])} ${message}`);
    throw refused(mistakes.join('\n'));
  } catch (error) {
    // Aliases that multiply.
    throw error instanceof MessierError
      ? error
      : refused(`${file}: ${error instanceof Error ? error.message : String(error)}`, error);
  }
}

/** Without recursion, unlike all that follows. */
function isDeep(text: string): boolean {
  const left: { readonly token: CST.Token; readonly depth: number }[] = [];
  for (const token of new Parser().parse(text)) left.push({ token, depth: 0 });
  for (let next = left.pop(); next; next = left.pop()) {
    const { token, depth } = next;
    if (depth > mostNested) return true;
    const inside =
      token.type === 'document'
        ? [token.value]
        : 'items' in token
          ? token.items.flatMap((item): (CST.Token | null | undefined)[] => [item.key, item.value])
          : [];
    for (const one of inside) if (one) left.push({ token: one, depth: depth + 1 });
  }
  return false;
}
