import type { ExporterType } from '@agentops/shared/telemetry/exporters';
import { consoleTree } from './console-tree.js';
import { file } from './file.js';
import { memory } from './memory.js';
import { otlp } from './otlp.js';
import { zipkin } from './zipkin.js';

/** The backends of a process, by type. */
export const EXPORTER_TYPES: Readonly<Record<string, ExporterType>> = {
  otlp,
  console: consoleTree,
  zipkin,
  file,
  memory,
};
