import { basename } from 'node:path';
import { parseVoteTree, type VoteTree } from '../votes/tree.js';
import { packagedNames, readPackaged, type PackagedKind } from './packaged.js';
import { readYaml } from './yaml-text.js';

/** Largest file that is read, in bytes. */
export const treeFileLimit = 1_000_000;

const trees: PackagedKind = { noun: 'tree', area: 'votes', folder: 'trees', limit: treeFileLimit };

/** Names of the trees that come with the package. */
export const treeNames = (): string[] => packagedNames(trees);

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
  const { text, path } = readPackaged(nameOrPath, trees);
  const file = basename(path);
  return parseVoteTree(readYaml(text, file, 'votes/syntax').value, file);
}
