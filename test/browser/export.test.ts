import { afterEach, describe, expect, it } from '#runner';
import { flush, init, shutdown, startSpan, withSpan } from '@agentops/web/manual';
import { createBackend, isFor, until } from '../support/browser-collector.js';

type Options = NonNullable<Parameters<typeof init>[0]>;
type Batch = NonNullable<NonNullable<Options['telemetry']>['batch']>;

const warnings: string[] = [];
console.warn = (...parts: unknown[]) => void warnings.push(parts.map(String).join(' '));

afterEach(async () => {
  await shutdown({ timeoutMs: 50 });
  warnings.length = 0;
});

function start(endpoint: string, batch: Batch = {}, options: Options = {}): void {
  init({ ...options, endpoint, telemetry: { batch: { delayMs: 20, ...batch } } });
}

const total = (dropped: Record<string, number>) => Object.values(dropped).reduce((sum, count) => sum + count, 0);

describe('an export', () => {
  it('is OTLP as JSON, with the resource of the page', async () => {
    const backend = createBackend();
    start(backend.path(''), {}, { serviceName: 'shop', headers: { 'x-tenant': 'acme' } });
    withSpan('work', { attributes: { text: 'a', number: 1.5, whole: 2, flag: true, list: ['a'] } }, span => {
      span.addEvent('noted', { at: 1 });
    });
    await backend.span('work');
    const [delivery] = await backend.deliveries(1);
    expect(delivery?.headers).toMatchObject({ 'content-type': 'application/json', 'x-tenant': 'acme' });
    const spans = delivery?.json.resourceSpans.flatMap(({ scopeSpans }) => scopeSpans.flatMap(scope => scope.spans));
    for (const span of spans ?? []) {
      expect(span.traceId).toMatch(/^[\da-f]{32}$/);
      expect(span.spanId).toMatch(/^[\da-f]{16}$/);
      expect(span.startTimeUnixNano).toMatch(/^\d{19}$/);
      expect(BigInt(span.endTimeUnixNano) >= BigInt(span.startTimeUnixNano)).toBe(true);
    }
    const work = await backend.span('work');
    expect(work.resource['service.name']).toBe('shop');
    expect(work.attributes).toMatchObject({ text: 'a', number: 1.5, whole: 2, flag: true });
    expect(work.events.map(({ name }) => name)).toEqual(['noted']);
  });

  it('is not traced itself, and carries no trace headers', async () => {
    const backend = createBackend();
    start(backend.path('').slice(0, -1));
    for (let count = 0; count < 3; count++) {
      withSpan(`work ${count}`, () => {});
      await flush();
    }
    const deliveries = await backend.deliveries(3);
    expect(deliveries.every(({ headers }) => !headers['traceparent'] && !headers['baggage'])).toBe(true);
    expect(await backend.spans(isFor(backend.path('v1/traces')), 0)).toEqual([]);
  });

  it('of many spans at once arrives whole', { timeout: 40_000 }, async () => {
    const backend = createBackend();
    start(backend.path(''));
    for (let count = 0; count < 1_000; count++)
      startSpan(`span ${count}`, { attributes: { text: 'x'.repeat(200) } }).end();
    // A busy machine takes its time: this is about loss, not about speed.
    const { delivered, pending, dropped } = await flush({ timeoutMs: 30_000 });
    expect([pending, dropped]).toEqual([0, {}]);
    expect(delivered >= 1_000).toBe(true);
    const names = (await backend.spans(({ name }) => name.startsWith('span '), 1_000)).map(({ name }) => name);
    expect(new Set(names).size).toBe(1_000);
    expect(warnings).toEqual([]);
  });
});

