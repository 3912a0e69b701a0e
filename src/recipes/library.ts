import { readdirSync, readFileSync, statSync } from 'node:fs';
import { basename } from 'node:path';
import { fileURLToPath } from 'node:url';
import { parseDocument } from 'yaml';
import { MessierError } from '../core/errors.js';
import { parseRecipe, recipeLimit } from './parse.js';
import type { Recipe } from './schema.js';

/** The recipes that come with the package; the same path from src/ and from dist/. */
const folder = fileURLToPath(new URL('../../recipes/', import.meta.url));

/** A recipe and the text it was read from. */
export interface LoadedRecipe {
  readonly recipe: Recipe;
  readonly text: string;
  /** The file. */
  readonly path: string;
}

/** Names of the recipes that come with the package. */
export function recipeNames(): string[] {
  return readdirSync(folder)
    .filter((file) => file.endsWith('.yaml'))
    .map((file) => file.slice(0, -'.yaml'.length))
    .sort();
}

/**
 * A recipe of the package by its name, or any by its path (a name that ends in `.yaml` or `.yml`, or holds a slash).
 *
 * @throws MessierError `recipe/unknown` for a name that is not in the package, `recipe/file` for a file that can't be read, and what
 * parseRecipe throws.
 */
export function loadRecipe(nameOrPath: string): LoadedRecipe {
  const isPath = /[/\\]|[.]ya?ml$/i.test(nameOrPath);
  if (!isPath && !recipeNames().includes(nameOrPath)) {
    throw new MessierError(
      'recipe/unknown',
      `No recipe "${nameOrPath}". There are ${recipeNames().join(', ')}; for one of your own give the path of its .yaml file.`,
    );
  }
  const path = isPath ? nameOrPath : `${folder}${nameOrPath}.yaml`;
  const text = readText(path);
  return { recipe: parseRecipe(text, basename(path)), text, path };
}

/** What a recipe may be told on the command line, by section. */
export interface RecipeChanges {
  readonly data?: Partial<Readonly<Record<'imageColumn' | 'labelColumn' | 'groupColumn' | 'textColumn', string | undefined>>>;
  readonly training?: Partial<Readonly<Record<'epochs' | 'seed', number | undefined>>>;
  readonly model?: Partial<Readonly<Record<'name' | 'weights', string | undefined>>>;
  readonly transfer?: Partial<Readonly<Record<'mode', string | undefined>>>;
}

/**
 * The recipe with other values, in its text too: so the copy in a run's folder says what was done. A column of labels stands in place of the
 * recipe's keywords. Throws what parseRecipe throws.
 */
export function changeRecipe(loaded: LoadedRecipe, changes: RecipeChanges): LoadedRecipe {
  const asked = Object.entries(changes).flatMap(([section, values]) =>
    Object.entries(values as Record<string, unknown>).flatMap(([key, value]) =>
      value === undefined ? [] : [{ path: [section, key], value }],
    ),
  );
  if (asked.length === 0) return loaded;
  const document = parseDocument(loaded.text);
  for (const { path, value } of asked) document.setIn(path, value);
  if (changes.data?.labelColumn !== undefined) document.deleteIn(['data', 'keywords']);
  const text = document.toString({ lineWidth: 0 });
  return { ...loaded, recipe: parseRecipe(text, basename(loaded.path)), text };
}

function readText(path: string): string {
  try {
    const { size } = statSync(path);
    if (size > recipeLimit) throw new Error(`it has ${size} bytes, a recipe at most ${recipeLimit}`);
    return readFileSync(path, 'utf8');
  } catch (error) {
    const reason = error instanceof Error ? error.message : String(error);
    throw new MessierError('recipe/file', `The recipe "${path}" can't be read: ${reason}. Check the path.`, { cause: error });
  }
}
