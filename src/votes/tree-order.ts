import { MessierError } from '../core/errors.js';

/** What of a question decides the order. */
interface Linked {
  readonly key: string;
  readonly asked?: 'everyone' | undefined;
  readonly answers: readonly { readonly key: string; readonly next?: string | undefined }[];
}

/**
 * Numbers of the questions such that each comes after all that lead to it (Kahn 1962, CACM 5, 558).
 *
 * @throws MessierError `votes/next`, `votes/cycle`, `votes/unreachable`.
 */
export function treeOrder(questions: readonly Linked[], file: string): number[] {
  const number = new Map(questions.map(({ key }, at) => [key, at]));
  const following = questions.map(({ key, answers }) =>
    answers.flatMap((answer) => {
      if (answer.next === undefined) return [];
      const next = number.get(answer.next);
      if (next !== undefined) return [next];
      throw new MessierError(
        'votes/next',
        `"${file}": answer "${answer.key}" of "${key}" leads to "${answer.next}", which is no question. There are ${[...number.keys()].join(', ')}.`,
      );
    }),
  );
  const incoming = questions.map(() => 0);
  for (const next of following.flat()) incoming[next] = (incoming[next] ?? 0) + 1;
  questions.forEach(({ key, asked }, at) => {
    if (at > 0 && incoming[at] === 0 && asked !== 'everyone') {
      throw new MessierError(
        'votes/unreachable',
        `"${file}": no answer leads to "${key}". Name it as a \`next\`, or set asked: everyone.`,
      );
    }
  });
  const order: number[] = [];
  const ready = [...incoming.keys()].filter((at) => incoming[at] === 0);
  for (let at = ready.shift(); at !== undefined; at = ready.shift()) {
    order.push(at);
    for (const next of following[at] ?? []) {
      const left = (incoming[next] ?? 0) - 1;
      incoming[next] = left;
      if (left === 0) ready.push(next);
    }
  }
  if (order.length < questions.length) {
    const stuck = questions.filter((_, at) => !order.includes(at)).map(({ key }) => key);
    throw new MessierError(
      'votes/cycle',
      `"${file}": the way through ${stuck.join(', ')} leads back to where it was. Each question is asked once.`,
    );
  }
  return order;
}
