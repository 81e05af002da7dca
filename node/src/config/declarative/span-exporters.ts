import { fileURLToPath } from 'node:url';
import type { FileExporterOption, OtlpExporterOption } from '@agentops/shared';
import { STANDARD_ENDPOINT, STANDARD_GRPC_ENDPOINT } from '../exporters.js';
import { kind, made, object, said, tell, text } from './parts.js';
import { commonOf, GRPC, HTTP, tlsOf } from './otlp.js';

export interface DeclaredExporter {
  readonly option: OtlpExporterOption | FileExporterOption | { type: 'console' };
  /** For one attempt; of a batch, here. */
  readonly timeoutMs?: number | undefined;
}

/** `exporter` of a span processor. */
export const spanExporter = kind<DeclaredExporter>({
  otlp_http: made(object(HTTP), ({ endpoint, encoding = 'protobuf', tls, timeout: timeoutMs, ...found }) => ({
    option: {
      type: 'otlp',
      ...commonOf(found),
      url: endpoint ?? `${STANDARD_ENDPOINT}/v1/traces`,
      protocol: `http/${encoding}`,
      ...tlsOf(tls),
    },
    timeoutMs,
  })),
  otlp_grpc: made(
    object(GRPC),
    ({ endpoint: url = STANDARD_GRPC_ENDPOINT, tls: { insecure, ...files } = {}, timeout: timeoutMs, ...found }) => ({
      // By `endpoint` it would be for metrics too.
      option: { type: 'otlp', ...commonOf(found), url, protocol: 'grpc', ...said({ insecure }), ...tlsOf(files) },
      timeoutMs,
    }),
  ),
  'otlp_file/development': made(object({ output_stream: text }), ({ output_stream: stream = 'stdout' }, place) => {
    const path = pathIn(stream);
    return path === undefined ? tell('beyond', place, 'writes to file:///… alone') : { option: { type: 'file', path } };
  }),
  console: made(object({}), () => ({ option: { type: 'console' } })),
});

function pathIn(stream: string): string | undefined {
  try {
    return fileURLToPath(stream);
  } catch {
    return undefined;
  }
}
