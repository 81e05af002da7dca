import { flush, withSpan } from '@agentops/node';
import { describeConfig } from '@agentops/node/config';
import { getMeter } from '@agentops/node/metrics';
import { afterEach, describe, expect, it, vi } from 'vitest';
import { CALL, useMetrics } from '../support/node-metrics.js';
import { freePort } from '../support/node-servers.js';

const setup = useMetrics();
const size = getMeter().createHistogram('size');
const EXPONENTIAL = { histogramAggregation: 'base2_exponential_bucket_histogram' } as const;

afterEach(() => vi.unstubAllEnvs());

describe('exponential histograms', () => {
  it.each(['http/protobuf', 'http/json'] as const)('are all histograms, as %s', async protocol => {
    setup.start({ ...EXPONENTIAL, protocol });
    withSpan('chat', { attributes: CALL }, () => {});
    for (const value of [1, 2, 4]) size.record(value);
    await flush();
    expect(setup.collector.last('size')).toMatchObject({
      type: 'exponentialHistogram',
      points: [{ count: 3, sum: 7, scale: expect.any(Number) }],
    });
    expect(setup.collector.last('size')?.points[0]?.buckets?.reduce((sum, each) => sum + each)).toBe(3);
    // Which have advice for fixed bounds.
    expect(setup.collector.last('gen_ai.client.token.usage')).toMatchObject({
      type: 'exponentialHistogram',
      points: [{ count: 1 }, { count: 1 }],
    });
    expect(setup.collector.last('llm.calls.count')?.type).toBe('sum');
  });

  it('are so in views too, unless those have buckets', async () => {
    const views = [
      { instrument: 'size', name: 'renamed' },
      { instrument: 'llm.*', attributes: [] },
      { instrument: 'gen_ai.*', buckets: [1, 50] },
    ];
    setup.start({ ...EXPONENTIAL, views });
    withSpan('chat', { attributes: CALL }, () => {});
    size.record(1);
    await flush();
    expect(setup.collector.exports[0]?.metrics.map(({ name, type }) => `${name} ${type}`).sort()).toEqual(
      expect.arrayContaining([
        'gen_ai.client.token.usage histogram',
        'llm.calls.count sum',
        'llm.latency exponentialHistogram',
        'renamed exponentialHistogram',
      ]),
    );
  });

  it('leave Prometheus its buckets', async () => {
    const port = await freePort();
    setup.start({
      ...EXPONENTIAL,
      exporters: ['otlp', 'prometheus'],
      prometheus: { port },
      views: [{ instrument: 'llm.latency', attributes: [] }],
    });
    withSpan('chat', { attributes: CALL }, () => {});
    size.record(3);
    const text = await (await fetch(`http://127.0.0.1:${port}/metrics`)).text();
    expect(text).toMatch(/^size_bucket\{.*le="5"\} 1$/m);
    expect(text).toMatch(/^llm_latency_bucket\{/m);
    await flush();
    expect(setup.collector.last('size')?.type).toBe('exponentialHistogram');
  });

  it('are what the environment asks for', async () => {
    vi.stubEnv('OTEL_EXPORTER_OTLP_METRICS_DEFAULT_HISTOGRAM_AGGREGATION', 'BASE2_EXPONENTIAL_BUCKET_HISTOGRAM');
    setup.start();
    size.record(1);
    await flush();
    expect(setup.collector.last('size')?.type).toBe('exponentialHistogram');
    expect(setup.warnings).toEqual([]);
  });

  it('are not what happens otherwise', async () => {
    setup.start({ histogramAggregation: 'explicit_bucket_histogram' });
    size.record(1);
    await flush();
    expect(setup.collector.last('size')?.type).toBe('histogram');
  });

  it('go by no other name', async () => {
    expect(() => setup.start({ histogramAggregation: 'exponential' as never })).toThrow(
      'telemetry.metrics.histogramAggregation: must be one of "explicit_bucket_histogram"',
    );
    vi.stubEnv('OTEL_EXPORTER_OTLP_METRICS_DEFAULT_HISTOGRAM_AGGREGATION', 'exponential');
    setup.start();
    expect(setup.warnings).toEqual([
      expect.stringContaining('OTEL_EXPORTER_OTLP_METRICS_DEFAULT_HISTOGRAM_AGGREGATION must be one of'),
    ]);
  });
});

describe('OTEL_METRICS_EXEMPLAR_FILTER', () => {
  it.each([
    ['trace_based', ['OTEL_METRICS_EXEMPLAR_FILTER has no effect: metrics are sent without exemplars']],
    ['ALWAYS_ON', ['OTEL_METRICS_EXEMPLAR_FILTER has no effect: metrics are sent without exemplars']],
    ['always_off', []],
    ['', []],
    ['sometimes', ['OTEL_METRICS_EXEMPLAR_FILTER must be one of "always_on", "always_off", "trace_based"']],
  ])('"%s" is answered for', (value, told) => {
    const { warnings } = describeConfig({ configFile: false }, { OTEL_METRICS_EXEMPLAR_FILTER: value });
    expect(warnings).toEqual(told.map(text => expect.stringContaining(text)));
  });
});
