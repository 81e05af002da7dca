import { isPrivateHost, type OtlpExporterOption, type Platform } from '@agentops/shared';
import { flag, headers, must, oneOf, url, type Check } from '@agentops/shared/config/validate';
import {
  exportersOf,
  prepareOtlp,
  prepareQueue,
  wrong,
  type ExporterType,
  type Surroundings,
} from '@agentops/shared/telemetry/exporters';
import type { SpanQueue } from '@agentops/shared/telemetry/batch';
import { isHostAndPort, withScheme } from '../config/endpoint.js';
import { createGrpcBackend, loadGrpc, type GrpcOptions } from './grpc-backend.js';
import { createTransport } from './http-transport.js';
import { otlpProtobufSerializer } from './otlp-protobuf.js';
import { sharedEncodings } from './pack-once.js';
import { faultOf, readTls, tlsCheck } from './tls.js';

const endpoint: Check = (value, path) =>
  typeof value === 'string' && isHostAndPort(value)
    ? []
    : must(
        'be an http(s) URL such as "http://127.0.0.1:4318", host and port such as "localhost:4317", or a path',
        () => url(value, path).length === 0,
      )(value, path);

/** OTLP over HTTP and gRPC, with what only Node can: certificates of its own, compression by zlib. */
export const otlp: ExporterType = {
  options: {
    endpoint,
    url,
    headers,
    protocol: oneOf('http/json', 'http/protobuf', 'grpc'),
    compression: oneOf('gzip', 'none'),
    tls: tlsCheck,
    insecure: flag,
  },
  prepare: (option, around) => prepare(option as OtlpExporterOption, around),
};

function prepare(option: OtlpExporterOption, around: Surroundings): () => SpanQueue {
  const { platform, path } = around;
  // The environment may have named one part, and the configuration another.
  const fault = option.tls && faultOf(option.tls);
  if (fault) throw wrong(`${path}.tls`, fault);
  if (option.protocol === 'grpc') return prepareGrpc(option, around);
  const tls = readTls(option.tls);
  const transport = createTransport({ tls, compression: option.compression });
  const target = option.endpoint === undefined ? {} : { endpoint: withScheme(option.endpoint) };
  const encodings = encodingsOf(around);
  return prepareOtlp({ ...option, ...target }, { ...around, platform: { ...platform, ...transport, encodings } });
}

function prepareGrpc(option: OtlpExporterOption, around: Surroundings): () => SpanQueue {
  const { options, platform, batch, path } = around;
  const { url: traces, endpoint: target = traces ?? options.endpoint, compression = 'none' } = option;
  if (!target) throw wrong(`${path}.endpoint`, 'must be set');
  const grpcOptions: GrpcOptions = {
    ...platform.limits,
    ...targetOf(traces ?? target, option),
    metadata: option.headers ?? options.headers ?? {},
    compression,
    serializer: encodingsOf(around)['http/protobuf']?.serializer ?? otlpProtobufSerializer,
    timeoutMs: batch.timeoutMs,
  };
  const backend = createGrpcBackend(load(path), checked(grpcOptions, path));
  return prepareQueue(backend, around, 'application/x-protobuf');
}

/** With one backend there is nothing to share, and remembering batches costs a little. */
function encodingsOf({ options, platform }: Surroundings): Platform['encodings'] {
  const isSeveral = Object.values(exportersOf(options)).flat().length > 1;
  return isSeveral ? sharedEncodings(platform.encodings) : platform.encodings;
}

function load(path: string) {
  try {
    return loadGrpc();
  } catch (error) {
    const { code } = error as NodeJS.ErrnoException;
    throw wrong(`${path}.protocol`, `"grpc" needs a package: npm install @grpc/grpc-js (${code})`);
  }
}

/** Of gRPC's metadata, https://grpc.io/docs/guides/metadata: its library says what is wrong together with the value, which may be secret. */
function checked(options: GrpcOptions, path: string): GrpcOptions {
  const name = Object.entries(options.metadata).find(
    ([key, value]) => !/^[\w.-]+$/.test(key) || /-bin$/i.test(key) || !/^[\x20-\x7e]*$/.test(value),
  )?.[0];
  if (name === undefined) return options;
  throw wrong(`${path}.headers.${name}`, 'must be ASCII, and not named "-bin", to be sent by gRPC');
}

function targetOf(endpoint: string, { tls, insecure }: OtlpExporterOption): Pick<GrpcOptions, 'address' | 'tls'> {
  const whole = withScheme(endpoint);
  const { hostname, host, port, protocol } = new URL(whole);
  const isSecure =
    whole === endpoint ? protocol === 'https:' : !(insecure ?? (tls === undefined && isPrivateHost(hostname)));
  const defaultPort = protocol === 'https:' ? 443 : 80;
  return { address: port ? host : `${hostname}:${defaultPort}`, tls: isSecure ? readTls(tls) : undefined };
}
