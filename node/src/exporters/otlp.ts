import type { OtlpExporterOption, Platform } from '@agentops/shared';
import {
  exportersOf,
  prepareOtlp,
  prepareQueue,
  wrong,
  type ExporterType,
  type Surroundings,
} from '@agentops/shared/telemetry/exporters';
import { tracesUrl } from '@agentops/shared/export/otlp-http';
import type { SpanQueue } from '@agentops/shared/telemetry/batch';
import { withScheme } from '../config/endpoint.js';
import { keptFor } from '../disk-queue/destination.js';
import { createGrpcBackend } from './grpc-backend.js';
import { grpcFault, grpcTarget } from './grpc-target.js';
import { createTransport } from './http-transport.js';
import { endpoint, otlpChecks } from './otlp-checks.js';
import { otlpProtobufSerializer } from './otlp-protobuf.js';
import { sharedEncodings } from './pack-once.js';
import { faultOf, readTls } from './tls.js';

/** OTLP over HTTP and gRPC, with what only Node can: certificates of its own, compression by zlib. */
export const otlp: ExporterType = {
  options: { ...otlpChecks, url: endpoint },
  prepare: (option, around) => prepare(option as OtlpExporterOption, around),
};

function prepare(option: OtlpExporterOption, around: Surroundings): () => SpanQueue {
  const { options, platform, path } = around;
  // The environment may have named one part, and the configuration another.
  const fault = option.tls && faultOf(option.tls);
  if (fault) throw wrong(`${path}.tls`, fault);
  if (option.protocol === 'grpc') return prepareGrpc(option, around);
  const tls = readTls(option.tls);
  const transport = createTransport({ tls, compression: option.compression });
  const { url, endpoint: base } = option;
  const target = { ...(url && { url: withScheme(url) }), ...(base && { endpoint: withScheme(base) }) };
  const destination = {
    url: target.url ?? tracesUrl(target.endpoint ?? options.endpoint ?? ''),
    headers: option.headers ?? options.headers,
    kind: 'otlp',
    tls,
  } as const;
  const encodings = encodingsOf(around);
  return prepareOtlp(
    { ...option, ...target },
    keptFor(destination, { ...around, platform: { ...platform, ...transport, encodings } }),
  );
}

function prepareGrpc(option: OtlpExporterOption, around: Surroundings): () => SpanQueue {
  const { options, platform, batch, path } = around;
  const { url: traces, endpoint: target = traces ?? options.endpoint, compression = 'none' } = option;
  if (!target) throw wrong(`${path}.endpoint`, 'must be set');
  const metadata = option.headers ?? options.headers ?? {};
  const fault = grpcFault(metadata);
  if (fault) throw wrong(`${path}.${fault.path}`, fault.message);
  const { address, tls } = grpcTarget(traces ?? target, option);
  const backend = createGrpcBackend({
    ...platform.limits,
    address,
    tls,
    metadata,
    compression,
    serializer: encodingsOf(around)['http/protobuf']?.serializer ?? otlpProtobufSerializer,
    timeoutMs: batch.timeoutMs,
  });
  const destination = { url: address, headers: metadata, kind: 'otlp', tls } as const;
  return prepareQueue(backend, keptFor(destination, around), 'application/x-protobuf');
}

/** With one backend there is nothing to share, and remembering batches costs a little. */
function encodingsOf({ options, platform }: Surroundings): Platform['encodings'] {
  const isSeveral = Object.values(exportersOf(options)).flat().length > 1;
  return isSeveral ? sharedEncodings(platform.encodings) : platform.encodings;
}
