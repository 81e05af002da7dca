import puppeteer, { type Browser, type LaunchOptions, type Page } from 'puppeteer-core';
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import type { AgentOpsApi } from '@agentops/web/manual';
import { ensureBrowser } from '../support/browsers.mjs';
import { startPageServer, type PageServer } from '../support/page-server.js';

declare const AgentOps: AgentOpsApi;

const SPANS = 400;

const launchOptions: Record<string, () => LaunchOptions> = {
  chromium: () => ({ args: ['--no-sandbox', '--disable-gpu'] }),
  firefox: () => ({ browser: 'firefox' }),
};

describe.each(['chromium', 'firefox'])('a tab of %s', name => {
  let browser: Browser;
  let server: PageServer;

  beforeAll(async () => {
    const { executablePath } = ensureBrowser(name) as { executablePath: string };
    browser = await puppeteer.launch({ executablePath, headless: true, ...launchOptions[name]?.() });
  });
  afterAll(() => browser?.close());
  // A server of its own is an origin of its own: nothing kept there is another test's.
  beforeEach(async () => {
    server = await startPageServer();
  });
  afterEach(() => server.close());

  async function open(path = ''): Promise<Page> {
    const page = await browser.newPage();
    await page.goto(server.url + path, { waitUntil: 'load' });
    if (!path) await page.waitForFunction(hasSpool, { polling: 10 });
    return page;
  }

  const work = () => server.spans.filter(span => span.name.startsWith('work'));
  const arrived = () => new Set(work().map(({ spanId }) => spanId)).size;

  /** All of them, and none twice: not even after everybody has had the time to. */
  async function expectAllOnce(page: Page): Promise<void> {
    const deliver = async () => {
      // The page before may still be at work when this one starts.
      await page.evaluate(() => AgentOps.flush());
      return arrived();
    };
    await expect.poll(deliver, { timeout: 20_000 }).toBe(SPANS);
    await deliver();
    expect(work()).toHaveLength(SPANS);
  }

  it.each([
    ['closed', (page: Page) => page.close()],
    ['closed behind another', async (page: Page) => (await open('elsewhere'), page.close())],
    ['reloaded', (page: Page) => page.reload()],
    ['sent elsewhere', (page: Page) => page.goto(`${server.url}elsewhere`)] as const,
  ] as const)(`that is %s with ${SPANS} unsent spans loses none`, async (_title, leave) => {
    const page = await open();
    await page.evaluate(endSpans, SPANS);
    await leave(page);
    await expectAllOnce(await open());
  });

  it(`that closes in the turn in which ${SPANS} spans end loses none`, async () => {
    const opener = await open('elsewhere');
    await opener.evaluate(() => void Object.assign(globalThis, { tab: open('/') }));
    await opener.waitForFunction(
      () => (globalThis as unknown as { tab: Window & { AgentOps: unknown } }).tab.AgentOps,
      { polling: 10 },
    );
    await opener.waitForFunction(hasSpool, { polling: 10 });
    const run = `(${endSpans.toString()})(${SPANS}); window.close()`;
    await opener.evaluate(code => (globalThis as unknown as { tab: { eval(code: string): void } }).tab.eval(code), run);
    await expectAllOnce(await open());
  });

  it('that is closed while the collector is down leaves its spans to two that load at once, which send them once', async () => {
    server.isDown = true;
    const page = await open();
    const warned = new Promise<void>(resolve => {
      page.on('console', message => message.text().includes('spans wait') && resolve());
    });
    await page.evaluate(endSpans, SPANS);
    await warned;
    await page.close();
    expect(arrived()).toBe(0);
    server.isDown = false;
    const [next] = await Promise.all([open(), open()]);
    await expectAllOnce(next);
  });

  it('keeps its place in the back/forward cache, and goes on when it comes back', async () => {
    const page = await open();
    await page.evaluate(() => {
      addEventListener('pageshow', ({ persisted }) => (document.title = `persisted ${persisted}`));
    });
    await page.evaluate(endSpans, SPANS);
    await page.goto(`${server.url}elsewhere`);
    await page.evaluate(() => history.back()).catch(() => {});
    await page.waitForFunction(() => document.title === 'persisted true', { polling: 10 });
    await expectAllOnce(page);
  });
});

/** Runs in the page. A page that is left before its database is there can keep nothing. */
async function hasSpool(): Promise<boolean> {
  if (!(await indexedDB.databases()).some(({ name }) => name === 'agentops')) return false;
  // Whoever asked first is answered first.
  return new Promise(resolve => {
    const request = indexedDB.open('agentops');
    request.onsuccess = () => {
      request.result.close();
      resolve(true);
    };
  });
}

/** Runs in the page. */
function endSpans(count: number): void {
  for (let index = 0; index < count; index++) AgentOps.startSpan(`work ${index}`).end();
}
