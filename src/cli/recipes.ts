import { z } from 'zod';
import { loadRecipe, recipeNames } from '../recipes/library.js';
import { recipeJsonSchema } from '../recipes/schema.js';
import { defineCommand } from './command.js';

export const command = defineCommand({
  summary: 'List the recipes of the package, print one, or print what a recipe may say.',
  arguments: { '[recipe]': 'name of a recipe, or path of a .yaml file to check' },
  options: z.strictObject({
    schema: z.boolean().default(false).describe('print the JSON Schema of recipes, for editors'),
  }),
  details: `A recipe says which data, split, pixels, augmentation, model, training and evaluation. To make your own, print one into a file, change it
and give its path to "messier train". With --json, a recipe is printed with every default filled in.`,
  examples: [
    ['messier recipes', 'names and what they do'],
    ['messier recipes pictures > mine.yaml', 'a copy to change'],
    ['messier recipes mine.yaml --json', 'check it and see every default'],
    ['messier recipes --schema > recipe.schema.json', 'for the YAML support of an editor'],
  ],
  run([name], { schema }) {
    if (schema) {
      const described = recipeJsonSchema();
      return Promise.resolve({ data: described, text: JSON.stringify(described, undefined, 2) });
    }
    if (name !== undefined) {
      const { recipe, text } = loadRecipe(name);
      return Promise.resolve({ data: recipe, text: text.trimEnd() });
    }
    const all = recipeNames().map((each) => loadRecipe(each).recipe);
    const width = Math.max(...all.map((recipe) => recipe.name.length));
    return Promise.resolve({
      data: { recipes: all.map(({ name: recipeName, description }) => ({ name: recipeName, description })) },
      text: all.map((recipe) => `${recipe.name.padEnd(width)}  ${recipe.description}`).join('\n'),
    });
  },
});
