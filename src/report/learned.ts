import type { EpochRecord } from '../train/types.js';
import type { Noun } from './types.js';
import { count, counted, figure, percent } from './format.js';

/** Training accuracy this far above validation is worth a word. */
const memorized = 0.1;

/** How long training took, and whether it learned by heart: a sentence above the learning curves. */
export function learned(history: readonly EpochRecord[], noun: Noun = 'picture'): string {
  const last = history.at(-1);
  const seconds = history.reduce((sum, epoch) => sum + epoch.seconds, 0);
  const pace = `${counted(history.length, 'epoch')} in ${duration(seconds)}, ${count(last?.imagesPerSecond ?? NaN)} ${noun}s a second at the end.`;
  const validation = last?.validation?.['accuracy'];
  const training = last?.accuracy;
  // Of votes, accuracy is that of the first question alone.
  if (last?.validation?.['rmse'] !== undefined) return pace;
  if (training === undefined || validation === undefined || training - validation <= memorized) return pace;
  return `${pace} In the last epoch it was right on ${percent(training)} of the training ${noun}s but ${percent(validation)} of the validation ${noun}s: it partly learned them by heart.`;
}

function duration(seconds: number): string {
  if (seconds < 120) return `${figure(seconds).replace(/\.?0+$/, '')} s`;
  return seconds < 7200 ? `${(seconds / 60).toFixed(1)} min` : `${(seconds / 3600).toFixed(1)} h`;
}
