import { availableParallelism } from 'node:os';
import { setImmediate } from 'node:timers/promises';
import type { NewItem } from '../catalogue/types.js';
import { MessierError } from '../core/errors.js';
import { sha256 } from '../formats/hash.js';
import { ByteRoom, type Held } from './byte-room.js';
import { checkedOffer, classOf, itemOf, plainLine } from './collect-item.js';
import { brokenContent, relabel, type Known } from './collect-known.js';
import { Refuser } from './collect-refuser.js';
import { Tally } from './collect-tally.js';
import { groupsOf, Tasks } from './collect-tasks.js';
import { CollectWriter } from './collect-writer.js';
import { intake } from './intake.js';
import { IntakeRoom } from './intake-room.js';
import type { Collected, CollectOptions, Offer, Source } from './source.js';

/** Offers whose names are looked up at once. */
const lookups = { size: 64, bytes: 2 ** 26, patience: 20 };
/** Pictures that are read and stored at once. */
const mostAtOnce = Math.max(8, 2 * availableParallelism());
/** Pictures on their way, with those that are stored and wait for their rows, which are written together. */
const mostOnTheWay = mostAtOnce + 64;
/** Pixels that are decoded at the same time; one picture may have more. */
const mostDecoded = 2 ** 26;
/** Bytes of pictures that are in memory at the same time; one more picture may come to that. */
const mostBytes = 2 ** 28;
/** Milliseconds that pictures on their way have to arrive when the collection ends early. */
const grace = 5000;

/** The bytes of an offer. */
type Fetched = Awaited<ReturnType<Offer['read']>>;

/** One run of `collect`. */
export class Collector {
  private readonly tally: Tally;
  private readonly writer: CollectWriter;
  private readonly room = new IntakeRoom(mostDecoded);
  private readonly bytes = new ByteRoom(mostBytes);
  private readonly tasks = new Tasks();
  /** Aborted when what is on its way is not waited for any more. */
  private readonly patience = new AbortController();
  /** What was settled since the names of the present group were looked up. */
  private settled = new Map<string, number | 'refused'>();
  private readonly refuser: Refuser;
  /** Pictures that are being read and stored. */
  private inHand = 0;
  /** Tells whoever waits for it that there is one less. */
  private wake: () => void = () => undefined;

  constructor(
    private readonly source: Source,
    private readonly options: CollectOptions,
  ) {
    this.tally = new Tally(source.name, options);
    this.writer = new CollectWriter(options);
    this.refuser = new Refuser(source.name, this.tally, this.writer, options.log);
  }

