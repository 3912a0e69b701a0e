import { MessierError } from '../core/errors.js';
import { voteHeads, type VoteHead } from '../votes/vote-head.js';
import type { ModelCard } from './card.js';

/** What the card of an ensemble says that its members don't. */
export interface EnsembleCardOptions {
  /** `ensemble` unless told. */
  readonly name?: string | undefined;
  /** Added to the combined logits, one a class; 0 unless told. */
  readonly offsets?: readonly number[] | undefined;
  /** Divides the logits after that; 1 unless told. */
  readonly temperature?: number | undefined;
  /** What the members agree in, where they do, else empty texts and the most pictures; the architecture names the members'. */
  readonly training?: Partial<ModelCard['training']> | undefined;
  readonly metrics?: Readonly<Record<string, number>> | undefined;
}

/**
 * The card of an ensemble. Classes in the order of the first member. `preprocess` says what a picture needs to have: size and crop are the largest of
 * the members', and mean 0 and deviation 1, as each member normalises for itself. `views` are the most of any member.
 *
 * @throws MessierError `model/ensemble` where members can't be combined.
 */
export function ensembleCard(cards: readonly ModelCard[], options: EnsembleCardOptions): ModelCard {
  const [first] = cards;
  if (!first || cards.length < 2) throw refused(`At least two members expected, ${cards.length} received. Add a model`);
  for (const [at, card] of cards.entries()) checkFits(first, card, at);
  const text = cards.find((card) => card.text)?.text;
  const takesPictures = cards.some(({ inputs }) => inputs !== 'text');
  const { name = 'ensemble', temperature = 1, training, metrics = {} } = options;
  const channels = cards.some(({ preprocess }) => preprocess.channels === 3) ? 3 : 1;
  return {
    format: first.format,
    name,
    inputs: text ? (takesPictures ? 'both' : 'text') : 'image',
    classes: first.classes,
    labels: labelsOf(cards),
    preprocess: {
      size: Math.max(...cards.map(({ preprocess }) => preprocess.size)),
      crop: Math.max(...cards.map(({ preprocess }) => preprocess.crop)),
      channels,
      mean: new Array<number>(channels).fill(0),
      deviation: new Array<number>(channels).fill(1),
    },
    stretch: first.stretch,
    views: (['dihedral', 'flips'] as const).find((views) => cards.some((card) => card.views === views)) ?? 'one',
    ...(text && { text }),
    ...(first.votes && { votes: { tree: first.votes.tree, head: headOf(cards) } }),
    offsets: options.offsets ?? first.classes.map(() => 0),
    temperature,
    training: {
      architecture: `ensemble of ${cards.map((card) => card.training.architecture).join(', ')}`,
      recipeHash: common(cards, 'recipeHash'),
      dataHash: common(cards, 'dataHash'),
      splitHash: common(cards, 'splitHash'),
      pictures: Math.max(...cards.map((card) => card.training.pictures)),
      version: common(cards, 'version'),
      ...training,
    },
    metrics,
  };
}

function common(cards: readonly ModelCard[], key: 'recipeHash' | 'dataHash' | 'splitHash' | 'version'): string {
  const values = new Set(cards.map(({ training }) => training[key]));
  return values.size === 1 ? (cards[0]?.training[key] ?? '') : '';
}

const same = (a: unknown, b: unknown): boolean => JSON.stringify(a) === JSON.stringify(b);

function checkFits(first: ModelCard, card: ModelCard, at: number): void {
  const member = `Member ${at + 1}, "${card.name}",`;
  const refuse = (problem: string, way: string): never => {
    throw refused(`${member} ${problem}. ${way}`);
  };
  if (!same(first.votes?.tree, card.votes?.tree)) {
    refuse('answers other questions than the first', 'Combine models of the same classes, or models of votes on one tree');
  }
  const isSameOrder = !first.votes || same(first.classes, card.classes);
  if (!isSameOrder || !same([...first.classes].sort(), [...card.classes].sort())) {
    refuse(
      `has the classes ${card.classes.join(', ')}, the first ${first.classes.join(', ')}`,
      'Combine models of the same classes',
    );
  }
  if (!same(first.stretch, card.stretch)) {
    refuse('shows raw counts (FITS) by another stretch than the first', 'Train it with the same pixels.stretch');
  }
  if (first.text && card.text && !same(first.text, card.text)) {
    refuse('reads texts by another vocabulary than the first', 'Train the members with the same texts, split and text section');
  }
}

/** Raw labels by every member's rule. */
function labelsOf(cards: readonly ModelCard[]): Record<string, string | null> {
  const labels = new Map<string, string | null>();
  for (const card of cards) {
    for (const [raw, label] of Object.entries(card.labels)) {
      const known = labels.get(raw);
      if (known !== undefined && known !== label) {
        throw refused(
          `The label "${raw}" means ${label ?? 'nothing'} to "${card.name}" and ${known ?? 'nothing'} to a member before it. Train the members with the same data.labels`,
        );
      }
      labels.set(raw, label);
    }
  }
  return Object.fromEntries(labels);
}

/** Concentrations where every member has them. */
function headOf(cards: readonly ModelCard[]): VoteHead {
  const heads = new Set(cards.map(({ votes }) => votes?.head));
  return voteHeads.find((head) => head !== 'dirichlet' && heads.has(head)) ?? 'dirichlet';
}

export function refused(problem: string): MessierError {
  return new MessierError('model/ensemble', `Ensemble: ${problem}.`);
}
