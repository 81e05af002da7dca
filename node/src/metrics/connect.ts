import { createHttpMetricBackend, type MetricEncoding } from '@agentops/shared/metrics/http-metric-backend';
import type { MetricBackend } from '@agentops/shared/metrics/metric-backend';
import type { MetricTarget } from '@agentops/shared/metrics/targets';
import { withScheme } from '../config/endpoint.js';
import { grpcTarget } from '../exporters/grpc-target.js';
import { createTransport } from '../exporters/http-transport.js';
import { readTls } from '../exporters/tls.js';
import { createGrpcMetricBackend } from './grpc-metric-backend.js';

/** What metrics travel by: what spans do, with the certificates and the compression of the backend. */
export function connect(target: MetricTarget & MetricEncoding): MetricBackend {
  const { url, headers, tls, compression = 'none', serializer } = target;
  if (target.protocol === 'grpc')
    return createGrpcMetricBackend({ ...grpcTarget(url, target), metadata: headers ?? {}, compression, serializer });
  const transport = createTransport({ tls: readTls(tls), compression });
  return createHttpMetricBackend({ ...target, ...transport, url: withScheme(url) });
}
