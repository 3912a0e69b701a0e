import { MessierError } from '../core/errors.js';
import type { Collected, CollectOptions, Source } from './source.js';

/** One run of `collect`. */
export class Collector {
  constructor(
    private readonly source: Source,
    private readonly options: CollectOptions,
  ) {}

  run(): Promise<Collected> {
    return Promise.reject(new MessierError('collect/option', `"${this.source.name}", ${Object.keys(this.options).join()}: soon.`));
  }
}
