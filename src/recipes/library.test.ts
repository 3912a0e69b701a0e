import { readFileSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import { loadRecipe, recipeNames } from './library.js';
import { recipeJsonSchema } from './schema.js';

describe('the recipes of the package', () => {
  it.each(recipeNames())('%s is valid and bears its name', (name) => {
    expect(loadRecipe(name).recipe.name).toBe(name);
  });

  it('come with the JSON Schema as it is now: messier recipes --schema > recipes/recipe.schema.json', () => {
    const file = new URL('../../recipes/recipe.schema.json', import.meta.url);
    expect(JSON.parse(readFileSync(file, 'utf8'))).toEqual(JSON.parse(JSON.stringify(recipeJsonSchema())));
  });

  it('are named in the error for one that is not there', () => {
    expect(() => loadRecipe('galaxies')).toThrow(/No recipe "galaxies".*four-galaxies.*path of its \.yaml/);
  });

  it.each(['missing.yaml', './recipes', '../'])('tells that the file %s cannot be read', (path) => {
    expect(() => loadRecipe(path)).toThrow(expect.objectContaining({ code: 'recipe/file' }));
  });
});
