import { readdirSync, readFileSync, statSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { MessierError } from '../core/errors.js';

/** A kind of YAML files of which some come with the package. */
export interface PackagedKind {
  /** In messages: `recipe`, `tree`. */
  readonly noun: string;
  /** Of codes: `area/unknown`, `area/file`. */
  readonly area: 'recipe' | 'votes';
  /** The package's folder of them. */
  readonly folder: 'recipes' | 'trees';
  /** Largest file that is read, in bytes. */
  readonly limit: number;
}

/** The same path from src/ and from dist/. */
const pathOf = ({ folder }: PackagedKind): string => fileURLToPath(new URL(`../../${folder}/`, import.meta.url));

/** Names of those that come with the package. */
export function packagedNames(kind: PackagedKind): string[] {
  return readdirSync(pathOf(kind))
    .filter((file) => file.endsWith('.yaml'))
    .map((file) => file.slice(0, -'.yaml'.length))
    .sort();
}

/**
 * The text of one of the package by its name, or of any by its path (a name that ends in `.yaml` or `.yml`, or holds a slash).
 *
 * @throws MessierError `area/unknown` for a name that is not in the package, `area/file` for a file that can't be read or is too large.
 */
export function readPackaged(nameOrPath: string, kind: PackagedKind): { readonly text: string; readonly path: string } {
  const { noun, area, limit } = kind;
  const isPath = /[/\\]|[.]ya?ml$/i.test(nameOrPath);
  const names = packagedNames(kind);
  if (!isPath && !names.includes(nameOrPath)) {
    throw new MessierError(
      `${area}/unknown`,
      `No ${noun} "${nameOrPath}". There are ${names.join(', ')}; for one of your own give the path of its .yaml file.`,
    );
  }
  const path = isPath ? nameOrPath : `${pathOf(kind)}${nameOrPath}.yaml`;
  try {
    const { size } = statSync(path);
    if (size > limit) throw new Error(`it has ${size} bytes, a ${noun} at most ${limit}`);
    return { text: readFileSync(path, 'utf8'), path };
  } catch (error) {
    const reason = error instanceof Error ? error.message : String(error);
    throw new MessierError(`${area}/file`, `The ${noun} "${path}" can't be read: ${reason}. Check the path.`, { cause: error });
  }
}
