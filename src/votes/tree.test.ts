import { describe, expect, test } from 'vitest';
import { MessierError } from '../core/errors.js';
import { treeLayout } from './layout.js';
import { parseVoteTree, treeLimits } from './tree.js';

const answer = (key: string, rest: object = {}) => ({ key, text: key, ...rest });
const question = (key: string, answers: readonly object[], rest: object = {}) => ({ key, text: `${key}?`, answers, ...rest });
const yesNo = (key: string, next: object = {}, rest: object = {}) => question(key, [answer('yes', next), answer('no')], rest);
const tree = (questions: readonly object[], rest: object = {}) => ({
  name: 'test',
  title: 'Test',
  source: 'us',
  questions,
  ...rest,
});

const codeOf = (value: unknown): string => {
  try {
    parseVoteTree(value);
  } catch (error) {
    if (error instanceof MessierError) return error.code;
    throw error;
  }
  return 'none';
};

describe('parseVoteTree', () => {
  test('fills in defaults', () => {
    const { idColumn, suffixes, questions } = parseVoteTree(tree([yesNo('ring')]));
    expect({ idColumn, suffixes }).toEqual({ idColumn: 'id', suffixes: [] });
    expect(questions[0]!.answers.map(({ column }) => column)).toEqual(['ring_yes', 'ring_no']);
  });

  test.each<[string, string, unknown]>([
    ['no object', 'votes/tree', null],
    ['a list', 'votes/tree', []],
    ['no questions', 'votes/tree', tree([])],
    ['an unknown key', 'votes/tree', tree([yesNo('a')], { colour: 'red' })],
    ['a key with a space', 'votes/tree', tree([yesNo('a b')])],
    ['a column with a comma', 'votes/tree', tree([question('a', [answer('x', { column: 'p,q' }), answer('y')])])],
    ['too many questions', 'votes/tree', tree(Array.from({ length: treeLimits.questions + 1 }, (_, at) => yesNo(`q${at}`)))],
    [
      'too many answers',
      'votes/limit',
      tree(
        [0, 1].map((at) =>
          question(
            `q${at}`,
            Array.from({ length: 257 }, (_, key) => answer(String(key))),
            { asked: 'everyone' },
          ),
        ),
      ),
    ],
    ['one answer', 'votes/answers', tree([question('a', [answer('yes')])])],
    ['no answer', 'votes/answers', tree([question('a', [])])],
    ['two rests', 'votes/answers', tree([question('a', [answer('x', { rest: true }), answer('y', { rest: true })])])],
    ['two questions of one key', 'votes/key', tree([yesNo('a'), yesNo('a')])],
    ['two answers of one key', 'votes/key', tree([question('a', [answer('x'), answer('x')])])],
    ['two equal columns', 'votes/column', tree([question('a', [answer('x', { column: 'p' }), answer('y', { column: 'p' })])])],
    ['a default column that is taken', 'votes/column', tree([question('a', [answer('x', { column: 'a_y' }), answer('y')])])],
    ['an unknown next', 'votes/next', tree([yesNo('a', { next: 'b' })])],
    ['a question that leads to itself', 'votes/cycle', tree([yesNo('a', { next: 'a' })])],
    ['a cycle', 'votes/cycle', tree([yesNo('a', { next: 'b' }), yesNo('b', { next: 'c' }), yesNo('c', { next: 'b' })])],
    ['an unreachable question', 'votes/unreachable', tree([yesNo('a'), yesNo('b')])],
    ['a cycle that nothing leads to', 'votes/cycle', tree([yesNo('a'), yesNo('b', { next: 'c' }), yesNo('c', { next: 'b' })])],
  ])('refuses %s: %s', (_, code, value) => {
    expect(codeOf(value)).toBe(code);
  });

  test('takes as many questions and answers as the limits say', () => {
    const questions = Array.from({ length: treeLimits.questions }, (_, at) =>
      question(
        `q${at}`,
        Array.from({ length: treeLimits.answers / treeLimits.questions }, (__, key) =>
          answer(String(key), at + 1 < treeLimits.questions ? { next: `q${at + 1}` } : {}),
        ),
      ),
    );
    expect(treeLayout(parseVoteTree(tree(questions))).columns).toHaveLength(treeLimits.answers);
  });

  test('the message names the file, the mistake and the way out', () => {
    expect(() => parseVoteTree(tree([yesNo('a', { next: 'b' })]), 'mine.yaml')).toThrow(
      '"mine.yaml": answer "yes" of "a" leads to "b", which is no question. There are a.',
    );
  });
});

test('the layout of a question with several parents', () => {
  const { questions, order } = treeLayout(
    parseVoteTree(
      tree([
        question('first', [answer('a', { next: 'last' }), answer('b', { next: 'middle' })]),
        yesNo('last'),
        question('middle', [answer('a', { next: 'last' }), answer('b', { next: 'last' })]),
      ]),
    ),
  );
  expect(order).toEqual([0, 2, 1]);
  expect(questions[1]).toEqual({
    key: 'last',
    from: 2,
    count: 2,
    everyone: false,
    parents: [
      { question: 0, columns: [0], all: false },
      { question: 2, columns: [4, 5], all: true },
    ],
  });
});
