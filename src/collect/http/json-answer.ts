import type { z } from 'zod';
import { MessierError } from '../../core/errors.js';
import { Passing } from '../retry.js';
import { shown } from './excerpt.js';
import type { Fetched } from './types.js';

/** An answer that is no JSON: an error page, or broken off. Another attempt may bring the right one. */
export class WrongAnswer extends Passing {}

/** Deviations from a schema that a message names. */
const mostIssues = 3;

/**
 * JSON of the shape that a schema describes.
 *
 * @throws WrongAnswer where it is no JSON.
 * @throws MessierError `collect/answer` where it is JSON of another shape, which another attempt won't change.
 */
export function parseAnswer<T>({ bytes, url, type }: Fetched, schema: z.ZodType<T>, secrets: readonly string[]): T {
  const text = new TextDecoder().decode(bytes);
  let value: unknown;
  try {
    value = JSON.parse(text);
  } catch (cause) {
    const kind = type === 'text/html' || /^\s*</.test(text) ? 'a page of HTML' : text === '' ? 'nothing' : 'broken JSON';
    const start = text === '' ? '' : `: "${shown(text, secrets)}"`;
    throw new WrongAnswer(`${kind} came in place of JSON${start}`, undefined, { cause });
  }
  const result = schema.safeParse(value);
  if (result.success) return result.data;
  const issues = result.error.issues
    .slice(0, mostIssues)
    .map(({ path, message }) => `${path.join('.') || 'the whole'}: ${message}`);
  throw new MessierError(
    'collect/answer',
    `"${shown(url, secrets)}" answers in another shape than expected (${shown(issues.join('; '))}): "${shown(text, secrets)}". ` +
      'The service may have changed; a newer version may know how.',
  );
}
