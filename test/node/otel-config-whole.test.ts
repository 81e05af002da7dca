import { describe, expect, it } from 'vitest';
import { describeDocument } from '../support/otel-document.js';

/** Something at every place that the schema has, whether we can do it or not. */
const WHOLE = `
file_format: "1.1"
disabled: false
log_level: warn
resource:
  schema_url: https://opentelemetry.io/schemas/1.30.0
  attributes_list: service.namespace=shop
  attributes:
    - { name: service.name, value: planner }
    - { name: replicas, value: 3, type: int }
  detection/development:
    detectors: [{ host: }, { process: }]
attribute_limits: { attribute_count_limit: 64, attribute_value_length_limit: 4096 }
propagator:
  composite: [{ tracecontext: }, { baggage: }]
  composite_list: b3,xray
tracer_provider:
  processors:
    - batch:
        schedule_delay: 100
        export_timeout: 200
        max_queue_size: 300
        max_export_batch_size: 40
        exporter:
          otlp_http: { endpoint: https://collector.test/v1/traces, compression: zstd, timeout: 150, encoding: json }
    - batch:
        exporter:
          otlp_grpc: { endpoint: https://collector.test:4317 }
    - simple: { exporter: { otlp_file/development: { output_stream: stdout } } }
    - simple: { exporter: { console: } }
  limits: { attribute_count_limit: 32, event_count_limit: 16 }
  sampler:
    parent_based:
      root: { trace_id_ratio_based: { ratio: 0.5 } }
      remote_parent_not_sampled: { probability/development: { ratio: 0.1 } }
  id_generator: { random: }
  tracer_configurator/development: { default_config: { enabled: true } }
meter_provider:
  readers:
    - periodic:
        interval: 1000
        max_export_batch_size/development: 10
        producers: [{ opencensus: }]
        cardinality_limits: { default: 500, histogram: 100 }
        exporter:
          otlp_http: { temporality_preference: delta, default_histogram_aggregation: explicit_bucket_histogram }
    - pull: { exporter: { prometheus/development: { port: 9999, scope_info_enabled: true } } }
  views:
    - selector: { instrument_name: llm.latency }
      stream: { name: latency, aggregation: { explicit_bucket_histogram: { boundaries: [1, 2], record_min_max: true } } }
    - selector: { unit: ms }
      stream: { aggregation: { drop: } }
  exemplar_filter: trace_based
  meter_configurator/development: {}
logger_provider:
  processors: [{ batch: { exporter: { otlp_http: } } }]
instrumentation/development: { general: {} }
distribution: { mine: {} }
`;

describe('a document with something everywhere', () => {
  const { values, wrong, warnings, notes } = describeDocument(WHOLE);

  it('is valid', () => {
    expect(wrong).toEqual([]);
  });

  it('configures what can be had', () => {
    expect(values).toEqual({
      debug: false,
      serviceName: 'planner',
      'resourceAttributes.service.name': 'planner',
      'resourceAttributes.service.namespace': 'shop',
      'resourceAttributes.replicas': 3,
      'context.propagation': ['tracecontext', 'baggage', 'b3'],
      'spanLimits.attributeCount': 32,
      'spanLimits.attributeValueLength': 4096,
      'spanLimits.eventCount': 16,
      'exporters[0].type': 'otlp',
      'exporters[0].url': 'https://collector.test/v1/traces',
      'exporters[0].protocol': 'http/json',
      'exporters[0].batch.delayMs': 100,
      'exporters[0].batch.timeoutMs': 150,
      'exporters[0].batch.maxQueueSize': 300,
      'exporters[0].batch.maxBatchSize': 40,
      'exporters[1].type': 'otlp',
      'exporters[1].url': 'https://collector.test:4317',
      'exporters[1].protocol': 'grpc',
      'exporters[2].type': 'console',
      'exporters[2].batch.maxBatchSize': 1,
      sampler: expect.stringContaining('root=TraceIdRatioBased{0.5}'),
      'metrics.exporters': ['otlp', 'prometheus'],
      'metrics.url': 'http://localhost:4318/v1/metrics',
      'metrics.protocol': 'http/protobuf',
      'metrics.intervalMs': 1000,
      'metrics.temporality': 'delta',
      'metrics.histogramAggregation': 'explicit_bucket_histogram',
      'metrics.cardinalityLimit': 500,
      'metrics.prometheus.port': 9999,
      'metrics.views[0].instrument': 'llm.latency',
      'metrics.views[0].name': 'latency',
      'metrics.views[0].buckets': [1, 2],
    });
  });

  it('is told in one warning what cannot', () => {
    expect(warnings).toHaveLength(1);
    const paths = [...(warnings[0] ?? '').matchAll(/(?:: |, )([\w./[\]]+) \(/g)].map(([, path]) => path);
    expect(paths).toEqual([
      'propagator.composite_list.xray',
      'tracer_provider.processors[0].batch.exporter.otlp_http.compression',
      'tracer_provider.processors[2].simple.exporter.otlp_file/development',
      'tracer_provider.sampler.parent_based.remote_parent_not_sampled.probability/development',
      'tracer_provider.tracer_configurator/development',
      'meter_provider.readers[0].periodic.max_export_batch_size/development',
      'meter_provider.readers[0].periodic.producers',
      'meter_provider.readers[0].periodic.cardinality_limits.histogram',
      'meter_provider.readers[1].pull.exporter.prometheus/development.scope_info_enabled',
      'meter_provider.views[1].selector',
      'meter_provider.meter_configurator/development',
    ]);
  });

  it('is told in notes what nobody misses', () => {
    expect(notes.map(note => note.split(': ')[1])).toEqual([
      'resource.schema_url',
      'resource.detection/development',
      'meter_provider.exemplar_filter',
      'logger_provider',
      'instrumentation/development',
      'distribution',
    ]);
  });
});
