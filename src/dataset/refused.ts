import { MessierError } from '../core/errors.js';

export function refused(problem: string): MessierError {
  return new MessierError('dataset/batches', `Batches: ${problem}.`);
}
