import { createHash } from 'node:crypto';
import { readFileSync } from 'node:fs';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { findShared } from '../../test/support/shared-data.js';
import { readTable } from '../formats/csv.js';
import { stemLanguages, stemmer, type StemLanguage } from './stem.js';
import { englishStopWords } from './stop-words.js';
import { textLimits, tokens } from './tokens.js';

interface Golden {
  readonly apod: {
    readonly words: number;
    readonly different: number;
    readonly sha256: string;
    readonly sample: readonly (readonly [string, string])[];
  };
  readonly languages: Readonly<Record<StemLanguage, readonly (readonly [string, string])[]>>;
}
const golden = JSON.parse(readFileSync(new URL('../../test/golden/text.json', import.meta.url), 'utf8')) as Golden;

describe('tokens', () => {
  it.each([
    ['The Crab Nebula, M1', 'the crab nebula m1'],
    ['star-forming NGC_1234, 6,000 light-years', 'star forming ngc 1234 6 000 light years'],
    ["Kepler’s don't stars' 'quoted' rock'n'roll a''b", "kepler's don't stars quoted rock'n'roll a b"],
    ['ʻOumuamua', 'oumuamua'],
    ['Halley\u00B4s Hale`s Barnard\uFF07s', "halley's hale's barnard's"],
    ['ÉTOILE e\u0301toile ﬁeld km² ½', 'étoile étoile field km2 1 2'],
    ['İstanbul DİYARBAKIR', 'i\u0307stanbul di\u0307yarbakir'],
    ['ΟΔΥΣΣΕΥΣ ΣΑΣ', 'οδυσσευς σας'],
    ['neb\u00ADula gala\u200Dxy', 'nebula galaxy'],
    ['Cerro Pach\uFFFDn, round \uFFFD their', 'cerro pach\uFFFDn round their'],
    ['a<br/>b <b class="x">M31</b><!-- note --> 3 < 4 and 5 > 2', 'a b m31 3 4 and 5 2'],
    [
      'Alfv&eacute;n &#233;&#xE9; Mars&amp;Venus Bok&rsquo;s &Oslash;rsted &nonsense;x &#1114112;',
      "alfvén éé mars venus bok's ørsted x",
    ],
    ['\0a\u0007b\u001Bc\u2028d', 'a b c d'],
    ['\uD800a\uDC00 \uD83D\uDE80', 'a'],
    ['\u0301 \u0301\u0316', ''],
    ['', ''],
    ['星雲 नेबुला', '星雲 नेबुला'],
    ['__proto__ constructor', 'proto constructor'],
  ])('of %j', (text, expected) => {
    expect(tokens(text).join(' ')).toBe(expected);
  });

  it('refuses texts beyond the limit, and leaves out words beyond theirs', () => {
    expect(() => tokens('a'.repeat(textLimits.text + 1))).toThrow(expect.objectContaining({ code: 'text/limit' }));
    expect(tokens(`${'y'.repeat(100_000)} ${'a'.repeat(64)} ${'b'.repeat(65)}`)).toEqual(['a'.repeat(64)]);
  });

  it.each([
    ['tags that never end', '<a'.repeat(2 ** 19)],
    ['ampersands', '&'.repeat(2 ** 20)],
    ['apostrophes', "a'".repeat(2 ** 19)],
    ['lone surrogates', '\uD800'.repeat(2 ** 20)],
    ['marks of two classes on one letter', `a${'\u0301\u0316'.repeat(2 ** 19 - 1)}`],
    ['marks between signs that become marks', `a${'\u0301\uFF9E\u0316'.repeat(2 ** 18)}`],
  ])('does not hang on a megabyte of %s', (_, text) => {
    expect(tokens(text).length).toBeLessThan(2 ** 20);
  });

  it('of any text are words, and are their own words', () => {
    fc.assert(
      fc.property(fc.string({ unit: 'binary' }), fc.string(), (a, b) => {
        const words = tokens(`${a}<i>${b}&amp;${a}`);
        expect(words.every((word) => word.length > 0 && !/[\s<>&;]/.test(word))).toBe(true);
        expect(tokens(words.join(' '))).toEqual(words);
      }),
    );
  });

  const shared = findShared('apod_text', 'apod.csv');
  it.skipIf(!shared)('and stems of 9,476 explanations equal those of Python', async () => {
    const { rows } = await readTable(shared!);
    const stem = stemmer('english');
    const stems = new Map<string, string>();
    let count = 0;
    for (const { cells } of rows) {
      for (const word of tokens(cells[2]!)) {
        count++;
        if (!stems.has(word)) stems.set(word, stem(word));
      }
    }
    for (const [word, expected] of golden.apod.sample) expect([word, stems.get(word)]).toEqual([word, expected]);
    expect([count, stems.size]).toEqual([golden.apod.words, golden.apod.different]);
    const lines = [...stems].sort(([a], [b]) => (a < b ? -1 : 1)).map(([word, found]) => `${word} ${found}\n`);
    expect(createHash('sha256').update(lines.join('')).digest('hex')).toBe(golden.apod.sha256);
  });
});

describe('stemmer', () => {
  it('gives the stems of Python', () => {
    expect(Object.keys(golden.languages)).toEqual([...stemLanguages]);
    for (const language of stemLanguages) {
      const words = golden.languages[language];
      expect(words.map(([word]) => [word, stemmer(language)(word)])).toEqual(words);
    }
    expect(golden.apod.sample.map(([word]) => [word, stemmer('english')(word)])).toEqual(golden.apod.sample);
  });

  it('remembers stems, and forgets them before they fill the memory', () => {
    const stem = stemmer('english');
    for (let n = 0; n < 60_000; n++) stem(`galaxies${n}`);
    expect(stem('galaxies')).toBe('galaxi');
  });
});

describe('englishStopWords', () => {
  it('are words as texts give them, each once', () => {
    expect(englishStopWords.flatMap((word) => tokens(word))).toEqual(englishStopWords);
    expect(new Set(englishStopWords).size).toBe(englishStopWords.length);
  });
});
