import { fileURLToPath } from 'node:url';
import type { FileExporterOption, OtlpExporterOption } from '@agentops/shared';
import { STANDARD_ENDPOINT, STANDARD_GRPC_ENDPOINT } from '../exporters.js';
import { flag, kind, made, object, said, tell, text } from './parts.js';
import { GRPC, headersOf, HTTP, TLS_FILES, type Files, type Headers } from './otlp.js';

export interface DeclaredExporter {
  readonly option: OtlpExporterOption | FileExporterOption | { type: 'console' };
  /** For one attempt; of a batch, here. */
  readonly timeoutMs?: number | undefined;
}

/** `exporter` of a span processor. */
export const spanExporter = kind<DeclaredExporter>({
  otlp_http: made(object(HTTP), ({ endpoint, encoding = 'protobuf', tls, timeout: timeoutMs, ...found }) => ({
    option: {
      ...otlp(found),
      url: endpoint ?? `${STANDARD_ENDPOINT}/v1/traces`,
      protocol: `http/${encoding}`,
      ...tlsOf(tls),
    },
    timeoutMs,
  })),
  otlp_grpc: made(
    object({ ...GRPC, tls: object({ ...TLS_FILES, insecure: flag }) }),
    ({ endpoint = STANDARD_GRPC_ENDPOINT, tls: { insecure, ...files } = {}, timeout: timeoutMs, ...found }) => ({
      option: { ...otlp(found), endpoint, protocol: 'grpc', ...said({ insecure }), ...tlsOf(files) },
      timeoutMs,
    }),
  ),
  'otlp_file/development': made(object({ output_stream: text }), ({ output_stream: stream = 'stdout' }, place) => {
    const path = pathIn(stream);
    return path === undefined ? tell('beyond', place, 'writes to file:///… alone') : { option: { type: 'file', path } };
  }),
  console: made(object({}), () => ({ option: { type: 'console' } })),
});

function otlp({ compression, ...lists }: Headers & { compression?: 'gzip' | 'none' }): OtlpExporterOption {
  return { type: 'otlp', ...said({ headers: headersOf(lists), compression }) };
}

function tlsOf({ ca_file: ca, cert_file: cert, key_file: key }: Files = {}): Pick<OtlpExporterOption, 'tls'> {
  const tls = said({ ca, cert, key });
  return Object.keys(tls).length ? { tls } : {};
}

function pathIn(stream: string): string | undefined {
  try {
    return fileURLToPath(stream);
  } catch {
    return undefined;
  }
}