describe('a collector', () => {
  it('that is busy is asked again, when it says', async () => {
    const backend = createBackend();
    await backend.answers([
      { status: 429, headers: { 'retry-after': '1' } },
      { status: 503, headers: { 'retry-after': '0' } },
    ]);
    start(backend.path(''));
    const before = Date.now();
    withSpan('work', () => {});
    const { pending, dropped } = await flush();
    expect([pending, dropped]).toEqual([0, {}]);
    expect((await backend.deliveries(3)).length).toBe(3);
    expect(Date.now() - before >= 950).toBe(true);
    expect(warnings.filter(text => !text.includes('spans wait'))).toEqual([]);
  });

  it.each([
    ['refuses', { status: 400, times: -1 }, 'rejected'],
    ['fails', { status: 500, times: -1 }, 'rejected'],
  ])('that %s costs the spans, which flush() counts, and one warning', async (_title, answer, cause) => {
    const backend = createBackend();
    await backend.answers([answer]);
    start(backend.path(''));
    withSpan('work', () => {});
    const { delivered, pending, dropped } = await flush();
    expect([delivered, pending]).toEqual([0, 0]);
    expect(Object.keys(dropped)).toEqual([cause]);
    expect(warnings.length <= 1).toBe(true);
  });

  it('that sends elsewhere has not taken the spans: the browser would go there without them', async () => {
    const backend = createBackend();
    const elsewhere = createBackend();
    const headers = { location: elsewhere.path('echo') };
    await backend.answers([{ status: 302, headers, times: -1 }]);
    start(backend.path(''));
    withSpan('work', () => {});
    const { delivered, pending, dropped } = await flush();
    expect([delivered, pending, Object.keys(dropped)]).toEqual([0, 0, ['rejected']]);
    expect(await elsewhere.requests()).toEqual([]);
  });

  it('that answers garbage has taken the spans', async () => {
    const backend = createBackend();
    await backend.answers(['garbage']);
    start(backend.path(''));
    withSpan('work', () => {});
    const { delivered, dropped } = await flush();
    expect(delivered > 0).toBe(true);
    expect(dropped).toEqual({});
  });

  it.each([
    ['is overloaded for longer', [{ status: 429, headers: { 'retry-after': '60' }, times: -1 }]],
    ['never answers', ['dead', 'dead', 'dead', 'dead']],
    ['drops every connection', Array.from({ length: 20 }, () => 'reset')],
  ])('that %s costs nothing: the spans wait, and the app and flush() do not', async (_title, answers) => {
    const backend = createBackend();
    await backend.answers(answers);
    start(backend.path(''), { timeoutMs: 400 });
    withSpan('work', () => {});
    await backend.deliveries(1);
    const { delivered, pending, dropped } = await flush({ timeoutMs: 100 });
    expect([delivered, pending > 0, dropped]).toEqual([0, true, {}]);
    expect((await fetch(backend.path('echo'))).status).toBe(200);
  });

  it('that comes back gets what has waited', async () => {
    const backend = createBackend();
    await backend.answers(['dead', 'reset', { status: 503 }]);
    start(backend.path(''), { timeoutMs: 200 });
    withSpan('work', () => {});
    await until(async () => (await flush({ timeoutMs: 500 })).pending === 0, 'everything to be delivered');
    expect((await flush()).dropped).toEqual({});
  });

  it('that is slow is waited for', async () => {
    const backend = createBackend();
    await backend.answers([{ delayMs: 500 }]);
    start(backend.path(''));
    withSpan('work', () => {});
    const before = Date.now();
    const { delivered, pending } = await flush();
    expect(delivered > 0 && pending === 0).toBe(true);
    expect(Date.now() - before >= 450).toBe(true);
  });

  it('that is dead lets no more spans wait than the queue may hold; the rest is counted', async () => {
    const backend = createBackend();
    await backend.answers([{ status: 200, delayMs: 1_500 }]);
    start(backend.path(''), { maxQueueSize: 50, maxBatchSize: 10 });
    for (let count = 0; count < 500; count++) startSpan('work').end();
    const { pending } = await flush({ timeoutMs: 1 });
    expect(pending <= 60).toBe(true);
    await until(async () => (await flush()).pending === 0, 'the queue to empty');
    const { delivered, dropped } = await flush();
    expect(dropped['queue-full']).toBe(total(dropped));
    expect(delivered + total(dropped) >= 500).toBe(true);
    expect((await backend.spans(({ name }) => name === 'work')).length <= 60).toBe(true);
  });
});
