import { MessierError } from '../core/errors.js';
import { isForGood, isSilent, isUnreachable, stops } from './collect-codes.js';
import { plainLine } from './collect-item.js';
import type { Tally } from './collect-tally.js';
import type { CollectWriter } from './collect-writer.js';
import type { CollectOptions, Offer } from './source.js';

/** Pictures in a row that can't be fetched: the network or the server is down. */
const mostFailures = 5;
/** Refusals that get a line of news each. */
const mostLines = 5;

/** What is left out, and when nothing more can be had. */
export class Refuser {
  private failures = 0;
  private lines = 0;
  private lastSilence: MessierError | undefined;

  constructor(
    private readonly source: string,
    private readonly tally: Tally,
    private readonly writer: Pick<CollectWriter, 'refuse'>,
    private readonly log: CollectOptions['log'],
  ) {}

  /**
   * What `see` gives; `undefined` where it finds that this picture is to be left out: for good, unless its item is known.
   *
   * @throws What `see` throws to end the collection; `collect/unreachable` where picture after picture can't be fetched.
   */
  async look<T>(offer: Offer, see: () => Promise<T>, { isKnown }: { readonly isKnown: boolean }): Promise<T | undefined> {
    try {
      return await see();
    } catch (error) {
      if (!(error instanceof MessierError) || stops(error.code)) throw error;
      this.failures = isUnreachable(error.code) ? this.failures + 1 : 0;
      if (this.failures >= mostFailures) {
        const problem = `${this.failures} pictures in a row can't be fetched. The last: ${error.message}`;
        throw new MessierError('collect/unreachable', `${problem} Start again later: it goes on there.`, { cause: error });
      }
      this.count(offer, error);
      const { code, message: reason } = error;
      const { source } = this;
      if (isForGood(code) && !isKnown) await this.writer.refuse({ source, sourceId: offer.sourceId, code, reason });
      return undefined;
    }
  }

  /** A picture came. */
  came(): void {
    this.failures = 0;
  }

  count({ sourceId }: Offer, error: MessierError): void {
    const { code, message } = error;
    if (isSilent([code])) this.lastSilence = error;
    this.tally.refuse(code);
    this.lines++;
    if (this.lines <= mostLines) this.log?.(`Left out ${plainLine(sourceId)}: ${plainLine(message)} [${code}]`);
    else if (this.lines === mostLines + 1) this.log?.('Left out more; they are counted.');
  }

  /** At the end. @throws MessierError `collect/unreachable` where everything was asked for in vain. */
  check(): void {
    if (!this.tally.isSilent) return;
    const problem = `Nothing that was asked for can be reached. The last: ${(this.lastSilence?.message ?? '').replace(/\.?$/, '.')}`;
    throw new MessierError('collect/unreachable', `${problem} Check the network and start again.`, { cause: this.lastSilence });
  }
}
