import { describe, expect, it } from 'vitest';
import { findShared } from '../../test/support/shared-data.js';
import { randomStream } from '../core/random.js';
import { readTable } from '../formats/csv.js';
import { similarTexts } from './similar.js';
import { tokens } from './tokens.js';

const vocabulary = Array.from({ length: 3000 }, (_, at) => `word${at}`);
const story = (name: string, words: number): string[] =>
  randomStream(5, name)
    .shuffle([...vocabulary])
    .slice(0, words);
const written = (words: readonly string[]): string => words.join(' ');

describe('texts that were written from others', () => {
  it('are found though they are edited, and others are not', () => {
    const first = story('first', 120);
    const edited = [...story('other beginning', 30), ...first.slice(30)];
    const quoted = [...story('quoting', 110), ...first.slice(0, 15)];
    expect(similarTexts([written(first), written(story('own', 120)), `<b>${written(edited)}</b>!`, written(quoted)])).toEqual([
      [0, 2],
    ]);
  });

  it('are not those that share a phrase of the collection, or are short', () => {
    const phrase = story('phrase', 90);
    const texts = Array.from({ length: 30 }, (_, at) => written([...story(`own ${at}`, 40), ...phrase]));
    expect(similarTexts(texts)).toEqual([]);
    const short = written(story('short', 20));
    expect(similarTexts([short, short, '', ''])).toEqual([]);
  });

  const apod = findShared('apod_text', 'apod.csv');
  it.skipIf(!apod)('are those of the Jaccard index of all pairs', async () => {
    const { columns, rows } = await readTable(apod ?? '');
    const texts = rows.slice(0, 500).map(({ cells }) => cells[columns.indexOf('explanation')] ?? '');
    const runs = texts.map((text): Set<string> => {
      const words = tokens(text);
      return new Set(words.slice(4).map((_, at) => words.slice(at, at + 5).join(' ')));
    });
    const holders = new Map<string, number>();
    for (const each of runs) for (const run of each) holders.set(run, (holders.get(run) ?? 0) + 1);
    const rare = runs.map((each) => new Set([...each].filter((run) => (holders.get(run) ?? 0) <= 20)));
    const expected: number[][] = [];
    for (const [first, one] of rare.entries()) {
      const telling = [...one].filter((run) => (holders.get(run) ?? 0) > 1);
      if (telling.length === 0) continue;
      for (let second = first + 1; second < rare.length; second++) {
        const other = rare[second] ?? new Set<string>();
        const shared = telling.filter((run) => other.has(run)).length;
        if (Math.min(one.size, other.size) >= 20 && shared / (one.size + other.size - shared) >= 0.3)
          expected.push([first, second]);
      }
    }
    expect(expected.length).toBeGreaterThanOrEqual(5);
    expect(similarTexts(texts)).toEqual(expected);
  });
});
