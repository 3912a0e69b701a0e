import type { Document } from 'yaml';
import type { z } from 'zod';
import { MessierError } from '../core/errors.js';
import { recipeSchema, type Recipe } from './schema.js';
import { readYaml } from './yaml-text.js';

/** The text of a recipe, and the file it stands in. */
export interface RecipeText {
  readonly text: string;
  readonly path: string;
}

/** A recipe and the text it was read from. */
export interface LoadedRecipe extends RecipeText {
  readonly recipe: Recipe;
}

/** Longest recipe that is read, in characters. */
export const recipeLimit = 1_000_000;

/**
 * Reads a recipe from YAML; defaults are filled in. All mistakes are told at once, each with its place:
 * `galaxies.yaml:12:9 training.optimizer.name: one of "adam", "adamW", "sgd", "rmsProp" expected, "adan" received.`
 *
 * @param file Name of the file, for the messages.
 * @throws MessierError `recipe/syntax` for text that is no YAML, `recipe/invalid` for what the schema forbids, `recipe/limit`.
 */
export function parseRecipe(text: string, file: string): Recipe {
  if (text.length > recipeLimit) {
    throw new MessierError('recipe/limit', `A recipe has at most ${recipeLimit} characters, "${file}" has ${text.length}.`);
  }
  const { document, value, place } = readYaml(text, file, 'recipe/syntax');
  const result = recipeSchema.safeParse(value);
  if (result.success) return result.data;
  const mistakes = result.error.issues.map((issue) => describe(issue, value, (path) => place(offsetOf(document, path))));
  throw new MessierError(
    'recipe/invalid',
    `The recipe is not valid:\n${mistakes.join('\n')}\n"messier recipes --schema" prints what a recipe may say.`,
  );
}

type Path = readonly PropertyKey[];

/** Where the value of a path stands, or the nearest thing around it. */
function offsetOf(document: Document, path: Path): number {
  for (let length = path.length; length >= 0; length--) {
    const node: unknown = document.getIn(path.slice(0, length), true);
    if (typeof node === 'object' && node !== null && 'range' in node && Array.isArray(node.range)) return Number(node.range[0]);
  }
  return 0;
}

const show = (value: unknown): string => (value === undefined ? 'nothing' : JSON.stringify(value).slice(0, 120));

/** One mistake in one line: place, key, what is expected, what is there. */
function describe(issue: z.core.$ZodIssue, whole: unknown, place: (path: Path) => string): string {
  const { path } = issue;
  if (issue.code === 'unrecognized_keys') {
    const allowed = keysAt(path);
    return issue.keys
      .map((key) => `${place([...path, key])} ${[...path, key].join('.')}: unknown key. Allowed here: ${allowed.join(', ')}.`)
      .join('\n');
  }
  const received = path.reduce<unknown>((value, key) => (isRecord(value) ? value[String(key)] : undefined), whole);
  return `${place(path)} ${path.join('.') || 'recipe'}: ${expectation(issue)}, ${show(received)} received.`;
}

const isRecord = (value: unknown): value is Record<string, unknown> => typeof value === 'object' && value !== null;

function expectation(issue: z.core.$ZodIssue): string {
  switch (issue.code) {
    case 'invalid_value':
      return `${issue.values.length > 1 ? 'one of ' : ''}${issue.values.map((value) => show(value)).join(', ')} expected`;
    case 'invalid_type':
      return `${issue.expected === 'int' ? 'a whole number' : issue.expected} expected`;
    case 'too_small':
      return `${issue.inclusive === true ? 'at least' : 'more than'} ${issue.minimum}${unit(issue.origin)} expected`;
    case 'too_big':
      return `${issue.inclusive === true ? 'at most' : 'less than'} ${issue.maximum}${unit(issue.origin)} expected`;
    case 'invalid_union': {
      const parts = issue.errors.flatMap((branch) =>
        branch.slice(0, 1).map((inner) => expectation(inner).replace(/ expected$/, '')),
      );
      return `${[...new Set(parts)].join(' or ')} expected`;
    }
    default:
      return issue.message;
  }
}

const unit = (origin: string): string => (origin === 'string' ? ' characters' : origin === 'array' ? ' entries' : '');

/** The keys that the schema knows at a path. */
function keysAt(path: Path): string[] {
  let schema: unknown = recipeSchema;
  for (const key of path) schema = shapeOf(schema)?.[String(key)];
  return Object.keys(shapeOf(schema) ?? {});
}

/** The fields of an object schema, also inside defaults and refinements. */
function shapeOf(schema: unknown): Record<string, unknown> | undefined {
  let inner = schema;
  while (isRecord(inner)) {
    if (isRecord(inner['shape'])) return inner['shape'];
    inner = isRecord(inner['def']) ? inner['def']['innerType'] : undefined;
  }
  return undefined;
}
