import { parseHTML } from 'linkedom/worker';
import { describe, expect, it } from 'vitest';
import { compareCases, dataCases, nastyTexts, runCases } from '../../test/support/report-cases.js';
import { textCases } from '../../test/support/report-cases-texts.js';
import { crossCases, votesCases } from '../../test/support/report-cases-votes.js';
import { comparePage, crossValidationPage, dataReportFigures, dataReportPage, runReportPage, votesReportPage } from './index.js';
import { mapScript } from './embedding-map-script.js';
import { matrixLimit } from './plots/confusion.js';

/** What is asked of a parsed page. */
interface Parsed {
  querySelectorAll(selector: string): Iterable<{ getAttribute(name: string): string | null; readonly textContent: string }>;
}

const parse = (page: string): Parsed => (parseHTML(page) as unknown as { readonly document: Parsed }).document;
const all = (page: Parsed, selector: string) => [...page.querySelectorAll(selector)];
const titles = (page: string) => all(parse(page), 'h2').map(({ textContent }) => textContent);

const pages = [
  ...[...Object.entries(runCases), ...Object.entries(textCases)].map(([name, report]) => ({
    name: `run, ${name}`,
    page: runReportPage(report),
    data: report.evaluation,
  })),
  ...Object.entries(dataCases).map(([name, report]) => ({
    name: `data, ${name}`,
    page: dataReportPage(report),
    data: dataReportFigures(report),
  })),
  ...Object.entries(compareCases).map(([name, data]) => ({ name: `comparison, ${name}`, page: comparePage(data), data })),
  ...Object.entries(votesCases).map(([name, report]) => ({
    name: `votes, ${name}`,
    page: votesReportPage(report),
    data: report.evaluation,
  })),
  ...Object.entries(crossCases).map(([name, { title, ...data }]) => ({
    name: `cross-validation, ${name}`,
    page: crossValidationPage({ title, ...data }),
    data,
  })),
];

const hasMap = (data: object): boolean => 'map' in data && data.map !== undefined;

