import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { afterAll, describe, expect, it } from 'vitest';
import { changeRecipe, loadRecipe, recipeNames } from './library.js';
import { parseRecipe } from './parse.js';
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

describe('loadRecipe with changes', () => {
  const file = join(mkdtempSync(join(tmpdir(), 'messier-recipe-')), 'mine.yaml');
  writeFileSync(file, 'name: mine\ntransfer: { mode: features }\n');
  afterAll(() => rmSync(dirname(file), { recursive: true }));

  it('asks that it is whole with them, not before', () => {
    expect(() => loadRecipe(file)).toThrow(/mine\.yaml:2:11 transfer: pretrained weights are needed/);
    expect(() => loadRecipe(file, { training: { epochs: 2 } })).toThrow(/pretrained weights are needed/);
    expect(loadRecipe(file, { model: { weights: 'a.onnx' } }).recipe.model.weights).toBe('a.onnx');
  });

  it.each(['name: mine\ntraining: 3\n', '3', '', 'name: mine\nmodel:\n', 'name: mine\ntext: &a {}\ntraining: *a\n'])(
    'tells that %j cannot be changed',
    (text) => {
      writeFileSync(file, text);
      expect(() => loadRecipe(file, { model: { weights: 'a.onnx' }, training: { epochs: 2 } })).toThrow(
        expect.objectContaining({ code: 'recipe/invalid' }),
      );
    },
  );
});

describe('changeRecipe', () => {
  const loaded = loadRecipe('galaxy-shapes');

  it('changes recipe and text alike, and keeps the comments', () => {
    const { recipe, text } = changeRecipe(loaded, { training: { epochs: 2, seed: 7 } });
    expect(recipe).toEqual({ ...loaded.recipe, training: { ...loaded.recipe.training, epochs: 2, seed: 7 } });
    expect(parseRecipe(text, 'copy.yaml')).toEqual(recipe);
    expect(text).toContain('# Pictures are turned and mirrored at will');
  });

  it('makes the section where the recipe has none, and leaves a recipe alone where nothing is asked', () => {
    const text = 'name: mine\n';
    const mine = { recipe: parseRecipe(text, 'mine.yaml'), text, path: 'mine.yaml' };
    expect(changeRecipe(mine, { training: { epochs: 3 } }).recipe.training.epochs).toBe(3);
    expect(changeRecipe(mine, { training: { epochs: undefined } })).toBe(mine);
  });

  it('puts a column of labels in place of keywords', () => {
    const hybrid = loadRecipe('apod-hybrid');
    const { data } = changeRecipe(hybrid, { data: { labelColumn: 'kind' } }).recipe;
    expect(hybrid.recipe.data.keywords).toBeDefined();
    expect(data).toMatchObject({ labelColumn: 'kind', textColumn: 'explanation' });
    expect(data.keywords).toBeUndefined();
  });

  it('tells a value that no recipe may have with its place', () => {
    expect(() => changeRecipe(loaded, { training: { epochs: 1_000_000 } })).toThrow(
      /galaxy-shapes\.yaml:\d+:\d+ training\.epochs: at most/,
    );
  });
});
