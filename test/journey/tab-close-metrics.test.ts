import puppeteer, { type Browser, type LaunchOptions, type Page } from 'puppeteer-core';
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import type { AgentOpsApi } from '@agentops/web/manual';
import type { getMeter } from '@agentops/web/metrics';
import { ensureBrowser } from '../support/browsers.mjs';
import { startPageServer, type PageServer } from '../support/page-server.js';

declare const AgentOps: AgentOpsApi & { getMeter: typeof getMeter };

const SPANS = 400;

const launchOptions: Record<string, () => LaunchOptions> = {
  chromium: () => ({ args: ['--no-sandbox', '--disable-gpu'] }),
  firefox: () => ({ browser: 'firefox' }),
};

describe.each(['chromium', 'firefox'])('what a tab of %s has counted', name => {
  let browser: Browser;
  let server: PageServer;

  beforeAll(async () => {
    const { executablePath } = ensureBrowser(name) as { executablePath: string };
    browser = await puppeteer.launch({ executablePath, headless: true, ...launchOptions[name]?.() });
  });
  afterAll(() => browser?.close());
  beforeEach(async () => {
    server = await startPageServer();
  });
  afterEach(() => server.close());

  async function open(path = 'metrics'): Promise<Page> {
    const page = await browser.newPage();
    await page.goto(server.url + path, { waitUntil: 'load' });
    return page;
  }

  const clicks = () =>
    server.metrics
      .filter(metric => metric.name === 'clicks')
      .flatMap(({ points }) => points)
      .reduce((sum, { value = NaN }) => sum + value, 0);

  /** Waits for what is missing; then gives what comes too often the time of another page, from its start to its last export. */
  async function expectClicks(count: number): Promise<void> {
    await expect.poll(clicks, { timeout: 20_000 }).toBe(count);
    const page = await open();
    await page.evaluate(() => AgentOps.flush());
    await page.close();
    expect(clicks()).toBe(count);
  }

  it.each([
    ['closed', (page: Page) => page.close()],
    ['closed behind another', async (page: Page) => (await open('elsewhere'), page.close())],
    ['reloaded', (page: Page) => page.reload()],
    ['sent elsewhere', (page: Page) => page.goto(`${server.url}elsewhere`)] as const,
  ] as const)('arrives once when it is %s', async (_title, leave) => {
    const page = await open();
    await page.evaluate(click, 3);
    await leave(page);
    await expectClicks(3);
  });

  it('arrives when it closes in the turn in which it counts', async () => {
    const opener = await open('elsewhere');
    await opener.evaluate(() => void Object.assign(globalThis, { tab: open('/metrics') }));
    await opener.waitForFunction(
      () => (globalThis as unknown as { tab: Window & { AgentOps: unknown } }).tab.AgentOps,
      { polling: 10 },
    );
    const run = `(${click.toString()})(3); window.close()`;
    await opener.evaluate(code => (globalThis as unknown as { tab: { eval(code: string): void } }).tab.eval(code), run);
    await expectClicks(3);
  });

  it(`arrives when it closes with ${SPANS} unsent spans`, async () => {
    const page = await open();
    await page.evaluate(click, 3);
    await page.evaluate(spans => {
      for (let index = 0; index < spans; index++) AgentOps.startSpan(`work ${index}`).end();
    }, SPANS);
    await page.close();
    await expectClicks(3);
  });

  it('arrives when it closes while an earlier export waits for its answer', async () => {
    server.isSilent = true;
    const page = await open();
    await page.evaluate(click, 3);
    await page.evaluate(() => void AgentOps.flush());
    await expect.poll(clicks).toBe(3);
    await page.evaluate(click, 4);
    await page.close();
    await expect.poll(clicks).toBe(7);
  });

  it('arrives once when it comes back from the back/forward cache', async () => {
    const page = await open();
    await page.evaluate(() => {
      addEventListener('pageshow', ({ persisted }) => (document.title = `persisted ${persisted}`));
    });
    await page.evaluate(click, 3);
    await page.goto(`${server.url}elsewhere`);
    await page.evaluate(() => history.back()).catch(() => {});
    await page.waitForFunction(() => document.title === 'persisted true', { polling: 10 });
    await page.evaluate(click, 4);
    await page.evaluate(() => AgentOps.flush());
    await page.close();
    await expectClicks(7);
  });

  // Whether this one keeps its place in the cache is the browser's business.
  it('arrives once when it comes back without having heard that it was taken', async () => {
    server.isSilent = true;
    const page = await open();
    await page.evaluate(click, 3);
    await page.goto(`${server.url}elsewhere`);
    await expect.poll(clicks).toBe(3);
    server.isSilent = false;
    await page.evaluate(() => history.back()).catch(() => {});
    await page.waitForFunction(() => typeof AgentOps === 'object', { polling: 10 });
    await page.evaluate(click, 4);
    await page.evaluate(() => AgentOps.flush());
    await page.close();
    await expectClicks(7);
  });
});

/** Runs in the page. */
function click(times: number): void {
  AgentOps.getMeter().createCounter('clicks').add(times);
}
