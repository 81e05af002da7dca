import { type Browser, launch, type Page } from 'puppeteer-core';
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import type { Viewer, ViewerOptions } from '../../../src/viewer/server.js';
import type { ViewerSpan } from '../../../src/viewer/span.js';
import { ensureBrowser } from '../../support/browsers.mjs';
import { type BuiltViewer, buildViewer } from '../built-viewer.js';
import { makeSpan, spanId, TRACE_ID, traceId } from './span-samples.js';

let built: BuiltViewer;
let browser: Browser;
let startBuilt: (options: ViewerOptions) => Promise<Viewer>;
let viewer: Viewer;
let page: Page;
let problems: string[];

beforeAll(async () => {
  built = await buildViewer();
  ({ startViewer: startBuilt } = await import(built.server));
  browser = await launch({
    executablePath: (ensureBrowser('chromium') as { executablePath: string }).executablePath,
    args: ['--no-sandbox', '--disable-gpu'],
  });
});

afterAll(async () => {
  await browser.close();
  built.remove();
});

beforeEach(async () => {
  problems = [];
  viewer = await startBuilt({ port: 0 });
  page = await browser.newPage();
  await page.setViewport({ width: 1_300, height: 800 });
  page.on('pageerror', error => problems.push(String(error)));
  page.on('console', message => message.type() === 'error' && problems.push(message.text()));
});

afterEach(async () => {
  await page.close();
  await viewer.close();
  expect(problems).toEqual([]);
});

const chain = [
  makeSpan(1, { name: 'POST /ask', startMs: 0, durationMs: 100, attributes: { 'session.id': 's-1' } }),
  makeSpan(2, { name: 'invoke_agent', parentSpanId: spanId(1), startMs: 10, durationMs: 80 }),
  makeSpan(3, { name: 'chat', parentSpanId: spanId(2), startMs: 20, durationMs: 30, service: 'researcher' }),
  makeSpan(4, {
    name: 'lost',
    parentSpanId: spanId(99),
    startMs: 60,
    durationMs: 5,
    status: { code: 'error', message: 'no answer' },
  }),
];

async function open(spans: ViewerSpan[], hash = ''): Promise<void> {
  viewer.store.add(spans);
  await page.goto(`${viewer.url}/${hash}`);
  // The trace and the list come by requests of their own.
  await page.waitForSelector('.row:not([hidden])');
  await page.waitForSelector('.item:not([hidden])');
}

/** What the rows show, from top to bottom. */
function rows(): Promise<string[]> {
  return page.$$eval('.row:not([hidden])', elements =>
    elements
      .map(element => ({
        top: element.getBoundingClientRect().top,
        text: element.querySelector('.row-label')?.textContent ?? '',
      }))
      .sort((a, b) => a.top - b.top)
      .map(({ text }) => text),
  );
}

function textOf(selector: string): Promise<string> {
  return page.$eval(selector, element => (element as HTMLElement).innerText);
}

function countOf(selector: string): Promise<number> {
  return page.$$eval(selector, elements => elements.length);
}

function hasText(selector: string, text: string) {
  return page.waitForFunction(
    (at, wanted) => [...document.querySelectorAll<HTMLElement>(at)].some(element => element.innerText.includes(wanted)),
    {},
    selector,
    text,
  );
}

