import { parseHTML } from 'linkedom/worker';
import { describe, expect, it } from 'vitest';
import { nastyTexts, simulate } from '../../test/support/report-cases.js';
import type { EnsembleReport } from '../evaluate/ensemble-types.js';
import type { Predictions } from '../evaluate/types.js';
import { judgeEnsemble } from '../recipes/ensemble-judge.js';
import { ensemblePage } from './index.js';

interface Parsed {
  querySelectorAll(selector: string): Iterable<{ getAttribute(name: string): string | null; readonly textContent: string }>;
}
const all = (page: string, selector: string) => [
  ...(parseHTML(page) as unknown as { readonly document: Parsed }).document.querySelectorAll(selector),
];

const model = (seed: number, lead: number, pictures: number): Predictions =>
  simulate({ classes: ['elliptical', 'spiral'], support: [pictures, pictures], lead: [lead, lead], seed });
const cost = (parameters: number) => ({ parameters, bytes: 4 * parameters, picturesPerSecond: 2e9 / parameters });

/** Of members with these leads of the right class, whose names may be anything. */
function report(
  leads: readonly number[],
  names: readonly string[],
  method: EnsembleReport['method'] = 'average',
): EnsembleReport {
  const members = leads.map((lead, at) => ({
    name: names[at] ?? '',
    architecture: 'galaxy-cnn',
    fitted: model(10 + at, lead, 50),
    judged: model(20 + at, lead, 100),
    cost: cost(10 ** (6 - at)),
  }));
  const stack = {
    weight: { type: 'float32', dims: [2, 4], data: new Float32Array(8) },
    bias: { type: 'float32', dims: [2], data: new Float32Array(2) },
  } as const;
  return judgeEnsemble({
    method,
    split: 'common',
    members,
    ensemble: { judged: model(30, 1.5, 100), cost: cost(2e6) },
    combined:
      method === 'stack'
        ? { weights: undefined, stack, l2: 0.1, offsets: [0, 0], temperature: 1.2 }
        : { weights: leads.map(() => 1 / leads.length), stack: undefined, l2: null, offsets: [0, 0], temperature: 0.9 },
    balance: method === 'stack' ? 1 : null,
    samples: 100,
  });
}

const cases = {
  plain: report([1, 0.5], ['first', 'second']),
  stack: report([1, 0.5], ['first', 'second'], 'stack'),
  'a member that never errs': report([40, 0.5], ['ensemble', 'second']),
  'names that are no names': report([1, 1, 1], nastyTexts.slice(0, 3)),
};

describe.each(Object.entries(cases))('the page of an ensemble: %s', (_, data) => {
  const page = ensemblePage(data);

  it('names no address, and carries its figures as they came', () => {
    for (const element of all(page, '[href]')) expect(element.getAttribute('href')).toMatch(/^#/);
    expect(all(page, 'link, iframe, [src]')).toEqual([]);
    const text = page.slice(page.indexOf('>', page.indexOf('<script')) + 1, page.lastIndexOf('</script>'));
    expect(JSON.parse(text)).toEqual(JSON.parse(JSON.stringify(data)));
  });

  it('shows every member, labels its plots, and no undefined, NaN or null', () => {
    for (const plot of all(page, 'svg')) expect(plot.getAttribute('aria-label')).toMatch(/\w/);
    const rows = all(page, '#cost th[scope="row"]').map(({ textContent }) => textContent);
    expect(rows).toEqual([data.ensemble, ...data.members].map(({ name }) => name));
    const text = all(page, 'main')
      .map(({ textContent }) => textContent)
      .join(' ');
    expect(/\b(undefined|NaN|null|Infinity)\b/.exec(text)).toBeNull();
  });
});

it('says which difference chance may explain, and which member came out ahead', () => {
  const said = (page: string) => all(page, '.says li').map(({ textContent }) => textContent);
  const [accuracy = ''] = said(ensemblePage(report([0.2, 0.1], ['first', 'second'])));
  expect(accuracy).toMatch(/more than chance explains/);
  const [, ahead = ''] = said(ensemblePage({ ...report([40, 0.5], ['first', 'second']), best: 'second' }));
  expect(ahead).toMatch(/“first” alone comes out higher, 1\.000/);
});

it('counts the numbers of a stack, and gives the ensemble a name of its own', () => {
  expect(cases.stack.ensemble.parameters).toBe(1e6 + 1e5 + 10);
  expect(cases.plain.ensemble.parameters).toBe(1e6 + 1e5);
  expect(cases['a member that never errs'].ensemble.name).toBe('ensemble of runs');
  expect(cases['a member that never errs'].best).toBe('ensemble');
});