describe.each(pages)('the page: $name', ({ page, data }) => {
  const document = parse(page);

  it('names no address but data: pictures, places in itself and reports of its folds', () => {
    for (const element of all(document, '[src]')) expect(element.getAttribute('src')).toMatch(/^data:image\//);
    for (const element of all(document, '[href]')) expect(element.getAttribute('href')).toMatch(/^(#|fold-\d+\/report\.html$)/);
    expect(all(document, 'link, iframe, object, embed, base, form')).toEqual([]);
    expect(/url\(|@import/.exec(page)).toBeNull();
  });

  it('has the figures as they came, and no script but that of a map', () => {
    const scripts = all(document, 'script').map((script) => script.getAttribute('type') ?? 'code');
    expect(scripts).toEqual(hasMap(data) ? ['application/json', 'application/json', 'code'] : ['application/json']);
    expect(page.includes(`sha256-${mapScript.hash}`)).toBe(hasMap(data));
    const start = page.indexOf('<script');
    const text = page.slice(page.indexOf('>', start) + 1, page.indexOf('</script>', start));
    expect(JSON.parse(text)).toEqual(JSON.parse(JSON.stringify(data)));
  });

  it('has a title for each entry of its contents, labels on plots, texts beside pictures, headings in tables', () => {
    const anchors = all(document, 'nav a').map((link) => link.getAttribute('href'));
    expect(anchors).toEqual(all(document, 'section[id]').map((section) => `#${section.getAttribute('id') ?? ''}`));
    for (const plot of all(document, 'svg')) expect(plot.getAttribute('aria-label')).toMatch(/\w/);
    for (const image of all(document, 'img')) expect(image.getAttribute('alt')).toMatch(/\S/);
    for (const heading of all(document, 'th')) expect(heading.getAttribute('scope')).toMatch(/^(row|col)$/);
  });

  it('shows no undefined, NaN or null', () => {
    const text = all(document, 'body > header, main')
      .map(({ textContent }) => textContent)
      .join(' ');
    expect(/\b(undefined|NaN|null|Infinity)\b(?! \})/.exec(text)).toBeNull();
    expect(/="[^"]*\b(undefined|NaN)\b[^"]*"/.exec(page)).toBeNull();
  });
});

it('draws a matrix up to its limit and lists confusions beyond', () => {
  const matrix = /aria-label="Confusion matrix of \d+ classes/;
  expect(runReportPage(runCases['four classes'])).toMatch(matrix);
  expect(runReportPage(runCases['twenty-six classes'])).toMatch(matrix);
  expect(runCases['sixty classes'].evaluation.classes.length).toBeGreaterThan(matrixLimit);
  expect(runReportPage(runCases['sixty classes'])).not.toMatch(matrix);
  expect(runReportPage(runCases['sixty classes'])).toContain('Most frequent confusions');
});

it('leaves out sections that have nothing to show', () => {
  expect(titles(runReportPage(runCases['four classes']))).toEqual([
    'Class by class',
    'Confusion matrix',
    'Most confident mistakes',
    'Can its probabilities be trusted?',
    'Learning curves',
    'Data',
    'Feature maps',
    'Left out',
    'Run it again',
  ]);
  expect(titles(runReportPage(runCases['two classes, one without pictures, one epoch']))).toEqual([
    'Class by class',
    'Confusion matrix',
    'Can its probabilities be trusted?',
    'Learning curves',
    'Data',
    'Left out',
  ]);
  expect(titles(comparePage(compareCases['one model']))).not.toContain('Differences');
});

it('shows the headline with its interval and baseline, and the command and recipe', () => {
  const report = runCases['four classes'];
  const page = runReportPage(report);
  const { accuracy, baseline } = report.evaluation;
  expect(page).toContain(`<span class="value">${accuracy.value.toFixed(3)}</span>`);
  expect(page).toContain(`${accuracy.low.toFixed(3)}\u00A0to\u00A0${accuracy.high.toFixed(3)}`);
  expect(page).toContain(`always “elliptical”: ${baseline.accuracy.value.toFixed(3)}`);
  expect(page).toContain('messier train galaxy-shapes --data gz1_256');
  expect(page).toContain('samplingPower: 0.5');
});

it('never lets a text of the data become markup', () => {
  for (const { page } of pages) {
    const scripts = page.match(/<script/g) ?? [];
    expect(scripts).toHaveLength(page.includes('id="map-points"') ? 3 : 1);
    expect(page).not.toContain('<img src=https');
    expect(page.match(/<\/style>/g)).toHaveLength(1);
  }
  expect(all(parse(runReportPage(runCases['texts that break pages'])), 'h1')[0]?.textContent).toBe(nastyTexts[1]);
});

it('writes the same page for the same report', () => {
  expect(runReportPage(runCases['four classes'])).toBe(pages[0]?.page);
  expect(comparePage(compareCases['one model'])).toBe(pages.find(({ name }) => name === 'comparison, one model')?.page);
});

it('refuses a picture that is elsewhere', () => {
  const report = runCases['four classes'];
  const samples = [{ id: 'a', label: 'spiral', uri: 'https://example.org/a.png' }];
  expect(() => runReportPage({ ...report, samples })).toThrow(expect.objectContaining({ code: 'report/picture' }) as Error);
});

it('says what a dataset lacks, and that near-duplicates disagree', () => {
  const page = dataReportPage(dataCases['five labels']);
  expect(page).toContain('For each picture of “comet” there are 15 of “nebula”');
  expect(page).toContain('1 group of near-duplicates has more than one label');
  expect(page).toContain('15 : 1');
});

it('calls a difference shown only where its corrected p-value is small', () => {
  const base = compareCases['three models'];
  const [first] = base.comparison.pairs;
  const row = (adjusted: number) =>
    /<td>(yes|no)<\/td>/.exec(
      comparePage({ ...base, comparison: { ...base.comparison, pairs: [{ ...first!, p: 0.01, adjusted }] } }),
    )?.[1];
  expect(row(0.051)).toBe('no');
  expect(row(0.05)).toBe('yes');
});

it('says in one table what models reach and cost, and what no model reaches', () => {
  const rows = all(parse(comparePage(compareCases['three models'])), 'section.first tbody tr');
  expect(rows.map(({ textContent }) => textContent)).toEqual([
    expect.stringContaining('galaxy-cnn') as string,
    expect.stringContaining('4,460,000') as string,
    expect.stringContaining('27.3') as string,
    expect.stringContaining('always "elliptical"') as string,
  ]);
  expect(comparePage(compareCases['three models'])).toContain('training: 1,000 of 4,236');
});

it('shows the errors of votes beside those of the mean, the tree with its questions in place, and curves without accuracy', () => {
  const report = votesCases['galaxy zoo 2'];
  const page = votesReportPage(report);
  const { rmse, questions } = report.evaluation;
  expect(page).toContain(`<span class="value">${rmse.value.toFixed(3)}</span>`);
  const document = parse(page);
  const label = (start: string) =>
    all(document, 'svg')
      .map((plot) => plot.getAttribute('aria-label') ?? '')
      .find((text) => text.startsWith(start));
  expect(label('Error of each question')).toContain(`${questions[1]!.text} model: ${questions[1]!.rmse!.value.toFixed(3)}`);
  expect(label('Predicted and observed shares: shares in each bin')).toContain('0.000 to 0.100: ');
  expect(label('Votes inside its intervals')).toBeUndefined();
  expect(all(document, '.tree h3').map(({ textContent }) => textContent)).toHaveLength(11);
  // Asked of everyone: beside the first question, not under an answer.
  expect(all(document, '.tree > .asks > h3').map(({ textContent }) => textContent)).toEqual([
    'Is the galaxy simply smooth and rounded, with no sign of a disk?',
    'Is there anything odd?',
  ]);
  expect(all(document, '#learning th').map(({ textContent }) => textContent)).not.toContain('accuracy');
  expect(all(document, '#samples .vote b').length).toBeGreaterThan(8);
});

it('keeps the loss of counts apart from the squared error of the validation', () => {
  const learning = (page: string) => all(parse(page), '#learning svg').map((plot) => plot.getAttribute('aria-label') ?? '');
  expect(learning(votesReportPage(votesCases['galaxy zoo 2']))[0]).toMatch(/^Loss by epoch: training .*; validation /);
  const counts = votesReportPage(votesCases['galaxy zoo decals, counts']);
  expect(learning(counts)[0]).toMatch(/^Loss by epoch: training [^;]*$/);
  expect(all(parse(counts), '#learning th').map(({ textContent }) => textContent)).not.toContain('validation loss');
  expect(counts).toContain('Votes inside its intervals');
});

it('shows what was read of texts that were named wrongly, and calls them texts', () => {
  const report = textCases['texts alone'];
  const document = parse(runReportPage(report));
  const [first] = all(document, '#mistakes .text');
  expect(first?.textContent).toBe(`${report.mistakes[0]!.text!.slice(0, 199)}…`);
  expect(all(document, '#mistakes img')).toEqual([]);
  expect(all(document, 'main').map(({ textContent }) => textContent)[0]).not.toMatch(/\bpictures\b/);
  expect(all(parse(runReportPage(textCases['pictures and texts'])), '#mistakes img')).toHaveLength(5);
});

it('links the folds of a cross-validation, and nothing that lies elsewhere', () => {
  const links = (report: (typeof crossCases)[keyof typeof crossCases]) =>
    all(parse(crossValidationPage(report)), 'main a').map((link) => link.getAttribute('href'));
  expect(links(crossCases.votes)).toEqual(['fold-1/report.html', 'fold-2/report.html', 'fold-3/report.html']);
  expect(links(crossCases['texts that break pages'])).toEqual([]);
  const page = crossValidationPage(crossCases.votes);
  expect(page).toContain(`± ${crossCases.votes.figures['rmse']!.deviation.toFixed(3)} from fold to fold`);
});
