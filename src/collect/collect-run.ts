import { availableParallelism } from 'node:os';
import { setImmediate } from 'node:timers/promises';
import { unsaid } from '../catalogue/arrivals.js';
import { catalogueLimits, checkedLabel, checkedName } from '../catalogue/new-item.js';
import type { Label, NewLabel } from '../catalogue/types.js';
import { MessierError } from '../core/errors.js';
import { isForGood, isUnreachable, stops } from './collect-codes.js';
import { classOf, itemOf, plainLine } from './collect-item.js';
import { Tally } from './collect-tally.js';
import { groupsOf, Tasks } from './collect-tasks.js';
import { CollectWriter } from './collect-writer.js';
import { intake } from './intake.js';
import { IntakeRoom } from './intake-room.js';
import type { Collected, CollectOptions, Offer, Source } from './source.js';

/** Offers whose names are looked up at once. */
const lookups = { size: 64, bytes: 2 ** 26, patience: 20 };
/** Pictures on their way. */
const mostAtOnce = Math.max(8, 2 * availableParallelism());
/** Pixels that are decoded at the same time; one picture may have more. */
const mostDecoded = 2 ** 26;
/** Pictures in a row that can't be fetched: the network or the server is down. */
const mostFailures = 5;
/** Refusals that get a line of news each. */
const mostLines = 5;
/** Milliseconds that pictures on their way have to arrive when the collection ends early. */
const grace = 5000;

/** One run of `collect`. */
export class Collector {
  private readonly tally: Tally;
  private readonly writer: CollectWriter;
  private readonly room = new IntakeRoom(mostDecoded);
  private readonly tasks = new Tasks();
  /** Aborted when what is on its way is not waited for any more. */
  private readonly patience = new AbortController();
  /** What was settled since the names of the present group were looked up. */
  private settled = new Map<string, number | 'refused'>();
  private failures = 0;
  private lines = 0;

  constructor(
    private readonly source: Source,
    private readonly options: CollectOptions,
  ) {
    this.tally = new Tally(source.name, options);
    this.writer = new CollectWriter(options);
  }

  async run(): Promise<Collected> {
    const { signal, log } = this.options;
    signal?.throwIfAborted();
    this.checkOptions();
    const timers: NodeJS.Timeout[] = [];
    const hurry = (): void => {
      timers.push(setTimeout(() => this.patience.abort(new DOMException('The collection ends.', 'AbortError')), grace));
    };
    signal?.addEventListener('abort', hurry, { once: true });
    try {
      const { catalogue, dataset } = this.options;
      if (dataset !== undefined) await catalogue.addToDataset(dataset, []);
      await this.tally.count();
      await this.takeAll();
      await this.tasks.idle();
      await this.tally.count();
      return this.tally.result();
    } catch (error) {
      hurry();
      await this.tasks.settled();
      if (!signal?.aborted) throw error;
      log?.(`${this.tally.added} taken in and safe. The same command goes on from there.`);
      throw signal.reason;
    } finally {
      signal?.removeEventListener('abort', hurry);
      for (const timer of timers) clearTimeout(timer);
    }
  }

  private checkOptions(): void {
    for (const name of ['perClass', 'limit'] as const) {
      const value = this.options[name];
      if (value === undefined || (Number.isSafeInteger(value) && value > 0)) continue;
      throw new MessierError('collect/option', `${name}: a whole number from 1 up expected, ${value} received.`);
    }
  }

  private async takeAll(): Promise<void> {
    const wanted = (label: string): boolean => !['full', 'enough'].includes(this.tally.room(label));
    const { signal } = this.options;
    const over = new AbortController();
    const offers = this.source.offers({ signal: signal ? AbortSignal.any([signal, over.signal]) : over.signal, wanted });
    for await (const group of groupsOf(offers, lookups)) {
      const isOver = await this.takeGroup(group).then(
        (more) => !more,
        (error: unknown) => {
          over.abort();
          throw error;
        },
      );
      if (!isOver) continue;
      // What the source is asking for meanwhile is not waited for.
      over.abort();
      return;
    }
  }

  /** @returns Whether more is wanted. */
  private async takeGroup(group: readonly Offer[]): Promise<boolean> {
    const { catalogue, perClass } = this.options;
    // What is known is settled without waiting for anything: Ctrl-C gets its turn here.
    await setImmediate();
    if (perClass !== undefined) {
      // Others may collect at the same time.
      await this.tasks.idle();
      await this.tally.count();
    }
    const offers = group.flatMap((offer) => this.named(offer));
    const names = offers.map(({ sourceId }) => sourceId);
    this.settled = new Map();
    const looked = await catalogue.known(this.source.name, names);
    const known: { readonly id: number; readonly offer: Offer }[] = [];
    let isOver = false;
    for (const offer of offers) {
      this.options.signal?.throwIfAborted();
      // The same name may stand in the source twice.
      await this.tasks.next(offer.sourceId);
      const state = this.settled.get(offer.sourceId) ?? looked.get(offer.sourceId);
      if (state === 'refused') this.tally.refusedBefore++;
      else if (state !== undefined) known.push({ id: state, offer });
      else if (!(await this.start(offer))) {
        isOver = true;
        break;
      }
      this.report();
    }
    await this.meetAgain(known);
    return !isOver;
  }

