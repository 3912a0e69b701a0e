import { MessierError } from '../../core/errors.js';

/** Counts requests against a limit. */
export class Budget {
  used = 0;

  constructor(private readonly limit = Infinity) {}

  /**
   * Takes one request.
   *
   * @throws MessierError `collect/budget` where none is left.
   */
  take(): void {
    if (this.used >= this.limit) {
      throw new MessierError(
        'collect/budget',
        `All ${this.limit} requests of the budget are used up. What has come is kept; start again to go on there, or allow more.`,
      );
    }
    this.used++;
  }
}
