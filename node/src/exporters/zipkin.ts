import type { ZipkinExporterOption } from '@agentops/shared';
import { milliseconds, url } from '@agentops/shared/config/validate';
import { createOtlpBackend } from '@agentops/shared/export/otlp-http';
import { prepareQueue, wrong, type ExporterType, type Surroundings } from '@agentops/shared/telemetry/exporters';
import type { SpanQueue } from '@agentops/shared/telemetry/batch';
import { keptFor } from '../disk-queue/destination.js';
import { httpHeaders } from '../config/headers-check.js';
import { createTransport } from './http-transport.js';
import { faultOf, readTls, tlsCheck } from './tls.js';
import { zipkinSerializer } from './zipkin-json.js';

/** Where Zipkin listens. */
export const ZIPKIN_ENDPOINT = 'http://localhost:9411/api/v2/spans';

/** Zipkin, https://zipkin.io/zipkin-api/#/default/post_spans: requests as those of OTLP over HTTP, but for what is in them. */
export const zipkin: ExporterType = {
  options: { endpoint: url, headers: httpHeaders, timeoutMs: milliseconds, tls: tlsCheck },
  prepare: (option, around) => prepare(option as ZipkinExporterOption, around),
};

function prepare(option: ZipkinExporterOption, around: Surroundings): () => SpanQueue {
  const { endpoint = ZIPKIN_ENDPOINT, timeoutMs = around.batch.timeoutMs } = option;
  const fault = option.tls && faultOf(option.tls);
  if (fault) throw wrong(`${around.path}.tls`, fault);
  const contentType = 'application/json';
  const tls = readTls(option.tls);
  const backend = createOtlpBackend({
    ...around.platform.limits,
    ...createTransport({ tls }),
    endpoint,
    url: endpoint,
    headers: option.headers,
    serializer: zipkinSerializer,
    contentType,
    timeoutMs,
  });
  const destination = { url: endpoint, headers: option.headers, kind: 'zipkin', tls } as const;
  return prepareQueue(backend, keptFor(destination, around), contentType);
}
