import type { AttributeValue } from '../api.js';
import type { BatchSizes } from '../config/config.js';
import type { SpanQueue } from './batch.js';
import type { SpanMatch } from './sampling-options.js';

/** A span as a filter sees it. It may not have ended yet: it is asked for earlier where a child of it ends first. */
export interface FilteredSpan {
  readonly name: string;
  /** By the order of OpenTelemetry's `SpanKind`: 0 internal, 1 server, 2 client, 3 producer, 4 consumer. */
  readonly kind: number;
  readonly attributes: Readonly<Record<string, unknown>>;
  readonly status: { readonly code: number; readonly message?: string };
  readonly instrumentationScope: { readonly name: string; readonly version?: string };
}

/** A function that says whether a span is wanted, or what is: all that `keep` describes but what `drop` does. */
export type SpanFilter = ((span: FilteredSpan) => boolean) | { keep?: SpanMatch[]; drop?: SpanMatch[] };

/**
 * Names of attributes whose value is replaced by `[redacted]`, in which `*` is any run of characters, or a function that says what becomes of a
 * value, with `undefined` for an attribute that is left out. One that throws has the value replaced. The message of a status counts as
 * `exception.message`, whose text it mostly is, and as `status.message`.
 */
export type Redact =
  (string | RegExp)[] | ((key: string, value: AttributeValue | undefined) => AttributeValue | undefined);

/** What is the business of one backend alone. In a page only with `@agentops/web/pipelines`. */
export interface PipelineOptions {
  /** Which spans it gets. What hangs below one that it does not get is moved to the next one above that it does. @default all */
  filter?: SpanFilter;
  /** The share of the sessions that it gets, of those that are sampled; a session whole or not at all. */
  sampling?: { rate: number };
  /**
   * What it does not get to see of attributes, of spans, their events and their links, and of the message of a status; names and the resource stay as
   * they are. It is not written to the disk queue of this backend either.
   */
  redact?: Redact;
  /** Goes before `telemetry.batch`, option by option. */
  batch?: BatchSizes;
  /** How often a batch is tried. @default as often as there is room to keep it */
  maxAttempts?: number;
}

export type CreatePipeline = (queue: SpanQueue, options: PipelineOptions) => SpanQueue;
