import { afterEach, describe, expect, it } from '#runner';
import { getMeter } from '@agentops/shared/metrics/functions';
import { createMetricLedger } from '@agentops/shared/metrics/metric-ledger';
import { startMetrics, stopMetrics } from './support.js';

afterEach(stopMetrics);

const orders = getMeter().createCounter('orders');
const metrics = { body: new Uint8Array(1), points: 5 };
const error = new Error('no');

const answer = (body: object, contentType = 'application/json') => ({
  status: 200,
  contentType,
  body: new TextEncoder().encode(JSON.stringify(body)),
});

describe('the ledger', () => {
  it('counts what was taken, refused and dropped, and attempts apart from that', () => {
    const ledger = createMetricLedger('https://collector.test');
    ledger.note({ error, retry: true });
    ledger.note({ rejected: 2 });
    ledger.settle(metrics, { rejected: 2 });
    ledger.drop('queue-full', 3);
    ledger.drop('queue-full', 4);
    expect(ledger.health()).toEqual({
      backend: 'https://collector.test',
      delivered: 3,
      dropped: { rejected: 2, 'queue-full': 7 },
      attempts: 2,
      failures: 1,
      lastError: undefined,
    });
    expect(ledger.isRefused()).toBe(false);
  });

  it('believes no backend that more was rejected than it was sent', () => {
    const ledger = createMetricLedger('b');
    ledger.settle(metrics, { rejected: 1e9 });
    expect(ledger.health()).toMatchObject({ delivered: 0, dropped: { rejected: 5 } });
  });

  it('gives away nothing of its own', () => {
    const ledger = createMetricLedger('b');
    ledger.drop('failed', 1);
    ledger.health().dropped['failed'] = 99;
    expect(ledger.health().dropped).toEqual({ failed: 1 });
  });
});

describe('a backend', () => {
  it.each([404, 405, 501])(
    'that takes no metrics (%d) is asked once, and is neither a failure for ever nor pending',
    async status => {
      const { client, flush, sent, health, ...backend } = startMetrics({ temporality: 'delta' });
      backend.answer(status, 200);
      orders.add(1);
      await flush();
      orders.add(1);
      await flush();
      await client.shutdown();
      expect(sent).toHaveLength(1);
      expect(health()).toMatchObject({ attempts: 1, failures: 1, delivered: 0, pending: 0, dropped: { rejected: 1 } });
    },
  );

  it.each([400, 401, 413, 500])('that refuses an export (%d) is sent the next', async status => {
    const { flush, taken, health, ...backend } = startMetrics({ temporality: 'delta' });
    backend.answer(status, 200);
    orders.add(1);
    await flush();
    orders.add(2);
    await flush();
    expect(taken.map(([metric]) => metric?.points[0]?.value)).toEqual([2]);
    expect(health()).toMatchObject({ attempts: 2, failures: 1, delivered: 1, dropped: { rejected: 1 } });
  });

  it.each([429, 502, 503, 504])('that is busy (%d) gets the export again after the time it asks for', async status => {
    const { sent, taken, ...backend } = startMetrics({ temporality: 'delta', intervalMs: 500, timeoutMs: 500 });
    backend.answer({ status, retryAfter: '0' }, { status, retryAfter: '0' }, 200);
    orders.add(1);
    while (!taken.length) await new Promise(resolve => setTimeout(resolve, 5));
    expect(sent.map(([metric]) => metric?.points[0]?.value)).toEqual([1, 1, 1]);
    expect(backend.health()).toMatchObject({ attempts: 3, failures: 2, delivered: 1, pending: 0, dropped: {} });
  });

  it.each([
    ['a number', { partialSuccess: { rejectedDataPoints: 1 } }, 1],
    ['a text, as JSON has 64 bits', { partialSuccess: { rejectedDataPoints: '1' } }, 1],
    ['more than there were', { partialSuccess: { rejectedDataPoints: 1e6 } }, 2],
    ['none', { partialSuccess: { rejectedDataPoints: 0, errorMessage: 'be brief' } }, 0],
    ['less than none', { partialSuccess: { rejectedDataPoints: -3 } }, 0],
    ['nonsense', { partialSuccess: { rejectedDataPoints: 'many' } }, 0],
    ['nothing', {}, 0],
    ['null', { partialSuccess: null }, 0],
  ])('that rejects a part, given as %s, has that counted and not sent again', async (_title, body, rejected) => {
    const { flush, sent, health, ...backend } = startMetrics({ temporality: 'delta' });
    backend.answer(answer(body));
    orders.add(1, { channel: 'web' });
    orders.add(1, { channel: 'shop' });
    await flush();
    await flush();
    expect(sent).toHaveLength(1);
    expect(health()).toMatchObject({ delivered: 2 - rejected, pending: 0, failures: 0 });
    expect(health().dropped).toEqual(rejected ? { rejected } : {});
  });

  it('that rejects a part and says why is told of once', async () => {
    const { flush, ...backend } = startMetrics({ endpoint: 'https://strict.test' });
    backend.answer(answer({ partialSuccess: { rejectedDataPoints: 1, errorMessage: 'too old' } }));
    const warned: string[] = [];
    const { warn } = console;
    console.warn = (message: string) => void warned.push(message);
    for (const count of [1, 2]) {
      orders.add(count);
      await flush();
    }
    console.warn = warn;
    expect(warned).toEqual(['[agentops] https://strict.test/v1/metrics says: too old']);
  });

  it.each([
    ['in another format', answer({ partialSuccess: { rejectedDataPoints: 1 } }, 'text/html')],
    ['that is broken', { status: 200, contentType: 'application/json', body: new Uint8Array([123, 0]) }],
  ])('has taken what it answers %s', async (_title, response) => {
    const { flush, health, ...backend } = startMetrics({ temporality: 'delta' });
    backend.answer(response);
    orders.add(1);
    await flush();
    expect(health()).toMatchObject({ delivered: 1, dropped: {} });
  });

  it('is named without what may be a secret', () => {
    const { health } = startMetrics({ url: 'https://me:key@collector.test/v1/metrics?token=key' });
    expect(health().backend).toBe('https://collector.test/v1/metrics');
  });
});
