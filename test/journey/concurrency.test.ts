import puppeteer, { type Browser, type Page } from 'puppeteer-core';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { startExample, stopAll } from '../../examples/browser-to-server/start-example.mjs';
import { ensureBrowser } from '../support/browsers.mjs';
import { readTraces, type ViewerSpan, type ViewerTrace } from '../support/viewer-client.js';

const SESSIONS = 4;
const REQUESTS_EACH = 50;

let browser: Browser;
let traces: ViewerTrace[];
let sessions: string[];

beforeAll(async () => {
  const { page, viewer } = await startExample();
  const { executablePath } = ensureBrowser('chromium') as { executablePath: string };
  browser = await puppeteer.launch({ executablePath, args: ['--no-sandbox', '--disable-gpu'] });
  const visits = await Promise.all(Array.from({ length: SESSIONS }, (_, visitor) => visit(page, visitor)));
  sessions = await Promise.all(visits.map(({ session }) => session));
  await Promise.all(visits.map(({ ask }) => ask()));
  await Promise.all(visits.map(({ tab }) => tab.goto('about:blank')));
  traces = await readTraces(viewer, asked => asked.filter(isComplete).length === SESSIONS * REQUESTS_EACH);
  traces = traces.filter(({ spans }) => spans.some(isAsk));
});

afterAll(async () => {
  await browser?.close();
  await stopAll();
});

describe(`${SESSIONS * REQUESTS_EACH} concurrent requests of ${SESSIONS} sessions through page, planner, researcher and tools`, () => {
  it('make as many traces, each through all services', () => {
    expect(traces).toHaveLength(SESSIONS * REQUESTS_EACH);
    expect(traces.filter(trace => !isComplete(trace))).toEqual([]);
  });

  it('break no link', () => {
    const broken = traces.flatMap(({ spans }) => {
      const ids = new Set(spans.map(({ spanId }) => spanId));
      return spans.filter(({ parentSpanId }) => parentSpanId !== undefined && !ids.has(parentSpanId));
    });
    expect(broken).toEqual([]);
  });

  it('show no session in the trace of another', () => {
    const seen = traces.map(({ spans }) => new Set(spans.map(({ attributes }) => attributes['session.id'])));
    expect(seen.every(ids => ids.size === 1)).toBe(true);
    const counts = sessions.map(id => seen.filter(ids => ids.has(id)).length);
    expect(counts).toEqual(sessions.map(() => REQUESTS_EACH));
  });

  it('show no baggage in the trace of another', () => {
    const tenants = traces.map(({ spans }) => [
      ...new Set(spans.filter(isServerSide).map(({ attributes }) => attributes['tenant.id'])),
    ]);
    expect(tenants.filter(values => values.length !== 1)).toEqual([]);
    expect(new Set(tenants.flat()).size).toBe(SESSIONS * REQUESTS_EACH);
  });
});

/** A tab with a session of its own, as a visitor in a private window has. */
async function visit(url: string, visitor: number) {
  const tab: Page = await (await browser.createBrowserContext()).newPage();
  await tab.goto(url, { waitUntil: 'load' });
  const ask = () =>
    tab.evaluate(
      async (count, who) => {
        const requests = Array.from({ length: count }, async (_, index) => {
          const body = JSON.stringify({ question: `question ${index}`, tenant: `tenant-${who}-${index}` });
          const headers = { 'content-type': 'application/json' };
          await (await fetch('/api/ask', { method: 'POST', headers, body })).text();
        });
        await Promise.all(requests);
      },
      REQUESTS_EACH,
      visitor,
    );
  return { tab, ask, session: tab.$eval('#session', element => element.textContent ?? '') };
}

function isAsk({ name }: ViewerSpan): boolean {
  return name === 'POST /api/ask';
}

function isServerSide({ service }: ViewerSpan): boolean {
  return service !== 'chat-page';
}

function isComplete({ spans }: ViewerTrace): boolean {
  const services = new Set(spans.map(({ service }) => service));
  return spans.some(isAsk) && services.size === 4 && spans.some(({ name }) => name === 'weather.tool');
}
