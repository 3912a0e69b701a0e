import type { AnswerFigures, QuestionFigures, VotesEvaluation } from '../evaluate/votes-types.js';
import { treeLayout } from '../votes/layout.js';
import type { VoteAnswer, VoteQuestion, VoteTree } from '../votes/tree.js';
import { figure } from './format.js';
import { markup, type Markup } from './html.js';

/** How an answer is named away from its question, by column: `bar: No bar`. */
export const answerNames = ({ questions }: VoteTree): ReadonlyMap<string, string> =>
  new Map(
    questions.flatMap(({ key, answers }) =>
      answers.map(({ column, text }) => [column, `${key.replaceAll(/[-_]/g, ' ')}: ${text}`] as const),
    ),
  );

/** Two bars, one above the other, and their numbers: predicted, observed. */
export function pairedBars(predicted: number | null | undefined, observed: number | null | undefined): Markup {
  return markup`<span class="pair" aria-hidden="true">${bar('predicted', predicted)}${bar('observed', observed)}</span>
<span class="numbers"><b>${figure(predicted)}</b> ${figure(observed)}</span>`;
}

const bar = (kind: string, value: number | null | undefined): Markup =>
  markup`<i class="${kind}" style="width:${(100 * Math.min(1, Math.max(0, Number.isFinite(value) ? (value ?? 0) : 0))).toFixed(1)}%"></i>`;

/** What is needed of each question while the tree is laid out. */
interface Placed {
  readonly question: VoteQuestion;
  readonly figures: QuestionFigures | undefined;
  /** Columns of the answers that everyone who is asked has given, outermost first. */
  readonly under: readonly string[];
}

/**
 * The tree as a nested list with the mean shares of the judged galaxies. A question stands under the answer that all who are asked have given; where
 * several ways lead to it, after the question in which they part.
 */
export function voteTreeList(tree: VoteTree, { questions }: VotesEvaluation): Markup {
  const figures = new Map(questions.map((question) => [question.key, question]));
  const { questions: layout, order } = treeLayout(tree);
  const places = new Map<number, readonly string[]>();
  const placed = order.flatMap((at): Placed[] => {
    const question = tree.questions[at];
    if (!question) return [];
    const ways = (layout[at]?.parents ?? []).flatMap(({ question: parent }) =>
      (tree.questions[parent]?.answers ?? [])
        .filter(({ next }) => next === question.key)
        .map(({ column }) => [...(places.get(parent) ?? []), column]),
    );
    const under = shared(ways);
    places.set(at, under);
    return [{ question, figures: figures.get(question.key), under }];
  });
  return level(placed, []);
}

/** What all lists begin with. */
function shared(lists: readonly (readonly string[])[]): readonly string[] {
  const [first = [], ...others] = lists;
  const end = first.findIndex((column, at) => others.some((other) => other[at] !== column));
  return end === -1 ? first : first.slice(0, end);
}

function level(placed: readonly Placed[], under: readonly string[]): Markup {
  const here = placed.filter((one) => one.under.length === under.length && one.under.every((column, at) => column === under[at]));
  return markup`${here.map(({ question, figures }) => {
    const known = new Map(figures?.answers.map((answer) => [answer.key, answer]));
    return markup`<div class="asks"><h3>${question.text}</h3>
<ul>${question.answers.map((answer) => item(answer, known.get(answer.key), level(placed, [...under, answer.column])))}</ul></div>\n`;
  })}`;
}

const item = ({ text, column }: VoteAnswer, figures: AnswerFigures | undefined, below: Markup): Markup =>
  markup`<li><div class="vote" title="${column}"><span class="what">${text}</span>${pairedBars(figures?.meanPredicted, figures?.meanObserved)}</div>${below}</li>\n`;
