import { execFile } from 'node:child_process';
import { promisify } from 'node:util';
import { expect, it } from 'vitest';
import {
  count,
  counted,
  figure,
  levelText,
  listed,
  percent,
  quoted,
  range,
  shorten,
  shellWord,
  significant,
  withInterval,
  wrapped,
} from './format.js';

it('writes figures with sensible digits', () => {
  expect(figure(0.8614)).toBe('0.861');
  expect(figure(-0.02)).toBe('\u22120.020');
  expect(withInterval({ value: 0.861, low: 0.8499, high: 0.872 })).toBe('0.861 [0.850, 0.872]');
  expect(range({ value: 0, low: 0.1, high: 0.2 })).toBe('0.100\u00A0to\u00A00.200');
  expect(percent(0.8614)).toBe('86.1\u00A0%');
  expect(percent(1)).toBe('100\u00A0%');
  expect(count(17736)).toBe('17,736');
  expect(counted(1, 'picture')).toBe('1 picture');
  expect(counted(1068, 'picture')).toBe('1,068 pictures');
  expect(significant(0.00123456)).toBe('0.00123');
  expect(significant(3.14159e-7, 2)).toBe('3.1e-7');
});

it('writes a dash for what is undefined', () => {
  for (const value of [null, undefined, NaN, Infinity]) {
    for (const write of [figure, percent, significant]) expect(write(value)).toBe('–');
  }
  expect(withInterval(null)).toBe('–');
  expect(withInterval({ value: NaN, low: NaN, high: NaN })).toBe('–');
  expect(withInterval({ value: 0.5, low: NaN, high: NaN })).toBe('0.500');
  expect(range(undefined)).toBe('–');
});

it('writes words that a shell reads back', async () => {
  for (const word of ['catalogue:six', 'catalogue:?class=a b&source=x', `it's "$HOME" \`date\` \\ 🌌`, '*', '']) {
    const { stdout } = await promisify(execFile)('/bin/sh', ['-c', `printf %s ${shellWord(word)}`]);
    expect(stdout).toBe(word);
  }
  expect(shellWord('catalogue:six')).toBe('catalogue:six');
});

it('lists names, and counts the rest', () => {
  expect(listed([])).toBe('');
  expect(listed(['a'])).toBe('a');
  expect(listed(['a', 'b', 'c'])).toBe('a, b and c');
  expect(listed(['a', 'b', 'c', 'd'], 2)).toBe('a, b and 2 more');
});

it('shortens by characters, not by halves of them', () => {
  expect(shorten('galaxy', 6)).toBe('galaxy');
  expect(shorten('🌌🌌🌌', 2)).toBe('🌌…');
});

it('keeps a name written from the right from turning its sentence', () => {
  expect(quoted('spiral')).toBe('“spiral”');
  expect(quoted('سديم')).toBe('“\u2068سديم\u2069”');
  expect(quoted('a\u202Eb')).toBe('“\u2068a\u202Eb\u2069”');
});

it('breaks lines between words, and leaves the last one what there is', () => {
  expect(wrapped('Is there any sign of a spiral arm pattern?', 21, 3)).toBe('Is there any sign of\na spiral arm pattern?');
  expect(wrapped('one two three four', 5, 2)).toBe('one\ntwo three four');
  expect(wrapped('', 5, 2)).toBe('');
  expect(levelText(0.995)).toBe('99.5\u00A0%');
});
