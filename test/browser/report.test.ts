import { chromium, type Browser } from 'playwright-core';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { comparePage, crossValidationPage, dataReportPage, runReportPage, votesReportPage } from '../../src/report/index.js';
import { browserSkipReason, executable } from '../support/chromium.js';
import { compareCases, dataCases, runCases } from '../support/report-cases.js';
import { textCases } from '../support/report-cases-texts.js';
import { crossCases, votesCases } from '../support/report-cases-votes.js';

const reason = await browserSkipReason('wasm');

const pages = [
  ...[...Object.entries(runCases), ...Object.entries(textCases)].map(([name, report]) => ({
    name: `run, ${name}`,
    page: runReportPage(report),
  })),
  ...Object.entries(dataCases).map(([name, report]) => ({ name: `data, ${name}`, page: dataReportPage(report) })),
  ...Object.entries(compareCases).map(([name, report]) => ({ name: `comparison, ${name}`, page: comparePage(report) })),
  ...Object.entries(votesCases).map(([name, report]) => ({ name: `votes, ${name}`, page: votesReportPage(report) })),
  ...Object.entries(crossCases).map(([name, report]) => ({
    name: `cross-validation, ${name}`,
    page: crossValidationPage(report),
  })),
];

/** What the browser made of a page. */
interface Seen {
  /** How far the page is wider than the window, in pixels, folded parts open. */
  readonly overflow: number;
  readonly unlabelled: number;
  readonly brokenPictures: number;
  readonly scripts: number;
  readonly data: string;
  readonly broken: unknown;
}

const look = `(async () => {
  for (const details of document.querySelectorAll('details')) details.open = true;
  const images = [...document.images];
  await Promise.all(images.map((image) => image.decode().catch(() => {})));
  return {
    overflow: document.documentElement.scrollWidth - innerWidth,
    unlabelled: [...document.querySelectorAll('svg')].filter((plot) => !plot.getAttribute('aria-label')).length,
    brokenPictures: images.filter((image) => image.naturalWidth === 0).length,
    scripts: document.scripts.length,
    data: document.scripts[0].textContent,
    broken: globalThis.broken ?? null,
  };
})()`;

describe.skipIf(reason !== undefined)(`report pages in the browser${reason === undefined ? '' : ` (skipped: ${reason})`}`, () => {
  let browser: Browser;
  beforeAll(async () => (browser = await chromium.launch({ executablePath: executable, args: ['--no-sandbox'] })));
  afterAll(() => browser.close());

  it.each(pages)(
    '$name: no message, no request, no overflow at 400 and 360 pixels, labels and pictures in place',
    async ({ page }) => {
      const said: string[] = [];
      const asked: string[] = [];
      const tab = await browser.newPage({ viewport: { width: 400, height: 800 } });
      tab.on('console', (message) => said.push(message.text()));
      tab.on('pageerror', (error) => said.push(error.message));
      await tab.route('**', (route) => {
        asked.push(route.request().url());
        return route.fulfill({ contentType: 'text/html; charset=utf-8', body: page });
      });
      await tab.goto('http://report.test/');
      const seen = await tab.evaluate<Seen>(look);
      await tab.setViewportSize({ width: 360, height: 800 });
      const narrow = await tab.evaluate<Seen>(look);
      await tab.close();
      expect(asked).toEqual(['http://report.test/']);
      expect(said).toEqual([]);
      expect(seen).toMatchObject({
        unlabelled: 0,
        brokenPictures: 0,
        scripts: page.includes('id="map-points"') ? 3 : 1,
        broken: null,
      });
      expect(JSON.parse(seen.data)).toBeTypeOf('object');
      expect(Math.max(seen.overflow, narrow.overflow)).toBeLessThanOrEqual(0);
    },
  );
});
