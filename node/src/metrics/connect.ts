import { createHttpMetricBackend, type MetricEncoding } from '@agentops/shared/metrics/http-metric-backend';
import type { MetricTarget } from '@agentops/shared/metrics/targets';
import { withScheme } from '../config/endpoint.js';
import { grpcTarget } from '../exporters/grpc-target.js';
import { createTransport } from '../exporters/http-transport.js';
import { readTls } from '../exporters/tls.js';
import { createGrpcMetricBackend } from './grpc-metric-backend.js';
import type { NodeMetricBackend } from './last-export.js';

/** What metrics travel by: what spans do, with the certificates and the compression of the backend. */
export function connect(target: MetricTarget & MetricEncoding): NodeMetricBackend {
  const { tls, compression = 'none', serializer } = target;
  if (target.protocol === 'grpc')
    return createGrpcMetricBackend({
      ...grpcTarget(target.url, target),
      metadata: target.headers ?? {},
      compression,
      serializer,
    });
  const { send, toExitRequest } = createTransport({ tls: readTls(tls), compression });
  const url = withScheme(target.url);
  const headers = { ...target.headers, 'content-type': target.contentType };
  return {
    ...createHttpMetricBackend({ ...target, url, send }),
    toExitRequest: body => toExitRequest({ url, headers, body }),
  };
}
