import { otlpJsonSerializer, type FileExporterOption, type Backend, type EncodedBatch } from '@agentops/shared';
import { count, text } from '@agentops/shared/config/validate';
import { packSpans } from '@agentops/shared/export/otlp-http';
import { prepareQueue, type ExporterType } from '@agentops/shared/telemetry/exporters';
import { createLineFile } from './line-file.js';

const MAX_BYTES = 64 * 2 ** 20;

/** What may be over by the next attempt. */
const PASSING = new Set(['ENOSPC', 'EDQUOT', 'EMFILE', 'ENFILE', 'EAGAIN', 'EBUSY']);

/** OTLP/JSON lines in a file, https://opentelemetry.io/docs/specs/otel/protocol/file-exporter/. */
export const file: ExporterType = {
  options: { path: text, maxBytes: count },
  required: 'path',
  prepare: (option, around) =>
    prepareQueue(createFileBackend(option as FileExporterOption, around.platform.limits.maxBatchBytes), around),
};

function createFileBackend(
  { path, maxBytes = MAX_BYTES }: FileExporterOption,
  maxBatchBytes: number,
): Backend<EncodedBatch> {
  const lines = createLineFile(path, maxBytes);
  return {
    name: `file:${path}`,
    // A line after the other: what is rotated must not be written at the same time.
    maxInFlight: 1,
    maxInFlightBytes: Infinity,
    pack: spans => packSpans(spans, { serializer: otlpJsonSerializer, maxBatchBytes }),
    send: async ({ body }) => {
      try {
        await lines.append(body);
        return { rejected: 0 };
      } catch (error) {
        return { cause: 'unwritable', error, retry: PASSING.has(String((error as NodeJS.ErrnoException).code)) };
      }
    },
    sendSync: batches =>
      batches.map(({ body }) => {
        try {
          lines.appendSync(body);
          return true;
        } catch {
          return false;
        }
      }),
    shutdown: () => Promise.resolve(),
  };
}
