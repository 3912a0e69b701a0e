import type { TextPipeline } from '../text/index.js';
import type { Prepared } from './prepare.js';
import type { Pretrained } from './pretrained.js';
import type { RunOptions } from './run-options.js';
import type { Recipe } from './schema.js';

/** What a run learns from, all of it determined. */
export interface Lesson {
  readonly recipe: Recipe;
  readonly prepared: Prepared;
  /** Where texts are read. */
  readonly pipeline?: TextPipeline | undefined;
  readonly pretrained?: Pretrained | undefined;
}

/** What `learn` needs besides the lesson. */
export type LearnOptions = Pick<RunOptions, 'folder' | 'resume' | 'threads' | 'onEpoch' | 'onNotice' | 'progress' | 'signal'>;
