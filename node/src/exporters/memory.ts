import type { MemoryExporterOption } from '@agentops/shared';
import { count, must } from '@agentops/shared/config/validate';
import { createMemoryExporter } from '@agentops/shared/export/memory';
import { prepareExporter, type ExporterType } from '@agentops/shared/telemetry/exporters';

export const memory: ExporterType = {
  options: { spans: must('be an array', Array.isArray), maxSpans: count },
  required: 'spans',
  prepare: (option, around) => {
    const { spans, maxSpans } = option as MemoryExporterOption;
    return prepareExporter(createMemoryExporter(spans, maxSpans), around);
  },
};
