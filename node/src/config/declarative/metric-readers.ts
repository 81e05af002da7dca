import {
  HISTOGRAM_AGGREGATIONS,
  type HistogramAggregation,
  type MetricsOptions,
  type Temporality,
} from '@agentops/shared/metrics/options';
import { STANDARD_ENDPOINT, STANDARD_GRPC_ENDPOINT } from '../exporters.js';
import { beyond, kind, made, name, object, said, text, whole } from './parts.js';
import { commonOf, delay, GRPC, HTTP, timeout, tlsOf } from './otlp.js';

const TEMPORALITIES = { cumulative: 'cumulative', delta: 'delta', low_memory: 'lowmemory' } as const;

/** What any exporter that is pushed to may say. */
const PUSHED = {
  temporality_preference: made(
    name(...(Object.keys(TEMPORALITIES) as (keyof typeof TEMPORALITIES)[])),
    (found): Temporality => TEMPORALITIES[found],
  ),
  default_histogram_aggregation: name(...HISTOGRAM_AGGREGATIONS),
};

/** What is the same of both transports. */
type Pushed = Parameters<typeof commonOf>[0] & {
  timeout?: number;
  temporality_preference?: Temporality;
  default_histogram_aggregation?: HistogramAggregation;
};

const pushExporter = kind<MetricsOptions>({
  otlp_http: made(object({ ...HTTP, ...PUSHED }), ({ endpoint, encoding = 'protobuf', tls, ...found }) => ({
    ...otlp(found),
    url: endpoint ?? `${STANDARD_ENDPOINT}/v1/metrics`,
    protocol: `http/${encoding}`,
    ...tlsOf(tls),
  })),
  otlp_grpc: made(
    object({ ...GRPC, ...PUSHED }),
    ({ endpoint = STANDARD_GRPC_ENDPOINT, tls: { insecure, ...files } = {}, ...found }) => ({
      ...otlp(found),
      endpoint,
      protocol: 'grpc',
      ...said({ insecure }),
      ...tlsOf(files),
    }),
  ),
  'otlp_file/development': beyond('metrics go to no file here'),
  console: made(object(PUSHED), found => ({ exporters: ['console'], ...pushed(found) })),
});

function otlp({ headers, headers_list, compression, ...found }: Pushed): MetricsOptions {
  return { exporters: ['otlp'], ...commonOf(said({ headers, headers_list, compression })), ...pushed(found) };
}

function pushed(found: Omit<Pushed, keyof Parameters<typeof commonOf>[0]>): MetricsOptions {
  return said({
    timeoutMs: found.timeout,
    temporality: found.temporality_preference,
    histogramAggregation: found.default_histogram_aggregation,
  });
}

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
