/** The page of `messier explore` in the hands of people: pointer, keyboard, switches, and without scripts. */
import { mkdtemp, rm, stat } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { chromium, type Browser, type Page } from 'playwright-core';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { dataReportPage } from '../../src/report/index.js';
import { browserSkipReason, executable } from '../support/chromium.js';
import { dataCases } from '../support/report-cases.js';

const reason = await browserSkipReason('wasm');
const report = dataCases['five labels'];

interface Shown {
  readonly caption: string;
  readonly isHidden: boolean;
  readonly at: readonly number[];
  readonly view: readonly number[];
}

const look = `(() => {
  const here = document.querySelector('.here');
  return {
    caption: document.querySelector('#seen figcaption').textContent,
    isHidden: document.querySelector('#seen div').hidden,
    at: ['cx', 'cy'].map((name) => Number(here.getAttribute(name))),
    view: document.querySelector('#board svg').getAttribute('viewBox').split(' ').map(Number),
  };
})()`;

describe.skipIf(reason !== undefined)(`the page of explore${reason === undefined ? '' : ` (skipped: ${reason})`}`, () => {
  let browser: Browser;
  let folder = '';
  beforeAll(async () => {
    folder = await mkdtemp(join(tmpdir(), 'messier-'));
    browser = await chromium.launch({ executablePath: executable, args: ['--no-sandbox'] });
  });
  afterAll(async () => {
    await browser.close();
    await rm(folder, { recursive: true });
  });

  /** Opens the page, and gathers what it says and asks for. */
  async function open(javaScriptEnabled = true): Promise<{ readonly page: Page; readonly trouble: string[] }> {
    const page = await browser.newPage({ viewport: { width: 1100, height: 900 }, javaScriptEnabled });
    const trouble: string[] = [];
    page.on('console', (message) => trouble.push(message.text()));
    page.on('pageerror', (error) => trouble.push(error.message));
    await page.route('**', (route) => {
      if (route.request().url() !== 'http://explore.test/') trouble.push(route.request().url());
      return route.fulfill({ contentType: 'text/html; charset=utf-8', body: dataReportPage(report) });
    });
    await page.goto('http://explore.test/');
    return { page, trouble };
  }

  it('shows the picture under the pointer, and none where there is none', async () => {
    const { page, trouble } = await open();
    await page.locator('#board').scrollIntoViewIfNeeded();
    const first = await page.evaluate<{ x: number; y: number }>(`(() => {
      const svg = document.querySelector('#board svg');
      const [x, y] = JSON.parse(document.getElementById('map-points').textContent).points[40];
      return new DOMPoint(x, y).matrixTransform(svg.getScreenCTM());
    })()`);
    await page.mouse.move(first.x, first.y);
    const shown = await page.evaluate<Shown>(look);
    expect(shown.isHidden).toBe(false);
    expect(shown.caption).toMatch(/^planet(planet by night)?planet\/0\.jpg$/);
    const frame = await page.locator('#seen div').boundingBox();
    expect([frame?.width, frame?.height]).toEqual([96, 96]);
    const picture = join(folder, 'map.png');
    await page.locator('#map').screenshot({ path: picture });
    expect((await stat(picture)).size).toBeGreaterThan(10_000);
    await page.mouse.move(5, 5);
    expect((await page.evaluate<Shown>(look)).isHidden).toBe(true);
    expect(trouble).toEqual([]);
    await page.close();
  });

  it('goes from picture to picture by keys, comes nearer and back', async () => {
    const { page, trouble } = await open();
    await page.evaluate("document.querySelector('#board svg').focus({ focusVisible: true })");
    await page.keyboard.press('ArrowRight');
    const start = await page.evaluate<Shown>(look);
    expect(start.isHidden).toBe(false);
    await page.keyboard.press('ArrowRight');
    const next = await page.evaluate<Shown>(look);
    expect(next.at[0]).toBeGreaterThan(start.at[0] ?? 0);
    await page.keyboard.press('ArrowUp');
    expect((await page.evaluate<Shown>(look)).at[1]).toBeLessThan(next.at[1] ?? 0);
    await page.keyboard.press('+');
    await page.keyboard.press('+');
    const near = await page.evaluate<Shown>(look);
    expect(near.view[2]).toBeCloseTo(800 / 1.5 ** 2, 6);
    for (let step = 0; step < 30; step++) await page.keyboard.press('ArrowLeft');
    const left = await page.evaluate<Shown>(look);
    expect(left.at[0]).toBeGreaterThanOrEqual(left.view[0] ?? 0);
    expect(left.at[0]).toBeLessThanOrEqual((left.view[0] ?? 0) + (left.view[2] ?? 0));
    await page.keyboard.press('0');
    expect((await page.evaluate<Shown>(look)).view).toEqual(start.view);
    await page.keyboard.press('Escape');
    expect((await page.evaluate<Shown>(look)).isHidden).toBe(true);
    expect(trouble).toEqual([]);
    await page.close();
  });

  it('switches labels off and on', async () => {
    const { page, trouble } = await open();
    const visible = () => page.locator('#board path:visible').count();
    const before = await visible();
    const button = page.getByRole('button', { name: /^nebula/ });
    await button.click();
    expect(await button.getAttribute('aria-pressed')).toBe('false');
    expect(await visible()).toBe(before - 1);
    await button.press('Enter');
    expect(await button.getAttribute('aria-pressed')).toBe('true');
    expect(await visible()).toBe(before);
    expect(await page.locator('#kinds button').count()).toBe(6);
    expect(trouble).toEqual([]);
    await page.close();
  });

  it('without scripts has the whole drawing with its legend, and nothing that does not work', async () => {
    const { page } = await open(false);
    expect(await page.locator('#board path:visible').count()).toBe(6);
    expect(await page.locator('#kinds span').count()).toBe(6);
    expect(await page.locator('button, #seen, #tools').filter({ visible: true }).count()).toBe(0);
    const drawing = await page.locator('#board svg').boundingBox();
    expect(drawing?.width).toBeGreaterThan(900);
    await page.close();
  });
});
