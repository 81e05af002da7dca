import type { MetricsOptions, Temporality } from '@agentops/shared/metrics/options';
import { STANDARD_ENDPOINT } from '../exporters.js';
import { beyond, kind, made, name, object, said, tell, text, whole } from './parts.js';
import { delay, headersOf, HTTP, timeout, TLS_FILES } from './otlp.js';

const TEMPORALITIES = { cumulative: 'cumulative', delta: 'delta', low_memory: 'lowmemory' } as const;

/** What any exporter that is pushed to may say. */
const PUSHED = {
  temporality_preference: made(
    name(...(Object.keys(TEMPORALITIES) as (keyof typeof TEMPORALITIES)[])),
    (found): Temporality => TEMPORALITIES[found],
  ),
  // Until telemetry.metrics.histogramAggregation can say the other one.
  default_histogram_aggregation: made(
    name('explicit_bucket_histogram', 'base2_exponential_bucket_histogram'),
    (found, place) =>
      found === 'explicit_bucket_histogram' ? undefined : tell('beyond', place, 'histograms have buckets here'),
  ),
};

const compression = made(HTTP.compression, (found, place) =>
  found === 'none' ? undefined : tell('beyond', place, 'metrics are not compressed here'),
);

const tls = made(object(TLS_FILES), (files, place) =>
  Object.keys(files).length ? tell('beyond', place, 'metrics go with the certificates that Node trusts') : undefined,
);

const pushExporter = kind<MetricsOptions>({
  otlp_http: made(
    object({ ...HTTP, ...PUSHED, compression, tls }),
    ({ endpoint, encoding = 'protobuf', timeout: timeoutMs, temporality_preference: temporality, ...found }) => ({
      exporters: ['otlp'],
      url: endpoint ?? `${STANDARD_ENDPOINT}/v1/metrics`,
      protocol: `http/${encoding}` as const,
      ...said({ headers: headersOf(found), timeoutMs, temporality }),
    }),
  ),
  // Until telemetry.metrics.protocol can be 'grpc': then as above, with GRPC and the endpoint of gRPC.
  otlp_grpc: beyond('metrics go by HTTP here'),
  'otlp_file/development': beyond('metrics go to no file here'),
  console: made(object(PUSHED), ({ temporality_preference: temporality }) => ({
    exporters: ['console'],
    ...said({ temporality }),
  })),
});

const pullExporter = kind<MetricsOptions>({
  'prometheus/development': made(
    object({
      host: text,
      port: whole(0),
      scope_info_enabled: beyond('cannot be chosen here'),
      'target_info_enabled/development': beyond('cannot be chosen here'),
      resource_constant_labels: beyond('cannot be chosen here'),
      translation_strategy: beyond('cannot be chosen here'),
    }),
    ({ host, port }) => ({
      exporters: ['prometheus'],
      prometheus: said({ host, port }),
    }),
  ),
});

const INSTRUMENTS = [
  'counter',
  'gauge',
  'histogram',
  'observable_counter',
  'observable_gauge',
  'observable_up_down_counter',
  'up_down_counter',
];

/** What both kinds of readers may say. */
const READER = {
  producers: beyond('the SDK alone produces metrics here'),
  cardinality_limits: object({
    default: whole(1),
    ...Object.fromEntries(INSTRUMENTS.map(instrument => [instrument, beyond('is the default one here')])),
  }),
};

/** One of `meter_provider.readers`. */
export const reader = kind<MetricsOptions>({
  periodic: made(
    object(
      {
        ...READER,
        interval: delay,
        timeout,
        'max_export_batch_size/development': beyond('there is no such limit here'),
        exporter: pushExporter,
      },
      ['exporter'],
    ),
    ({ exporter, interval: intervalMs, timeout: timeoutMs, cardinality_limits: limits }) =>
      exporter && {
        ...said({ intervalMs, timeoutMs, cardinalityLimit: limits?.default }),
        ...exporter,
      },
  ),
  pull: made(
    object({ ...READER, exporter: pullExporter }, ['exporter']),
    ({ exporter, cardinality_limits: limits }) =>
      exporter && { ...said({ cardinalityLimit: limits?.default }), ...exporter },
  ),
});