  async run(): Promise<Collected> {
    const { signal, log } = this.options;
    signal?.throwIfAborted();
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
      await this.writer.settled();
      this.writer.check();
      this.refuser.check();
      await this.tally.count();
      return this.tally.result();
    } catch (error) {
      hurry();
      await this.tasks.settled();
      await this.writer.settled();
      if (!signal?.aborted) throw error;
      log?.(`${this.tally.added} taken in and safe. The same command goes on from there.`);
      throw signal.reason;
    } finally {
      signal?.removeEventListener('abort', hurry);
      for (const timer of timers) clearTimeout(timer);
    }
  }

  private async takeAll(): Promise<void> {
    const { signal, repair = false } = this.options;
    const wanted = (label: string): boolean => {
      const room = this.tally.room(label);
      return room !== 'enough' && (repair || room !== 'full');
    };
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
    const offers = group.flatMap((offer) => {
      const named = checkedOffer(offer);
      if (!(named instanceof MessierError)) return [named];
      this.refuser.count(offer, named);
      return [];
    });
    const names = offers.map(({ sourceId }) => sourceId);
    this.writer.check();
    this.settled = new Map(this.writer.refusing.map((name) => [name, 'refused']));
    const looked = await catalogue.known(this.source.name, names);
    const known: Known[] = [];
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
    await this.meetAgain(this.options.repair === true ? await this.mendAll(known) : known);
    return !isOver;
  }

  /** Puts files back that are missing or damaged. @returns Items that are still what their source offers under their name. */
  private async mendAll(known: readonly Known[]): Promise<readonly Known[]> {
    const kept: Known[] = [];
    for (const one of known) {
      this.options.signal?.throwIfAborted();
      const { sourceId } = one.offer;
      await this.tasks.next(sourceId);
      while (this.tasks.size >= mostAtOnce) await this.tasks.next();
      const held = this.bytes.hold(this.patience.signal);
      const work = async (): Promise<void> => {
        if (await this.mend(one, held)) kept.push(one);
      };
      this.tasks.add(
        sourceId,
        work().finally(() => held.clear()),
      );
    }
    await this.tasks.idle();
    return kept;
  }

  private async mend({ id, offer }: Known, held: Held): Promise<boolean> {
    const content = await brokenContent(this.options, id, this.patience.signal, held);
    if (content === undefined) return true;
    const fetched = await this.look(offer, () => this.read(offer, held), true);
    if (!fetched) return false;
    if (sha256(fetched.bytes) === content) {
      await this.options.blobs.put(fetched.bytes);
      this.refuser.came();
      this.tally.repaired++;
      return true;
    }
    // The source has another picture under this name by now.
    const label = classOf(offer);
    if (this.tally.room(label) !== 'free') return true;
    this.tally.start(label);
    try {
      const item = await this.store(offer, fetched, true);
      if (item) await this.enter(offer, label, item);
    } finally {
      this.tally.end(label);
    }
    return false;
  }

  /** Says what is new of known items, and puts them into the dataset as far as their class has room there. */
  private async meetAgain(known: readonly Known[]): Promise<void> {
    const { catalogue, dataset } = this.options;
    this.tally.known += known.length;
    await relabel(catalogue, known);
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

  /** Begins to take an offer in, when there is room. @returns `false` where nothing more is wanted. */
  private async start(offer: Offer): Promise<boolean> {
    const label = classOf(offer);
    for (;;) {
      const room = this.tally.room(label);
      if (room === 'enough') return false;
      if (room === 'full') return true;
      if (room === 'free' && this.inHand < mostAtOnce && this.tasks.size < mostOnTheWay) break;
      const freed = new Promise<void>((resolve) => (this.wake = resolve));
      await Promise.race([this.tasks.next(), freed]);
      this.options.signal?.throwIfAborted();
    }
    // Before the source reads on: what it holds is in memory, whether it is wanted yet or not.
    const held = this.bytes.hold(this.patience.signal);
    await held.take(offer.held ?? 0);
    this.tally.start(label);
    this.tasks.add(
      offer.sourceId,
      this.take(offer, label, held).finally(() => {
        this.tally.end(label);
        this.report();
      }),
    );
    return true;
  }

  private async take(offer: Offer, label: string, held: Held): Promise<void> {
    this.inHand++;
    const item = await this.bring(offer, held).finally(() => {
      held.clear();
      this.inHand--;
      this.wake();
    });
    if (item) await this.enter(offer, label, item);
  }

  private async read(offer: Offer, held: Held): Promise<Fetched> {
    const fetched = await offer.read(this.patience.signal, held);
    // Of sources that know no size before.
    await held.take(fetched.bytes.length - held.bytes);
    return fetched;
  }

  private async bring(offer: Offer, held: Held): Promise<NewItem | undefined> {
    const fetched = await this.look(offer, () => this.read(offer, held), false);
    return fetched && (await this.store(offer, fetched, false));
  }

  /**
   * Stores a picture's file and gives its row, unless it turns out to be no picture. The file is on the disk before its row is written: a kill or a power
   * cut leaves at most a file that nothing names, never a row without its file.
   */
  private async store(offer: Offer, { bytes, url }: Fetched, isKnown: boolean): Promise<NewItem | undefined> {
    const { blobs, thumbnails, stretch } = this.options;
    const look = async () => {
      const seen = await intake(bytes, { title: `"${plainLine(offer.sourceId)}"`, stretch, room: this.room });
      return { seen, item: itemOf(this.source.name, offer, seen, url) };
    };
    const looked = await this.look(offer, look, isKnown);
    if (!looked) return undefined;
    const { seen, item } = looked;
    await Promise.all([blobs.put(bytes), thumbnails?.write(seen.hash, seen.thumbnail)]);
    return item;
  }

  /** Writes the row of a picture that is stored. */
  private async enter(offer: Offer, label: string, item: NewItem): Promise<void> {
    const { id, isNew } = await this.writer.add(item);
    this.refuser.came();
    this.settled.set(offer.sourceId, id);
    if (isNew) this.tally.take(label);
    else this.tally.duplicates++;
  }

  private async look<T>(offer: Offer, see: () => Promise<T>, isKnown: boolean): Promise<T | undefined> {
    const seen = await this.refuser.look(offer, see, { isKnown });
    if (seen === undefined) this.settled.set(offer.sourceId, 'refused');
    return seen;
  }

  private report(): void {
    const { progress, limit } = this.options;
    const values = { ...this.tally.largest(6), ...(this.tally.refusals > 0 ? { refused: this.tally.refusals } : {}) };
    const total = limit === undefined && this.options.perClass === undefined ? this.source.total : undefined;
    progress?.({ stage: 'collect pictures', done: this.tally.settled, total, unit: 'pictures', values });
  }
}
