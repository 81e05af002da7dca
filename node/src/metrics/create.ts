import type { MetricsParts, MetricsPipeline } from '@agentops/shared';
import { createMetrics as createShared, type MetricsHost } from '@agentops/shared/metrics/create-metrics';
import type { MetricEncoding } from '@agentops/shared/metrics/http-metric-backend';
import { JsonMetricsSerializer, ProtobufMetricsSerializer } from '@opentelemetry/otlp-transformer';
import { PROTOCOL } from '../config/defaults.js';
import { connect } from './connect.js';
import { chooseHistograms } from './histograms.js';
import { createLastExport } from './last-export.js';
import { observeMemory } from './memory.js';
import { createPrometheusReader } from './prometheus.js';

const PROTOBUF: MetricEncoding = { serializer: ProtobufMetricsSerializer, contentType: 'application/x-protobuf' };

const HOST: MetricsHost = {
  encodings: {
    'http/protobuf': PROTOBUF,
    'http/json': { serializer: JsonMetricsSerializer, contentType: 'application/json' },
    grpc: PROTOBUF,
  },
  protocol: PROTOCOL,
  temporality: 'cumulative',
  createPrometheusReader,
  observe: observeMemory,
  chooseHistograms,
  connect,
};

export function createMetrics(parts: MetricsParts): MetricsPipeline[] {
  const { leaveSync, ...last } = createLastExport();
  return createShared(parts, { ...HOST, ...last }).map(pipeline => ({ ...pipeline, leaveSync }));
}
