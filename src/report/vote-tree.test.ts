import { parseHTML } from 'linkedom/worker';
import { expect, it } from 'vitest';
import { votesCases } from '../../test/support/report-cases-votes.js';
import { answerNames, pairedBars, voteTreeList } from './vote-tree.js';

/** What is asked of a parsed list. */
interface Element {
  readonly textContent: string;
  readonly parentElement: Element | null;
  querySelector(selector: string): Element | null;
  querySelectorAll(selector: string): Iterable<Element>;
}

/** The answer under which each question stands; `''` at the top. */
function places(name: keyof typeof votesCases): Record<string, string> {
  const { tree, evaluation } = votesCases[name];
  const html = `<!doctype html><body>${voteTreeList(tree, evaluation).text}</body>`;
  const { document } = parseHTML(html) as unknown as { readonly document: Element };
  return Object.fromEntries(
    [...document.querySelectorAll('h3')].map((heading) => [
      heading.textContent,
      heading.parentElement?.parentElement?.querySelector('.what')?.textContent ?? '',
    ]),
  );
}

it('puts a question under the answer that all who are asked have given, and beside others where ways meet', () => {
  const found = places('galaxy zoo 2');
  expect(Object.keys(found)).toHaveLength(11);
  expect(found['How rounded is it?']).toBe('Smooth');
  expect(found['Could this be a disk viewed edge-on?']).toBe('Features or disk');
  // Both answers about the bar lead there: it stands where the bar is asked.
  expect(found['Is there any sign of a spiral arm pattern?']).toBe('No');
  expect(found['How prominent is the central bulge, compared with the rest of the galaxy?']).toBe('No');
  expect(found['How many spiral arms are there?']).toBe('Spiral');
  expect(found['Is the odd feature a ring, or is the galaxy disturbed or irregular?']).toBe('Yes');
});

it('holds each question once, 64 deep or with keys of any text', () => {
  for (const name of ['questions nested 64 deep', 'texts that break pages', 'galaxy zoo decals, counts'] as const) {
    const { tree, evaluation } = votesCases[name];
    const { text } = voteTreeList(tree, evaluation);
    expect(text.match(/<h3>/g)).toHaveLength(tree.questions.length);
    expect(text.match(/class="vote"/g)).toHaveLength(evaluation.columns.length);
  }
});

it('names answers with their question, and keeps bars within their place', () => {
  expect(answerNames(votesCases['galaxy zoo 2'].tree).get('Class4.2')).toBe('has spiral arms: No spiral');
  expect(pairedBars(1.5, 0.25).text).toMatch(/width:100\.0%.*width:25\.0%/);
  expect(pairedBars(null, NaN).text).toMatch(/width:0\.0%.*width:0\.0%[\s\S]*<b>–<\/b> –/);
});
