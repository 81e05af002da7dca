import type { SpanExporter } from '@opentelemetry/sdk-trace-base';
import type { ExporterOption, InitOptions, OtlpExporterOption } from '../config/config.js';
import { AgentOpsError } from '../errors.js';
import { createConsoleExporter } from '../export/console.js';
import { createOtlpHttpExporter } from '../export/otlp-http.js';
import type { Platform } from '../platform.js';

/**
 * The backends that `options` ask for.
 * @param timeoutMs what a batch may take, retries included
 * @throws AgentOpsError when an OTLP backend has no endpoint, or wants an encoding the platform has not
 */
export function createExporters(options: InitOptions, platform: Platform, timeoutMs: number): SpanExporter[] {
  const wanted: ExporterOption[] = options.telemetry?.exporters ?? (options.endpoint ? ['otlp'] : []);
  return wanted.map((exporter, index) => {
    if (typeof exporter === 'object' && 'export' in exporter) return exporter;
    if (exporter === 'console' || (exporter !== 'otlp' && exporter.type === 'console')) return createConsoleExporter();
    const option: OtlpExporterOption = exporter === 'otlp' ? { type: 'otlp' } : exporter;
    return createOtlp(withDefaults(option, options, index), platform, timeoutMs);
  });
}

function withDefaults(option: OtlpExporterOption, { endpoint, headers }: InitOptions, index: number) {
  const full = {
    ...(endpoint && { endpoint }),
    ...(headers && { headers }),
    ...option,
    path: `telemetry.exporters[${index}]`,
  };
  if (full.endpoint) return { ...full, endpoint: full.endpoint };
  throw wrong(`${full.path}.endpoint`, 'must be set, here or as the `endpoint` of the configuration');
}

function createOtlp(
  { endpoint, headers, protocol, path }: ReturnType<typeof withDefaults>,
  platform: Platform,
  timeoutMs: number,
): SpanExporter {
  const encoding = platform.encodings[protocol ?? platform.protocol];
  if (!encoding) throw wrong(`${path}.protocol`, `must be "${platform.protocol}" here`);
  return createOtlpHttpExporter({ endpoint, ...(headers && { headers }), ...encoding, send: platform.send, timeoutMs });
}

function wrong(path: string, message: string): AgentOpsError {
  return new AgentOpsError('invalid-config', [{ path, message }]);
}
