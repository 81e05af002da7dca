import { readRejected } from '@agentops/shared/export/otlp-http';
import type { MetricEncoding } from '@agentops/shared/metrics/http-metric-backend';
import { suppressTracing } from '@agentops/shared/suppression';
import { context } from '@opentelemetry/api';
import { createGrpcClient, type GrpcClientOptions } from '../exporters/grpc-client.js';
import type { NodeMetricBackend } from './last-export.js';

/** https://opentelemetry.io/docs/specs/otlp/#otlpgrpc */
const PATH = '/opentelemetry.proto.collector.metrics.v1.MetricsService/Export';

/** How a backend of traces says that it takes no metrics. */
const NOT_TAKEN = 'UNIMPLEMENTED';

export interface GrpcMetricOptions extends Omit<GrpcClientOptions, 'path'> {
  /** Of protobuf. */
  readonly serializer: MetricEncoding['serializer'];
}

/**
 * OTLP over gRPC.
 * @throws as `createGrpcClient` does
 */
export function createGrpcMetricBackend(options: GrpcMetricOptions): NodeMetricBackend {
  const client = createGrpcClient({ ...options, path: PATH });
  const { name } = client;
  const reading = { ...options, name, count: 'rejectedDataPoints' } as const;
  return {
    name,
    async send(body, timeoutMs) {
      const untraced = suppressTracing(context.active());
      const answer = await context.with(untraced, () => client.call({ body }, timeoutMs));
      if ('error' in answer) return { ...answer, refused: answer.status === NOT_TAKEN };
      return { rejected: answer.body?.length ? readRejected(answer.body, reading) : 0 };
    },
    toExitRequest: body => client.toExitRequest({ body }),
    shutdown: () => client.close(),
  };
}
