/** Labels from keywords of a text: a rule that is data, for a recipe. */
import { z } from 'zod';
import { stemLanguages, stemmer, type StemLanguage } from './stem.js';
import { tokens } from './tokens.js';

const name = z.string().trim().min(1).max(200);
const keyword = z
  .string()
  .max(200)
  .refine((text) => tokens(text).length > 0, { error: 'a word or a phrase expected' });

/** What a recipe may say about labels from keywords. */
export const keywordRuleSchema = z.strictObject({
  classes: z
    .record(name, z.array(keyword).min(1).max(1000))
    .refine((classes) => Object.keys(classes).length > 0, { error: 'at least one class expected' })
    .describe('Keywords of each class: words or phrases, in any form that has the same stem.'),
  otherwise: name.describe('Class of texts that name no keyword.'),
  stems: z
    .enum(stemLanguages)
    .nullable()
    .default('english')
    .describe('Whose stems are compared; null compares words as they are.'),
});

/** Labels from keywords. `classes` holds words and phrases by class. */
export interface KeywordRule {
  readonly classes: Readonly<Record<string, readonly string[]>>;
  /** Class of texts that name no keyword; may stand among the classes too, with phrases that only look like keywords of others. */
  readonly otherwise: string;
  /** Whose stems are compared; `null` compares words as they are. */
  readonly stems: StemLanguage | null;
}

/** What a rule found in a text. */
export interface KeywordMatch {
  readonly label: string;
  /** Mentions of each class's keywords. */
  readonly mentions: Readonly<Record<string, number>>;
}

interface Phrase {
  readonly label: string;
  readonly terms: readonly string[];
}

/**
 * The class whose keywords a text names most often; of equally frequent ones the class that is named first. `otherwise` where none is named.
 *
 * Text and keywords become words by {@link tokens}, all in lower case, and their stems are compared: `galaxies` names `galaxy`, `startling` does not
 * name `star`. Stop words stay, so that phrases may hold them. Phrases are words next to each other, whatever signs stand between. Where several
 * keywords begin at one word the longest counts, and its words count once: with `planetary nebula` for nebulae and `planetary` for planets, "a
 * planetary nebula" names a nebula. A word in which a letter was lost (U+FFFD) names nothing. A keyword of two classes belongs to the first.
 *
 * @throws MessierError `text/limit`.
 *
 * @example
 * const rule = { classes: { galaxy: ['galaxy'], star: ['star', 'cluster'], nebula: ['nebula'] }, otherwise: 'other', stems: 'english' } as const;
 * keywordLabel(rule, 'Stars are born in this nebula. Nebulae ...'); // nebula
 */
export function keywordLabel(rule: KeywordRule, text: string): string {
  return matchKeywords(rule, text).label;
}

/** {@link keywordLabel} with its reasons. */
export function matchKeywords(rule: KeywordRule, text: string): KeywordMatch {
  const phrases = phrasesOf(rule);
  const terms = termsOf(rule, text);
  // A Map keeps the order in which classes are named first.
  const counts = new Map<string, number>();
  for (let at = 0; at < terms.length;) {
    const found = phrases.get(terms[at] ?? '')?.find((phrase) => phrase.terms.every((term, place) => terms[at + place] === term));
    if (found) counts.set(found.label, (counts.get(found.label) ?? 0) + 1);
    at += found?.terms.length ?? 1;
  }
  const [label = rule.otherwise] = [...counts].sort(([, a], [, b]) => b - a)[0] ?? [];
  const mentions = Object.fromEntries(Object.keys(rule.classes).map((one) => [one, counts.get(one) ?? 0]));
  return { label, mentions };
}

/** Every keyword of a rule, for {@link maskWords}: without them a text no longer says its label by the rule. */
export function keywordsOf(rule: KeywordRule): readonly string[] {
  return Object.values(rule.classes).flat();
}

/** Classes that a rule can give, in its order; `otherwise` last unless it stands among them. */
export function keywordClasses(rule: KeywordRule): readonly string[] {
  return [...new Set([...Object.keys(rule.classes), rule.otherwise])];
}

function termsOf({ stems }: KeywordRule, text: string): readonly string[] {
  return stems === null ? tokens(text) : tokens(text).map(stemmer(stems));
}

/** Phrases by their first term, the longest first; a stable sort leaves equal ones in the order of the rule. */
const compiled = new WeakMap<KeywordRule, ReadonlyMap<string, readonly Phrase[]>>();
function phrasesOf(rule: KeywordRule): ReadonlyMap<string, readonly Phrase[]> {
  const known = compiled.get(rule);
  if (known) return known;
  const all = Object.entries(rule.classes).flatMap(([label, words]) =>
    words.map((word) => ({ label, terms: termsOf(rule, word) })),
  );
  const sorted = all.filter(({ terms }) => terms.length > 0).sort((a, b) => b.terms.length - a.terms.length);
  const phrases = new Map<string, Phrase[]>();
  for (const phrase of sorted) {
    const first = phrase.terms[0] ?? '';
    const others = phrases.get(first);
    if (others) others.push(phrase);
    else phrases.set(first, [phrase]);
  }
  compiled.set(rule, phrases);
  return phrases;
}
