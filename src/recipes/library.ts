import { basename } from 'node:path';
import { MessierError } from '../core/errors.js';
import { editRecipe, type RecipeEdit } from './edit-recipe.js';
import { packagedNames, readPackaged, type PackagedKind } from './packaged.js';
import { parseRecipe, recipeLimit, type LoadedRecipe, type RecipeText } from './parse.js';

export type { LoadedRecipe } from './parse.js';

const recipes: PackagedKind = { noun: 'recipe', area: 'recipe', folder: 'recipes', limit: recipeLimit };

/** Names of the recipes that come with the package. */
export const recipeNames = (): string[] => packagedNames(recipes);

/**
 * A recipe of the package by its name, or any by its path (a name that ends in `.yaml` or `.yml`, or holds a slash). With `changes` as
 * {@link changeRecipe} makes them: only then must it be whole, so that a recipe may leave weights to the command line.
 *
 * @throws MessierError `recipe/unknown` for a name that is not in the package, `recipe/file` for a file that can't be read, and what
 * parseRecipe throws.
 */
export function loadRecipe(nameOrPath: string, changes: RecipeChanges = {}): LoadedRecipe {
  const source = readPackaged(nameOrPath, recipes);
  return asRead(source, changes) ?? changed(source, changes);
}

/** The recipe as it stands in the file, changed; `undefined` where it is not valid and something is to be changed. */
function asRead({ text, path }: RecipeText, changes: RecipeChanges): LoadedRecipe | undefined {
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

function askedOf(changes: RecipeChanges): RecipeEdit[] {
  return Object.entries(changes).flatMap(([section, values]) =>
    Object.entries(values as Record<string, unknown>).flatMap(([key, value]) =>
      value === undefined ? [] : [{ path: [section, key], value }],
    ),
  );
}

function changed(source: RecipeText, changes: RecipeChanges): LoadedRecipe {
  const keywords = changes.data?.labelColumn === undefined ? [] : [{ path: ['data', 'keywords'], value: undefined }];
  return editRecipe(source, [...askedOf(changes), ...keywords]);
}
