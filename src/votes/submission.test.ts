import { expect, test } from 'vitest';
import { loadTree } from '../recipes/trees.js';
import { encodeSubmission } from './submission.js';

const tree = loadTree('galaxy-zoo-rings');
const row = [0.25, 0.75, 0.1, 0.15, 0, 0.1, 1, 0];

test('a submission has the header of the challenge and a line for each galaxy', () => {
  const header = encodeSubmission(loadTree('galaxy-zoo-2'), [], []).trim();
  expect(header.startsWith('GalaxyID,Class1.1,Class1.2,Class1.3,Class2.1,')).toBe(true);
  expect(header.split(',')).toHaveLength(38);
  expect(
    encodeSubmission(tree, ['J1', 'J2'], [...row, ...row.map((share) => share / 3)])
      .split('\n')
      .slice(1),
  ).toEqual(['J1,0.25,0.75,0.1,0.15,0,0.1,1,0', 'J2,0.083333,0.25,0.033333,0.05,0,0.033333,0.333333,0', '']);
});

test('ids of any signs are quoted as in RFC 4180', () => {
  const lines = encodeSubmission(tree, ['M 31', 'a,"b"'], [...row, ...row]).split('\n');
  const rest = ',0.25,0.75,0.1,0.15,0,0.1,1,0';
  expect(lines.slice(1, 3)).toEqual([`"M 31"${rest}`, `"a,""b"""${rest}`]);
});

test.each<[string, string[], number[]]>([
  ['too few shares', ['a', 'b'], row],
  ['an id twice', ['a', 'a'], [...row, ...row]],
  ['an empty id', [''], row],
  ['a share above 1', ['a'], [1.01, ...row.slice(1)]],
  ['a share below 0', ['a'], [-0.01, ...row.slice(1)]],
  ['no number', ['a'], [NaN, ...row.slice(1)]],
])('%s: refused', (_, ids, shares) => {
  expect(() => encodeSubmission(tree, ids, shares)).toThrow(expect.objectContaining({ code: 'votes/submission' }));
});
