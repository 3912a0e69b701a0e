import { newStemmer } from 'snowball-stemmers';

/** Languages whose words can be brought to their stems. */
export const stemLanguages = [
  'danish',
  'dutch',
  'english',
  'finnish',
  'french',
  'german',
  'italian',
  'norwegian',
  'portuguese',
  'spanish',
  'swedish',
] as const;

export type StemLanguage = (typeof stemLanguages)[number];

/** Stems that are remembered of each language: texts repeat their words. */
const mostRemembered = 50_000;

const stemmers = new Map<StemLanguage, (word: string) => string>();

/**
 * The Snowball stemmer of a language: `galaxies` and `galaxy` become `galaxi`. Takes words in lower case.
 *
 * The package's version is fixed, because models are only as good as the stems they learned with.
 * Source: M. F. Porter, Snowball: a language for stemming algorithms (2001), https://snowballstem.org; English is Porter 2.
 */
export function stemmer(language: StemLanguage): (word: string) => string {
  const known = stemmers.get(language);
  if (known) return known;
  const algorithm = newStemmer(language);
  const remembered = new Map<string, string>();
  const stem = (word: string): string => {
    const before = remembered.get(word);
    if (before !== undefined) return before;
    const found = algorithm.stem(word);
    if (remembered.size >= mostRemembered) remembered.clear();
    remembered.set(word, found);
    return found;
  };
  stemmers.set(language, stem);
  return stem;
}
