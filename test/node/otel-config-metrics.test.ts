import { describe, expect, it } from 'vitest';
import { part, valuesOf } from '../support/otel-document.js';

const reading = (...readers: string[]) => `meter_provider: { readers: [${readers.join(', ')}] }`;
const viewing = (view: string) =>
  `meter_provider: { readers: [{ periodic: { exporter: { console: } } }], views: [${view}] }`;

describe('the readers of meter_provider', () => {
  const HTTP = {
    'metrics.exporters': ['otlp'],
    'metrics.url': 'http://localhost:4318/v1/metrics',
    'metrics.protocol': 'http/protobuf',
  };

  it.each<[string, object]>([
    ['{ periodic: { exporter: { otlp_http: } } }', HTTP],
    [
      '{ periodic: { interval: 5, timeout: 6, exporter: { otlp_http: { endpoint: "http://m.test/m", encoding: json } } } }',
      {
        ...HTTP,
        'metrics.url': 'http://m.test/m',
        'metrics.protocol': 'http/json',
        'metrics.intervalMs': 5,
        'metrics.timeoutMs': 6,
      },
    ],
    [
      '{ periodic: { timeout: 6, exporter: { otlp_http: { timeout: 7, temporality_preference: low_memory } } } }',
      { ...HTTP, 'metrics.timeoutMs': 7, 'metrics.temporality': 'lowmemory' },
    ],
    [
      '{ periodic: { cardinality_limits: { default: 9 }, exporter: { otlp_http: { tls: { ca_file: } } } } }',
      { ...HTTP, 'metrics.cardinalityLimit': 9 },
    ],
    [
      '{ periodic: { exporter: { otlp_http: { compression: gzip, default_histogram_aggregation: base2_exponential_bucket_histogram } } } }',
      {
        ...HTTP,
        'metrics.compression': 'gzip',
        'metrics.histogramAggregation': 'base2_exponential_bucket_histogram',
      },
    ],
    [
      '{ periodic: { exporter: { otlp_grpc: { endpoint: "c.test:4317", tls: { insecure: true } } } } }',
      {
        'metrics.exporters': ['otlp'],
        'metrics.endpoint': 'c.test:4317',
        'metrics.protocol': 'grpc',
        'metrics.insecure': true,
      },
    ],
    [
      '{ periodic: { exporter: { console: { temporality_preference: delta } } } }',
      { 'metrics.exporters': ['console'], 'metrics.temporality': 'delta' },
    ],
    [
      '{ pull: { exporter: { prometheus/development: { host: "::1", port: 0 } } } }',
      { 'metrics.exporters': ['prometheus'], 'metrics.prometheus.host': '::1', 'metrics.prometheus.port': 0 },
    ],
  ])('%s', (reader, values) => {
    expect(valuesOf(reading(reader))).toEqual(values);
  });

  it('beside each other share their settings', () => {
    const { values, warnings } = part(
      reading(
        '{ periodic: { interval: 5, exporter: { otlp_http: } } }',
        '{ periodic: { interval: 6, exporter: { console: } } }',
        '{ pull: { exporter: { prometheus/development: } } }',
        '{ periodic: { exporter: { otlp_http: { endpoint: "http://second.test" } } } }',
      ),
    );
    expect(values).toMatchObject({
      ...HTTP,
      'metrics.exporters': ['otlp', 'console', 'prometheus'],
      'metrics.intervalMs': 5,
    });
    expect(warnings).toHaveLength(1);
    expect(warnings[0]).toContain('meter_provider.readers[1] (has the intervalMs of the first reader that sets it)');
    expect(warnings[0]).toContain('meter_provider.readers[3] (there is one "otlp" reader here, the first)');
  });

  it.each([
    ['{ periodic: {} }', '[0].periodic.exporter: must be set'],
    [
      '{ periodic: { exporter: { otlp_http: { temporality_preference: lowmemory } } } }',
      'temporality_preference: must be one of',
    ],
    [
      '{ pull: { exporter: { console: } } }',
      '[0].pull.exporter.console: is not known; there are prometheus/development',
    ],
  ])('cannot be %s', (reader, message) => {
    expect(part(reading(reader)).wrong).toEqual([expect.stringContaining(message)]);
  });
});

describe('views', () => {
  const SELECTOR = 'selector: { instrument_name: "llm.*", meter_name: agentops }';

  it.each<[string, object]>([
    ['stream: { description: x }', { description: 'x' }],
    ['stream: { aggregation: { drop: } }', { drop: true }],
    ['stream: { aggregation: { default: } }', {}],
    ['stream: { aggregation: { explicit_bucket_histogram: { boundaries: [1, 2.5] } } }', { buckets: [1, 2.5] }],
    ['stream: { attribute_keys: { included: [a, b] } }', { attributes: ['a', 'b'] }],
  ])('%s', (stream, view) => {
    const found = Object.entries(valuesOf(viewing(`{ ${SELECTOR}, ${stream} }`))).flatMap(([path, value]) =>
      path.startsWith('metrics.views[0].') ? [[path.replace('metrics.views[0].', ''), value]] : [],
    );
    expect(Object.fromEntries(found)).toEqual({ instrument: 'llm.*', meter: 'agentops', ...view });
  });

  it.each([
    [
      '{ selector: { instrument_type: histogram }, stream: { description: x } }',
      'selector (selects by instrument_type',
    ],
    ['{ selector: { instrument_name: "a?" }, stream: { description: x } }', 'selector (selects by a "?"'],
    [
      '{ selector: { instrument_name: "http.*.size*" }, stream: { description: x } }',
      'selector (selects by more than one "*"',
    ],
    ['{ selector: {}, stream: { name: x } }', 'views[0] (names what may be several instruments'],
  ])('left out as a whole: %s', (view, message) => {
    const { values, warnings } = part(viewing(view));
    expect(values).toMatchObject({ 'metrics.views': [] });
    expect(warnings).toEqual([expect.stringContaining(message)]);
  });
});