describe('page', () => {
  it('tells how to send the first trace, and shows that trace when it arrives', async () => {
    await page.goto(viewer.url);
    await hasText('.empty', `endpoint: '${viewer.url}'`);
    await hasText('.status', 'live');
    viewer.store.add(chain);
    await hasText('h1', 'POST /ask');
    expect(await rows()).toEqual(['POST /ask', 'invoke_agent', 'chat', 'lost']);
  });

  it('updates the open trace in place', async () => {
    await open(chain.slice(0, 2));
    await page.keyboard.press('ArrowDown');
    await hasText('.details h2', 'POST /ask');
    viewer.store.add(chain.slice(2));
    await hasText('.row-label', 'chat');
    expect(await textOf('.details h2')).toBe('POST /ask');
    expect(await textOf('.facts')).toContain('4 spans');
  });

  it('places bars by time', async () => {
    await open(chain);
    const shares = await page.$$eval('.row:not([hidden]) .bar', bars =>
      bars.map(bar => [parseFloat((bar as HTMLElement).style.left), parseFloat((bar as HTMLElement).style.width)]),
    );
    // 1 % of the width stays free at the right.
    expect(shares[1]?.[0]).toBeCloseTo(10 / 1.01, 2);
    expect(shares[1]?.[1]).toBeCloseTo(80 / 1.01, 2);
  });

  it('marks errors and orphans', async () => {
    await open(chain);
    expect(await countOf('.row.is-error')).toBe(1);
    expect(await textOf('.row .badge-orphan')).toBe('orphan');
    await page.keyboard.press('e');
    await hasText('.failure', 'no answer');
  });

  it('is walked with the keyboard', async () => {
    await open(chain);
    await page.keyboard.press('ArrowDown');
    await page.keyboard.press('ArrowDown');
    await hasText('.details h2', 'invoke_agent');
    await page.keyboard.press('ArrowLeft');
    expect(await rows()).toEqual(['POST /ask', 'invoke_agent', 'lost']);
    await page.keyboard.press('ArrowRight');
    await page.keyboard.press('ArrowRight');
    await hasText('.details h2', 'chat');
    expect(await page.evaluate(() => location.hash)).toBe(`#/trace/${TRACE_ID}/${spanId(3)}`);
    await page.keyboard.press('Escape');
    expect(await countOf('.details h2')).toBe(0);
  });

  it('filters the list with / and by session', async () => {
    viewer.store.add([makeSpan(1, { traceId: traceId(2), name: 'GET /other', attributes: { 'session.id': 's-2' } })]);
    await open(chain, `#/trace/${TRACE_ID}`);
    expect(await countOf('.item:not([hidden])')).toBe(2);
    await page.keyboard.press('/');
    await page.keyboard.type('other');
    expect(await textOf('.item:not([hidden])')).toContain('GET /other');
    expect(await countOf('.item:not([hidden])')).toBe(1);
    await page.keyboard.press('Escape');
    expect(await countOf('.item:not([hidden])')).toBe(2);
    await page.select('.sessions', 's-1');
    expect(await textOf('.item:not([hidden])')).toContain('POST /ask');
    expect(await countOf('.item:not([hidden])')).toBe(1);
  });

  it('opens a link to a span', async () => {
    viewer.store.add([makeSpan(1, { traceId: traceId(2), startMs: 9e9 })]);
    await open(chain, `#/trace/${TRACE_ID}/${spanId(3)}`);
    await hasText('.details h2', 'chat');
  });

  it('says so when the linked trace is gone', async () => {
    await page.goto(`${viewer.url}/#/trace/${traceId(77)}`);
    await hasText('.empty h1', 'This trace is not here');
    // The browser itself reports the 404.
    problems.length = 0;
  });

  it('shows markup in spans as text', async () => {
    const evil = '<img src=x onerror="document.title=1"><script>document.title=2</script>';
    const attributes = { [evil]: evil, json: JSON.stringify({ [evil]: evil }), 'gen_ai.input.messages': evil };
    await open([makeSpan(1, { name: evil, service: evil, attributes, status: { code: 'error', message: evil } })]);
    await page.keyboard.press('ArrowDown');
    await hasText('.details', evil);
    expect(await countOf('main img, main script, nav img, nav script')).toBe(0);
    expect(await page.title()).toBe('AgentOps viewer');
  });

  it('has elements only for the rows in view, of 2,000', async () => {
    const children = Array.from({ length: 1_999 }, (_, index) =>
      makeSpan(index + 2, { parentSpanId: spanId(1), startMs: index, durationMs: 50 }),
    );
    await open([makeSpan(1, { startMs: 0, durationMs: 3_000 }), ...children]);
    expect(await countOf('.row')).toBeLessThan(60);
    await page.keyboard.press('End');
    await hasText('.row:not([hidden]) .row-label', 'span 2000');
    expect(await countOf('.row')).toBeLessThan(90);
  });
});
