import { afterEach, describe, expect, it } from '#runner';
import { metrics } from '@opentelemetry/api';
import { getMeter, recordLLMCall } from '@agentops/web/metrics';
import { flush, init, shutdown, withSpan } from '@agentops/web/manual';
import { createBackend, type Backend } from '../support/browser-collector.js';

afterEach(() => shutdown({ timeoutMs: 50 }));

interface JsonMetric {
  name: string;
  sum?: { aggregationTemporality: number; dataPoints: { asDouble?: number; asInt?: number }[] };
}

/** The metrics that have arrived, as soon as there are `count` exports of them. */
async function arrived(backend: Backend, count = 1): Promise<JsonMetric[][]> {
  for (;;) {
    const sent = (await backend.requests(count)).filter(({ url }) => url.endsWith('/v1/metrics'));
    if (sent.length >= count)
      return sent.map(({ body }) => {
        const { resourceMetrics } = JSON.parse(body) as {
          resourceMetrics: { scopeMetrics: { metrics: JsonMetric[] }[] }[];
        };
        return resourceMetrics.flatMap(({ scopeMetrics }) => scopeMetrics.flatMap(scope => scope.metrics));
      });
  }
}

const CALL = { 'gen_ai.operation.name': 'chat', 'gen_ai.request.model': 'm', 'gen_ai.usage.input_tokens': 3 };

describe('metrics of a page', () => {
  it('are made of its spans and sent as differences', async () => {
    const backend = createBackend();
    init({ endpoint: backend.path('') });
    withSpan('chat', { attributes: CALL }, () => {});
    getMeter().createCounter('clicks').add(1, { button: 'buy' });
    metrics.getMeter('app').createCounter('direct').add(1);
    recordLLMCall({ model: 'm', durationMs: 5, outputTokens: 4 });
    await flush();
    const [sent] = await arrived(backend);
    const names = sent?.map(({ name }) => name);
    for (const name of ['llm.calls.count', 'llm.tokens.total', 'gen_ai.client.operation.duration', 'clicks', 'direct'])
      expect(names).toContain(name);
    expect(sent?.find(({ name }) => name === 'clicks')?.sum?.aggregationTemporality).toBe(1);
  });

  it('are sent when the page is left', async () => {
    const backend = createBackend();
    init({ endpoint: backend.path('') });
    getMeter().createCounter('clicks').add(2);
    dispatchEvent(new PageTransitionEvent('pagehide'));
    const [sent] = await arrived(backend);
    expect(sent?.find(({ name }) => name === 'clicks')?.sum?.dataPoints[0]).toMatchObject({ asDouble: 2 });
  });

  it.each<[string, object]>([
    ['compression', { compression: 'gzip' }],
    ['tls', { tls: { ca: '/ca.pem' } }],
    ['insecure', { insecure: true }],
    ['histogramAggregation', { histogramAggregation: 'explicit_bucket_histogram' }],
    ['protocol', { protocol: 'grpc' }],
  ])('have no %s, which is for Node', (name, settings) => {
    expect(() => init({ endpoint: '/otlp', telemetry: { metrics: settings } })).toThrow(`telemetry.metrics.${name}: `);
  });

  it('are off when they are switched off', async () => {
    const backend = createBackend();
    init({ endpoint: backend.path(''), telemetry: { metrics: false } });
    getMeter().createCounter('clicks').add(1);
    withSpan('work', () => {});
    await flush();
    expect((await backend.requests()).filter(({ url }) => url.endsWith('/v1/metrics'))).toEqual([]);
  });
});
