import type { MetricsParts, MetricsPipeline } from '@agentops/shared';
import { createMetrics as createShared, type MetricsHost } from '@agentops/shared/metrics/create-metrics';
import { JsonMetricsSerializer, ProtobufMetricsSerializer } from '@opentelemetry/otlp-transformer';
import { PROTOCOL } from '../config/defaults.js';
import { observeMemory } from './memory.js';
import { createPrometheusReader } from './prometheus.js';

const HOST: MetricsHost = {
  encodings: {
    'http/protobuf': { serializer: ProtobufMetricsSerializer, contentType: 'application/x-protobuf' },
    'http/json': { serializer: JsonMetricsSerializer, contentType: 'application/json' },
  },
  protocol: PROTOCOL,
  temporality: 'cumulative',
  createPrometheusReader,
  observe: observeMemory,
};

export function createMetrics(parts: MetricsParts): MetricsPipeline[] {
  return createShared(parts, HOST);
}
