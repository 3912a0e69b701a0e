import { basename } from 'node:path';
import { parseDocument } from 'yaml';
import type { LoadedRecipe } from './library.js';
import { parseRecipe } from './parse.js';

/** What one place of a recipe becomes. */
export interface RecipeEdit {
  /** Keys from the outside in: `['transfer', 'mode']`. */
  readonly path: readonly string[];
  /** Plain JSON; `undefined` takes the place out. */
  readonly value: unknown;
}

/**
 * The recipe with other values anywhere, in its text too. Throws what parseRecipe throws.
 *
 * @example
 * editRecipe(loadRecipe('cosmic-morphology'), [{ path: ['transfer', 'mode'], value: 'all' }])
 */
export function editRecipe(loaded: LoadedRecipe, edits: readonly RecipeEdit[]): LoadedRecipe {
  if (edits.length === 0) return loaded;
  const document = parseDocument(loaded.text);
  for (const { path, value } of edits) {
    if (value === undefined) document.deleteIn(path);
    else document.setIn(path, document.createNode(value));
  }
  const text = document.toString({ lineWidth: 0 });
  return { ...loaded, recipe: parseRecipe(text, basename(loaded.path)), text };
}
