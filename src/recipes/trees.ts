import { readdirSync, readFileSync, statSync } from 'node:fs';
import { basename } from 'node:path';
import { fileURLToPath } from 'node:url';
import { LineCounter, parseDocument } from 'yaml';
import { MessierError } from '../core/errors.js';
import { parseVoteTree, type VoteTree } from '../votes/tree.js';

/** The trees that come with the package; the same path from src/ and from dist/. */
const folder = fileURLToPath(new URL('../../trees/', import.meta.url));

/** Largest file that is read, in bytes. */
export const treeFileLimit = 1_000_000;

/** Names of the trees that come with the package. */
export function treeNames(): string[] {
  return readdirSync(folder)
    .filter((file) => file.endsWith('.yaml'))
    .map((file) => file.slice(0, -'.yaml'.length))
    .sort();
}

/**
 * A tree of the package by its name, or any by its path (a name that ends in `.yaml` or `.yml`, or holds a slash).
 *
 * @throws MessierError `votes/unknown` for a name that is not in the package, `votes/file` for a file that can't be read or is too large,
 * `votes/syntax` for text that is no YAML, and what parseVoteTree throws.
 *
 * @example
 * const tree = loadTree('galaxy-zoo-2');
 */
export function loadTree(nameOrPath: string): VoteTree {
  const isPath = /[/\\]|[.]ya?ml$/i.test(nameOrPath);
  if (!isPath && !treeNames().includes(nameOrPath)) {
    throw new MessierError(
      'votes/unknown',
      `No tree "${nameOrPath}". There are ${treeNames().join(', ')}; for one of your own give the path of its .yaml file.`,
    );
  }
  const path = isPath ? nameOrPath : `${folder}${nameOrPath}.yaml`;
  const file = basename(path);
  return parseVoteTree(plain(readText(path), file), file);
}

/** YAML as plain values. */
function plain(text: string, file: string): unknown {
  const refused = (problem: string, cause?: unknown) =>
    new MessierError('votes/syntax', `This is not valid YAML:\n${problem}`, { cause });
  const lines = new LineCounter();
  try {
    const document = parseDocument(text, { lineCounter: lines, prettyErrors: false, uniqueKeys: true });
    if (document.errors.length === 0) return document.toJS({ maxAliasCount: 100 });
    const mistakes = document.errors.slice(0, 10).map(({ pos, message }) => {
      const { line, col } = lines.linePos(pos[0]);
      return `${file}:${line}:${col} ${message}`;
    });
    throw refused(mistakes.join('\n'));
  } catch (error) {
    // Aliases that multiply, and brackets nested deeper than the stack.
    throw error instanceof MessierError
      ? error
      : refused(`${file}: ${error instanceof Error ? error.message : String(error)}`, error);
  }
}

function readText(path: string): string {
  try {
    const { size } = statSync(path);
    if (size > treeFileLimit) throw new Error(`it has ${size} bytes, a tree at most ${treeFileLimit}`);
    return readFileSync(path, 'utf8');
  } catch (error) {
    const reason = error instanceof Error ? error.message : String(error);
    throw new MessierError('votes/file', `The tree "${path}" can't be read: ${reason}. Check the path.`, { cause: error });
  }
}
