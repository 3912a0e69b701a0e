import { readdirSync, readFileSync, statSync } from 'node:fs';
import { basename } from 'node:path';
import { fileURLToPath } from 'node:url';
import { isMap, parseDocument } from 'yaml';
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
 * A recipe of the package by its name, or any by its path (a name that ends in `.yaml` or `.yml`, or holds a slash). With `changes` as
 * {@link changeRecipe} makes them: only then must it be whole, so that a recipe may leave weights to the command line.
 *
 * @throws MessierError `recipe/unknown` for a name that is not in the package, `recipe/file` for a file that can't be read, and what
 * parseRecipe throws.
 */
export function loadRecipe(nameOrPath: string, changes: RecipeChanges = {}): LoadedRecipe {
  const isPath = /[/\\]|[.]ya?ml$/i.test(nameOrPath);
  if (!isPath && !recipeNames().includes(nameOrPath)) {
    throw new MessierError(
      'recipe/unknown',
      `No recipe "${nameOrPath}". There are ${recipeNames().join(', ')}; for one of your own give the path of its .yaml file.`,
    );
  }
  const path = isPath ? nameOrPath : `${folder}${nameOrPath}.yaml`;
  const text = readText(path);
  return asRead({ text, path }, changes) ?? changed({ text, path }, changes);
}

/** The recipe as it stands in the file, changed; `undefined` where it is not valid and something is to be changed. */
function asRead({ text, path }: Source, changes: RecipeChanges): LoadedRecipe | undefined {
  try {
    return changeRecipe({ recipe: parseRecipe(text, basename(path)), text, path }, changes);
  } catch (error) {
    if (error instanceof MessierError && error.code === 'recipe/invalid' && askedOf(changes).length > 0) return undefined;
    throw error;
  }
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
  return askedOf(changes).length === 0 ? loaded : changed(loaded, changes);
}

/** A recipe that is not parsed yet. */
type Source = Pick<LoadedRecipe, 'text' | 'path'>;

function askedOf(changes: RecipeChanges): { readonly path: readonly [string, string]; readonly value: unknown }[] {
  return Object.entries(changes).flatMap(([section, values]) =>
    Object.entries(values as Record<string, unknown>).flatMap(([key, value]) =>
      value === undefined ? [] : [{ path: [section, key] as const, value }],
    ),
  );
}

function changed({ text, path }: Source, changes: RecipeChanges): LoadedRecipe {
  const document = parseDocument(text);
  for (const one of askedOf(changes)) {
    const [section] = one.path;
    if (!isMap(document.contents) || (document.has(section) && !isMap(document.get(section, true)))) {
      // Where this does not throw, the section is an alias of another.
      parseRecipe(text, basename(path));
      throw new MessierError('recipe/invalid', `${basename(path)}: "${section}" stands elsewhere; write it out to change it.`);
    }
    document.setIn(one.path, one.value);
  }
  if (changes.data?.labelColumn !== undefined) document.deleteIn(['data', 'keywords']);
  const other = document.toString({ lineWidth: 0 });
  return { recipe: parseRecipe(other, basename(path)), text: other, path };
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
