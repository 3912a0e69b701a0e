import { basename } from 'node:path';
import { isMap, parseDocument } from 'yaml';
import { MessierError } from '../core/errors.js';
import { parseRecipe, type LoadedRecipe, type RecipeText } from './parse.js';

/** What one place of a recipe becomes. */
export interface RecipeEdit {
  /** Keys from the outside in: `['transfer', 'mode']`. */
  readonly path: readonly string[];
  /** Plain JSON; `undefined` takes the place out. */
  readonly value: unknown;
}

/**
 * The recipe with other values anywhere, in its text too. Only then must it be whole.
 *
 * @throws MessierError `recipe/invalid` also for a section that is an alias of another; what parseRecipe throws.
 *
 * @example
 * editRecipe(loadRecipe('cosmic-morphology'), [{ path: ['transfer', 'mode'], value: 'all' }])
 */
export function editRecipe({ text, path: file }: RecipeText, edits: readonly RecipeEdit[]): LoadedRecipe {
  const name = basename(file);
  const document = parseDocument(text);
  for (const { path, value } of edits) {
    const [section] = path;
    const isInside = path.length > 1 && document.has(section);
    if (!isMap(document.contents) || (isInside && !isMap(document.get(section, true)))) {
      // Where this does not throw, the section is an alias of another.
      parseRecipe(text, name);
      throw new MessierError('recipe/invalid', `${name}: "${section ?? ''}" stands elsewhere; write it out to change it.`);
    }
    if (value !== undefined) document.setIn(path, document.createNode(value));
    else if (document.hasIn(path)) document.deleteIn(path);
  }
  const edited = edits.length === 0 ? text : document.toString({ lineWidth: 0 });
  return { recipe: parseRecipe(edited, name), text: edited, path: file };
}
