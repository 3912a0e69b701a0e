import { treeOrder } from './tree-order.js';
import type { VoteTree } from './tree.js';

/** A question as columns. */
export interface QuestionColumns {
  readonly key: string;
  /** Number of its first column. */
  readonly from: number;
  /** Number of its answers. */
  readonly count: number;
  /** Is it asked of everyone? Then `parents` is empty. */
  readonly everyone: boolean;
  /** Columns of the answers that lead here, by question; the share that reaches it is their sum. */
  readonly parents: readonly ParentColumns[];
}

/** Answers of one question that lead to another. */
export interface ParentColumns {
  /** Number of the question. */
  readonly question: number;
  /** Columns, of the whole table. */
  readonly columns: readonly number[];
  /** Do all of its answers lead there? */
  readonly all: boolean;
}

/** The K columns of a tree. */
export interface TreeLayout {
  /** Names, in the order of the questions and their answers. */
  readonly columns: readonly string[];
  readonly questions: readonly QuestionColumns[];
  /** Numbers of the questions, each after all that lead to it. */
  readonly order: readonly number[];
}

const known = new WeakMap<VoteTree, TreeLayout>();

/** Where a tree's answers stand among the K columns, and what leads where. The first column is that of the first question's first answer. */
export function treeLayout(tree: VoteTree): TreeLayout {
  const made = known.get(tree) ?? makeLayout(tree);
  known.set(tree, made);
  return made;
}

function makeLayout({ name, questions }: VoteTree): TreeLayout {
  const order = treeOrder(questions, name);
  const starts: number[] = [];
  let from = 0;
  for (const { answers } of questions) {
    starts.push(from);
    from += answers.length;
  }
  const start = (at: number): number => starts[at] ?? 0;
  const placed = questions.map(({ key, asked, answers }, at): QuestionColumns => {
    const everyone = at === 0 || asked === 'everyone';
    const parents = everyone
      ? []
      : questions.flatMap((parent, number): ParentColumns[] => {
          const columns = parent.answers.flatMap(({ next }, answer) => (next === key ? [start(number) + answer] : []));
          return columns.length === 0 ? [] : [{ question: number, columns, all: columns.length === parent.answers.length }];
        });
    return { key, from: start(at), count: answers.length, everyone, parents };
  });
  return { columns: questions.flatMap(({ answers }) => answers.map(({ column }) => column)), questions: placed, order };
}
