/** Which items an epoch shows, and in which order. */
import { MessierError } from '../core/errors.js';
import { randomStream, type RandomStream } from '../core/random.js';
import type { Sampling } from './types.js';

/**
 * Positions in `labels` in the order of an epoch, as many as there are labels; the same for the same seed and epoch.
 *
 * Power 1: all positions in random order, each once. Otherwise each next class is drawn with probability
 * count_c ^ power / sum_k count_k ^ power, and its positions come in random order, each once before all of them come again in another.
 * Classes without items are never drawn.
 *
 * @param labels Class of each item, from 0 to `classes` - 1.
 * @throws MessierError `dataset/sampling` for a label outside the classes or a power outside [0, 1]
 *
 * @example
 * const order = epochOrder(labels, 4, { power: 0 }, seed, epoch); // balanced
 */
export function epochOrder(labels: Int32Array, classes: number, { power }: Sampling, seed: number, epoch: number): Int32Array {
  if (!(power >= 0 && power <= 1)) {
    throw new MessierError('dataset/sampling', `The sampling power lies in [0, 1], ${power} received. 1 is natural, 0 balanced.`);
  }
  const members = membersOf(labels, classes);
  const order = Int32Array.from(labels.keys());
  if (power === 1) return randomStream(seed, 'order', epoch).shuffle(order);
  const ends: number[] = [];
  let total = 0;
  for (const { length } of members) ends.push((total += length > 0 ? length ** power : 0));
  const random = randomStream(seed, 'classes', epoch);
  const decks = members.map((cards, label) => new Deck(cards, randomStream(seed, 'class order', epoch, label)));
  return order.map(() => {
    const drawn = random.uniform() * total;
    return decks[ends.findIndex((end) => drawn < end)]?.next() ?? 0;
  });
}

/** How many epochs' orders are kept: batches are made ahead, into the next epoch. */
const keptOrders = 2;

/** Orders of the latest epochs, each made once for all of its batches. */
export class EpochOrders {
  private readonly orders = new Map<number, Int32Array>();

  constructor(
    private readonly labels: Int32Array,
    private readonly classes: number,
    private readonly sampling: Sampling,
    private readonly seed: number,
  ) {}

  /** As {@link epochOrder}. */
  of(epoch: number): Int32Array {
    const order = this.orders.get(epoch) ?? epochOrder(this.labels, this.classes, this.sampling, this.seed, epoch);
    this.orders.delete(epoch);
    this.orders.set(epoch, order);
    for (const oldest of this.orders.keys()) if (this.orders.size > keptOrders) this.orders.delete(oldest);
    return order;
  }
}

/** Items of a class, shuffled anew whenever all have been drawn. */
class Deck {
  private at: number;

  constructor(
    private readonly cards: Int32Array,
    private readonly random: RandomStream,
  ) {
    this.at = cards.length;
  }

  next(): number | undefined {
    if (this.at === this.cards.length) {
      this.random.shuffle(this.cards);
      this.at = 0;
    }
    return this.cards[this.at++];
  }
}

function membersOf(labels: Int32Array, classes: number): readonly Int32Array[] {
  const members = Array.from({ length: classes }, (): number[] => []);
  for (const [position, label] of labels.entries()) {
    const own = members[label];
    if (!own) {
      throw new MessierError(
        'dataset/sampling',
        `Item ${position} has class ${label}; classes go from 0 to ${classes - 1}. Map labels to classes first.`,
      );
    }
    own.push(position);
  }
  return members.map((positions) => Int32Array.from(positions));
}

/**
 * w_c = count_c ^ -exponent, scaled so that the mean weight of an item is 1. Exponent 0 gives 1 everywhere, 1 the weights
 * n / (classes count_c) of scikit-learn's compute_class_weight('balanced'). A class without items weighs 0 unless the exponent is 0.
 *
 * @param counts Items of each class; at least one item.
 * @throws MessierError `dataset/sampling` for counts or an exponent that make no weights
 */
export function classWeights(counts: readonly number[], exponent: number): number[] {
  const total = counts.reduce((sum, count) => sum + count, 0);
  if (!counts.every((count) => Number.isInteger(count) && count >= 0) || total === 0 || !(exponent >= 0 && exponent <= 2)) {
    throw new MessierError(
      'dataset/sampling',
      `Class weights need an item and an exponent in [0, 2]; counts [${counts.join(', ')}] and ${exponent} received.`,
    );
  }
  const raw = counts.map((count) => (count > 0 || exponent === 0 ? count ** -exponent : 0));
  const mean = raw.reduce((sum, weight, label) => sum + weight * (counts[label] ?? 0), 0) / total;
  return raw.map((weight) => weight / mean);
}
