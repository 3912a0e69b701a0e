import { describe, expect, it } from 'vitest';
import { learnVocabulary } from '../text/index.js';
import { networkOf, reading } from './network.js';
import { parseRecipe } from './parse.js';

describe('the network of a recipe of texts', () => {
  it('keeps its branches where it reads less', () => {
    const recipe = parseRecipe('name: mine\ninputs: both\npixels: { size: 32 }', 'mine.yaml');
    const pipeline = learnVocabulary(['A spiral galaxy'], { length: 4 });
    const shapes = (inputs: 'image' | 'text' | 'both') => {
      const { graph } = networkOf(reading(recipe, inputs), { outputs: 3, pipeline: inputs === 'image' ? undefined : pipeline });
      return [...graph.initializers]
        .filter(([name]) => /^(conv|dense1|embedding|lstm)/.test(name))
        .map(([name, { dims }]) => [name, dims] as const);
    };
    const both = shapes('both');
    expect(new Map(shapes('image')).size).toBe(8);
    expect(new Map(both)).toEqual(new Map([...shapes('image'), ...shapes('text')]));
  });
});
