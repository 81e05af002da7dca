import type { SpanProcessor } from '@opentelemetry/sdk-trace-base';
import type { Attributes } from '../api.js';
import type { ExporterOption, InitOptions } from '../config/config.js';
import type { SamplingOptions } from '../telemetry/sampling-options.js';

type Telemetry = NonNullable<InitOptions['telemetry']>;

/** What an isolated session has in place of what is configured for all. */
export interface IsolatedOptions extends Pick<Telemetry, 'sampler'> {
  /** Look on at its spans. They are flushed when it ends, and never shut down: they may be those of other sessions too. @default [] */
  processors?: SpanProcessor[];
  /** The only backends its spans go to, besides those of `addExporter`. @default [] */
  exporters?: ExporterOption[];
  /** Of its spans, besides those of all, which it goes before. */
  resourceAttributes?: Attributes;
  /** @default as configured for all */
  sampling?: Pick<SamplingOptions, 'rate' | 'rules'>;
}
