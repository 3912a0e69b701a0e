import { MessierError } from '../../core/errors.js';

/** Pictures in a row that a host fails or refuses to give: it is not asked any more. */
const mostFailures = 5;
/** Hosts that fail while none answers: we have no network. */
const mostHosts = 20;

/**
 * Which hosts of a list are there. Lists hold addresses of many hosts, of which some are gone for good: those must not end the collection, or its
 * rest would never be reached, nor be asked thousands of times.
 */
export class Hosts {
  private readonly failures = new Map<string, number>();
  private hasAnswered = false;

  /**
   * Asks a host, unless it has failed too often.
   *
   * @throws MessierError `urls/unreachable` where this host can't be reached, `collect/unreachable` where none can, `urls/page` for a page in place of a
   * picture, `urls/forbidden`; what `action` throws.
   */
  async ask<T>(url: string, action: () => Promise<T>): Promise<T> {
    const { host } = new URL(url);
    const failures = this.failures.get(host) ?? 0;
    if (failures >= mostFailures) {
      throw new MessierError(
        'urls/unreachable',
        `"${host}" has failed ${failures} times in a row and is not asked any more. Start again later.`,
      );
    }
    try {
      const value = await action();
      this.answered(host);
      return value;
    } catch (error) {
      if (!(error instanceof MessierError)) throw error;
      if (error.code === 'collect/forbidden') {
        // It is there, but may have had enough of us.
        this.hasAnswered = true;
        this.failures.set(host, (this.failures.get(host) ?? 0) + 1);
        throw new MessierError('urls/forbidden', error.message, { cause: error });
      }
      if (error.code !== 'collect/failed') {
        this.answered(host);
        // Many sites say so of what they no longer have: it is no sign that nothing can be fetched.
        if (error.code === 'collect/answer') throw new MessierError('urls/page', error.message, { cause: error });
        throw error;
      }
      this.failures.set(host, (this.failures.get(host) ?? 0) + 1);
      if (this.hasAnswered || this.failures.size < mostHosts) {
        throw new MessierError('urls/unreachable', error.message, { cause: error });
      }
      const problem = `None of the first ${this.failures.size} hosts can be reached. The last: ${error.message}`;
      throw new MessierError('collect/unreachable', `${problem} Start again later: it goes on there.`, { cause: error });
    }
  }

  private answered(host: string): void {
    this.hasAnswered = true;
    this.failures.delete(host);
  }
}