  /** The offer under the name and with the labels that the catalogue keeps; nothing where that can't be. */
  private named(offer: Offer): Offer[] {
    try {
      const sourceId = checkedName(offer.sourceId, "A source's name for a picture", catalogueLimits.sourceId);
      const labels = offer.labels.map(checkedLabel);
      return [{ ...offer, sourceId, labels, read: (signal) => offer.read(signal) }];
    } catch (error) {
      if (!(error instanceof MessierError)) throw error;
      this.count(offer, error);
      return [];
    }
  }

  /** Says what is new of known items, and puts them into the dataset as far as their class has room there. */
  private async meetAgain(known: readonly { readonly id: number; readonly offer: Offer }[]): Promise<void> {
    const { catalogue, dataset } = this.options;
    this.tally.known += known.length;
    if (known.some(({ offer }) => offer.labels.length > 0)) await this.relabel(known);
    if (dataset === undefined) return;
    for (let left = known; left.length > 0;) {
      await this.tasks.idle();
      await this.tally.count();
      const next = this.tally.fitting(left.map(({ offer }) => classOf(offer)));
      if (next.now.length > 0)
        await catalogue.addToDataset(
          dataset,
          next.now.map((at) => left[at]?.id ?? 0),
        );
      left = next.later.flatMap((at) => left[at] ?? []);
    }
  }

  private async relabel(known: readonly { readonly id: number; readonly offer: Offer }[]): Promise<void> {
    const { catalogue } = this.options;
    const earlier = new Map<number, Label[]>();
    for (const label of await catalogue.labels(known.map(({ id }) => id))) {
      const own = earlier.get(label.item) ?? [];
      earlier.set(label.item, [...own, label]);
    }
    const labels = known.flatMap(({ id, offer }): (NewLabel & { readonly item: number })[] =>
      unsaid(earlier.get(id) ?? [], offer.labels).map((label) => ({ ...label, item: id })),
    );
    if (labels.length > 0) await catalogue.label(labels);
  }

  /** Begins to take an offer in, when there is room. @returns `false` where nothing more is wanted. */
  private async start(offer: Offer): Promise<boolean> {
    const label = classOf(offer);
    for (;;) {
      const room = this.tally.room(label);
      if (room === 'enough') return false;
      if (room === 'full') return true;
      if (room === 'free' && this.tasks.size < mostAtOnce) break;
      await this.tasks.next();
      this.options.signal?.throwIfAborted();
    }
    this.tally.start(label);
    this.tasks.add(
      offer.sourceId,
      this.take(offer, label).finally(() => {
        this.tally.end(label);
        this.report();
      }),
    );
    return true;
  }

  private async take(offer: Offer, label: string): Promise<void> {
    const { blobs, thumbnails, stretch } = this.options;
    const read = await this.look(offer, async () => {
      const { bytes, url } = await offer.read(this.patience.signal);
      const seen = await intake(bytes, { title: `"${plainLine(offer.sourceId)}"`, stretch, room: this.room });
      return { bytes, seen, item: itemOf(this.source.name, offer, seen, url) };
    });
    if (!read) return;
    const { bytes, seen, item } = read;
    // The file before its row: a kill between them leaves a file that nothing names, never a row without its file.
    await Promise.all([blobs.put(bytes), thumbnails?.write(seen.hash, seen.thumbnail)]);
    const { id, isNew } = await this.writer.add(item);
    this.failures = 0;
    this.settled.set(offer.sourceId, id);
    if (isNew) this.tally.take(label);
    else this.tally.duplicates++;
  }

  /** What `see` gives; `undefined` where it finds that this picture is to be left out. */
  private async look<T>(offer: Offer, see: () => Promise<T>): Promise<T | undefined> {
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
      this.settled.set(offer.sourceId, 'refused');
      const { code, message } = error;
      const { name: source } = this.source;
      if (isForGood(code)) await this.writer.refuse({ source, sourceId: offer.sourceId, code, reason: message });
      return undefined;
    }
  }

  private count({ sourceId }: Offer, { code, message }: MessierError): void {
    this.tally.refuse(code);
    this.lines++;
    if (this.lines <= mostLines) this.options.log?.(`Left out ${plainLine(sourceId)}: ${plainLine(message)} [${code}]`);
    else if (this.lines === mostLines + 1) this.options.log?.('Left out more; they are counted.');
  }

  private report(): void {
    const { progress, limit } = this.options;
    const values = { ...this.tally.largest(6), ...(this.tally.refusals > 0 ? { refused: this.tally.refusals } : {}) };
    const total = limit === undefined && this.options.perClass === undefined ? this.source.total : undefined;
    progress?.({ stage: 'collect pictures', done: this.tally.settled, total, unit: 'pictures', values });
  }
}
