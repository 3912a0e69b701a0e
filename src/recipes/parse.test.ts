import { describe, expect, it } from 'vitest';
import { MessierError } from '../core/errors.js';
import { parseRecipe } from './parse.js';

function mistake(text: string): MessierError {
  try {
    parseRecipe(text, 'mine.yaml');
  } catch (error) {
    if (error instanceof MessierError) return error;
    throw error;
  }
  throw new Error('The recipe was taken.');
}

describe('parseRecipe', () => {
  it('fills in every default', () => {
    const recipe = parseRecipe('name: mine', 'mine.yaml');
    expect(recipe.split).toEqual({ train: 0.7, validation: 0.1, test: 0.2, seed: 1, nearDuplicates: true });
    expect(recipe.training.optimizer).toEqual({ name: 'adamW', rate: 0.001 });
    expect(recipe.pixels.stretch.kind).toBe('asinh');
  });

  it('tells the place, what is allowed and what is there', () => {
    const { code, message } = mistake('name: mine\ntraining:\n  epochs: 3\n  optimizer:\n    name: adan\n');
    expect(code).toBe('recipe/invalid');
    expect(message).toContain(
      'mine.yaml:5:11 training.optimizer.name: one of "adam", "adamW", "sgd", "rmsProp" expected, "adan" received.',
    );
  });

  it('tells every mistake at once', () => {
    const { message } = mistake('name: mine\npixels:\n  size: 4\n  crop: 2\ntraining:\n  epochs: many\n');
    expect(message).toContain('mine.yaml:3:9 pixels.size: at least 8 expected, 4 received.');
    expect(message).toContain('mine.yaml:4:9 pixels.crop: at most 1 expected, 2 received.');
    expect(message).toContain('mine.yaml:6:11 training.epochs: number expected, "many" received.');
  });

  it('tells which keys are known where one is not', () => {
    const { message } = mistake('name: mine\naugment:\n  rotat: 90\n');
    expect(message).toMatch(/mine\.yaml:3:\d+ augment\.rotat: unknown key\. Allowed here: rotate, flip, .*perClass\./);
  });

  it('tells what alternatives there are', () => {
    expect(mistake('name: mine\naugment: { rotate: half }\n').message).toContain(
      'augment.rotate: number or "quarter" expected, "half" received.',
    );
  });

  it('points at the section where a key is missing', () => {
    expect(mistake('description: no name\n').message).toContain('mine.yaml:1:1 name: string expected, nothing received.');
  });

  it('holds the shares of a split to 1', () => {
    expect(mistake('name: mine\nsplit: { train: 0.9, validation: 0.1, test: 0.1 }\n').message).toContain(
      'mine.yaml:2:8 split: train, validation and test add up to 1',
    );
  });

  it('wants pictures to judge on, and an architecture that exists', () => {
    expect(mistake('name: mine\nsplit: { train: 1, validation: 0, test: 0 }\n').message).toContain('something to judge on');
    expect(mistake('name: mine\nmodel: { name: galaxy-cn }\n').message).toMatch(
      /mine\.yaml:2:16 model\.name: one of .*galaxy-cnn.* expected, "galaxy-cn" received\./,
    );
  });

  it('refuses a crop that needs larger pictures than are kept', () => {
    expect(mistake('name: mine\npixels: { size: 2048, crop: 0.01 }\n').message).toContain('pixels.crop: pictures of size / crop');
  });

  it.each([
    ['a tab', 'name: mine\ntraining:\n\tepochs: 3\n'],
    ['a key twice', 'name: mine\nname: yours\n'],
    ['an open bracket', 'name: [mine\n'],
  ])('refuses %s with its place', (_, text) => {
    const { code, message } = mistake(text);
    expect(code).toBe('recipe/syntax');
    expect(message).toMatch(/mine\.yaml:\d+:\d+ /);
  });

  it.each(['[', '{a: ', '- ', '? ', '[{a: '])('refuses %j within one another, deeper than any stack', (opening) => {
    const { code, message } = mistake(`name: mine\ndata:\n  ${opening.repeat(100_000)}`);
    expect(code).toBe('recipe/syntax');
    expect(message).toContain('more than 100 deep');
  });

  it('refuses maps within maps without end', () => {
    const lines = Array.from({ length: 1300 }, (_, depth) => `${' '.repeat(depth)}a:`);
    expect(mistake(lines.join('\n')).message).toContain('more than 100 deep');
  });

  it('refuses aliases that multiply', () => {
    const rows = Array.from({ length: 12 }, (_, n) => `a${n + 1}: &a${n + 1} [${Array(9).fill(`*a${n}`).join(', ')}]`);
    expect(mistake(`a0: &a0 [x]\n${rows.join('\n')}\n`).code).toBe('recipe/syntax');
  });

  it.each(['', '3', '- a list', 'null'])('refuses %j, which is no recipe', (text) => {
    expect(mistake(text).code).toBe('recipe/invalid');
  });

  it('refuses a text that is too long', () => {
    expect(mistake(`name: mine #${'x'.repeat(1_000_000)}`).code).toBe('recipe/limit');
  });
});
