import { z } from 'zod';
import { MessierError } from '../core/errors.js';
import { treeOrder } from './tree-order.js';

/** One answer of a question. */
export interface VoteAnswer {
  /** Unique within its question. */
  readonly key: string;
  /** As volunteers read it. */
  readonly text: string;
  /** Its column in tables of votes; `question_answer`, made of the keys, unless told. */
  readonly column: string;
  /** Key of the question that follows; the way ends here where it is absent. */
  readonly next?: string | undefined;
  /** Where a table has no such column, this answer takes what the question's others leave. */
  readonly rest?: boolean | undefined;
}

/** One question of a tree. */
export interface VoteQuestion {
  /** Unique within the tree. */
  readonly key: string;
  /** As volunteers read it. */
  readonly text: string;
  /**
   * `everyone`: its shares are of all volunteers, whatever leads to it, as those of "odd" are in the Kaggle challenge. Else they are of those
   * whom an answer's `next` led to it. The first question is asked of everyone.
   */
  readonly asked?: 'everyone' | undefined;
  /** At least two. */
  readonly answers: readonly VoteAnswer[];
}

/** What the columns of a table of votes hold. */
export const voteValues = ['shares', 'fractions', 'counts'] as const;
/**
 * `shares`: of all volunteers; the answers of a question add up to the share that reaches it. `fractions`: of those asked; they add up to 1.
 * `counts`: of volunteers.
 */
export type VoteValues = (typeof voteValues)[number];

/** What volunteers are asked, and which answer leads to which question. Its answers, question by question, are the K columns of everything else. */
export interface VoteTree {
  readonly name: string;
  /** For people. */
  readonly title: string;
  /** Paper or project. */
  readonly source: string;
  /** Column that names the objects, in submissions: `GalaxyID`. */
  readonly idColumn: string;
  /** What columns of exactly these names hold; found out where it is absent. */
  readonly values?: VoteValues | undefined;
  /** What tables may put behind a question's key: `-dr5` for `bar-dr5_strong` in place of `bar_strong`. */
  readonly suffixes: readonly string[];
  readonly questions: readonly VoteQuestion[];
}

/** How large trees may be. */
export const treeLimits = { questions: 64, answers: 512, text: 500 } as const;

const key = z.string().regex(/^[\w.+-]{1,64}$/, 'letters, digits, "_", ".", "+" and "-" expected, at most 64');
const text = z.string().trim().min(1).max(treeLimits.text);
const column = z
  .string()
  .regex(/^[^\s,;"'][^\r\n\t,;"]{0,127}$/, 'a name of at most 128 characters without separators and quotes expected');

/** The shape of a tree in YAML or JSON; {@link parseVoteTree} checks the rest. */
const voteTreeSchema = z.strictObject({
  name: key,
  title: text,
  source: text,
  idColumn: column.default('id'),
  values: z.enum(voteValues).optional(),
  suffixes: z.array(z.string().min(1).max(64)).max(16).default([]),
  questions: z
    .array(
      z.strictObject({
        key,
        text,
        asked: z.literal('everyone').optional(),
        answers: z
          .array(z.strictObject({ key, text, column: column.optional(), next: key.optional(), rest: z.boolean().optional() }))
          .max(treeLimits.answers),
      }),
    )
    .min(1)
    .max(treeLimits.questions),
});

/**
 * A tree from plain data (parsed YAML, JSON of a model's card), checked whole.
 *
 * @param value An object as in `trees/galaxy-zoo-2.yaml`.
 * @param file What it was read from, for the messages.
 * @throws MessierError `votes/tree` for what has another shape, `votes/limit` for too many answers, `votes/answers` for a question with fewer than
 * two or with two that take the rest, `votes/key` for a key that stands twice, `votes/column` for a column that stands twice, `votes/next` for an
 * unknown question, `votes/cycle` for a question that leads back to itself, `votes/unreachable` for one that nothing leads to.
 *
 * @example
 * const tree = parseVoteTree({ name: 'ring', title: 'Rings', source: 'me', questions: [{ key: 'ring', text: 'Is there a ring?',
 *   answers: [{ key: 'yes', text: 'Yes' }, { key: 'no', text: 'No', rest: true }] }] });
 */
export function parseVoteTree(value: unknown, file = 'tree'): VoteTree {
  const parsed = voteTreeSchema.safeParse(value);
  if (!parsed.success) {
    const mistakes = parsed.error.issues.slice(0, 10).map(({ path, message }) => `${path.join('.') || 'tree'}: ${message}`);
    throw new MessierError(
      'votes/tree',
      `"${file}" is no tree of questions:\n${mistakes.join('\n')}\ntrees/galaxy-zoo-2.yaml is one.`,
    );
  }
  const tree: VoteTree = {
    ...parsed.data,
    questions: parsed.data.questions.map((question) => ({
      ...question,
      answers: question.answers.map((answer) => ({ ...answer, column: answer.column ?? `${question.key}_${answer.key}` })),
    })),
  };
  checkAnswers(tree, file);
  treeOrder(tree.questions, file);
  return tree;
}

function checkAnswers({ questions }: VoteTree, file: string): void {
  const answers = questions.flatMap((question) => question.answers);
  if (answers.length > treeLimits.answers) {
    throw new MessierError('votes/limit', `A tree has at most ${treeLimits.answers} answers, "${file}" has ${answers.length}.`);
  }
  const twice = (names: readonly string[]): string | undefined => names.find((name, at) => names.indexOf(name) !== at);
  const question = twice(questions.map((one) => one.key));
  if (question !== undefined)
    throw new MessierError('votes/key', `"${file}": two questions have the key "${question}". Give each its own.`);
  for (const { key: own, answers: given } of questions) {
    if (given.length < 2) {
      throw new MessierError('votes/answers', `"${file}": question "${own}" needs at least 2 answers, it has ${given.length}.`);
    }
    const same = twice(given.map((one) => one.key));
    if (same !== undefined) throw new MessierError('votes/key', `"${file}": two answers of "${own}" have the key "${same}".`);
    if (given.filter(({ rest }) => rest).length > 1) {
      throw new MessierError(
        'votes/answers',
        `"${file}": question "${own}" has more than one answer with \`rest\`; one can take what is left.`,
      );
    }
  }
  const shared = twice(answers.map((one) => one.column));
  if (shared !== undefined)
    throw new MessierError('votes/column', `"${file}": two answers have the column "${shared}". Each needs its own.`);
}
