import type { InputsReport, InputsRow, Mistake, RunReport } from '../../src/report/index.js';
import { measureLeakage } from '../../src/text/leakage.js';
import { blobUri, nastyTexts, runCases } from './report-cases.js';

/** What a model of texts owes to words, where `told` of ten texts name their class. */
export function leakageOf(told: number): InputsReport['leakage'] {
  const fill = ['bright', 'distant', 'faint', 'old', 'young', 'nearby', 'large'];
  const texts = (from: number, number: number) =>
    Array.from({ length: number }, (_, index) => {
      const at = from + index;
      const label = ['galaxy', 'nebula', 'star'][at % 3]!;
      const telling = (at * 7) % 10 < told ? label : 'object';
      return { label, text: `A ${fill[(at * 5) % 7]!} ${telling} seen ${fill[(at * 3) % 7]!} in ${fill[(at * 11) % 7]!} light` };
    });
  const rules = { stems: null, stopWords: ['a', 'in'], masked: [] };
  return measureLeakage(texts(0, 90), texts(90, 45), { rules, permutations: 39 });
}

/** A row whose figures are `value`, give or take 0.05. */
export function inputsRow(inputs: InputsRow['inputs'], masked: InputsRow['masked'], value: number): InputsRow {
  const interval = (shift: number) => ({ value: value - shift, low: value - shift - 0.05, high: value - shift + 0.05 });
  return { inputs, masked, accuracy: interval(0), balancedAccuracy: interval(0.02), macroF1: interval(0.04) };
}

const [script, quotes] = nastyTexts;
const base = runCases['four classes'];
const text = 'M76, the "Little Dumbbell", is called one of the dimmest of the Messier objects. '.repeat(9);
const mistakes = (uri: string | undefined, shown: string): readonly Mistake[] =>
  base.mistakes.slice(0, 5).map(({ uri: _, ...mistake }) => ({ ...mistake, text: shown, ...(uri === undefined ? {} : { uri }) }));

const hybrid: InputsReport = {
  leakage: leakageOf(10),
  rows: [
    inputsRow('both', 'nothing', 0.9),
    inputsRow('both', 'judging', 0.5),
    inputsRow('image', 'nothing', 0.6),
    inputsRow('text', 'nothing', 0.88),
    inputsRow('text', 'learning', 0.4),
    inputsRow('both', 'learning', 0.62),
  ],
};
const nasty: InputsReport = {
  leakage: {
    ...hybrid.leakage,
    words: hybrid.leakage.words.map((word, at) => ({ ...word, word: nastyTexts[at % nastyTexts.length]! })),
    list: { ...hybrid.leakage.list, rules: nastyTexts.map((word) => ({ word, label: word })), otherwise: script },
    mask: [...nastyTexts, 'a very long word '.repeat(600)],
  },
  rows: [inputsRow('text', 'nothing', NaN)],
};

/** Runs of texts of every form that a page has to hold. */
export const textCases = {
  'pictures and texts': { ...base, inputs: hybrid, mistakes: mistakes(blobUri(1, 2), text) },
  'texts alone': {
    ...base,
    noun: 'text',
    samples: [],
    featureMaps: [],
    mistakes: mistakes(undefined, text),
    inputs: { leakage: leakageOf(2), rows: [inputsRow('text', 'nothing', 0.7), inputsRow('text', 'judging', 0.68)] },
  },
  'texts that break pages': { ...base, title: quotes, noun: 'text', mistakes: mistakes(undefined, script), inputs: nasty },
} as const satisfies Readonly<Record<string, RunReport>>;
