import { trace, type Context, type Meter } from '@opentelemetry/api';
import type { ReadableSpan, Span, SpanProcessor } from '@opentelemetry/sdk-trace-base';
import type { Attributes } from '../api.js';
import { guard } from '../guard.js';
import { createRecorder, type Recorder } from './recorder.js';
import { familyOf, OPERATION } from './span-instruments.js';

const NOTES = Symbol('agentops.metrics');

/** What a span has on it for us. */
interface Notes {
  /** The nearest GenAI span around it in this process. */
  readonly outer?: Measured | undefined;
  readonly context?: Context | undefined;
  /** A span inside it has been recorded for the same call. */
  readonly isSeen?: boolean;
}

type Measured = { readonly attributes: Attributes; [NOTES]?: Notes };

/**
 * Records metrics from spans as they end: calls of models, agents and tools, by their `gen_ai.operation.name` (GenAI conventions v1.41). Two
 * instrumentations may each make a span of one call, one inside the other: then the inner one counts, which is nearer to the wire.
 * @param options.keepContext whether measurements are made in the context a span started in, for meters that read it
 */
export function createSpanMetrics(
  meter: Meter,
  { keepContext = false, record = createRecorder(meter) }: { keepContext?: boolean; record?: Recorder } = {},
): SpanProcessor {
  return {
    onStart(span: Span & Measured, ctx: Context) {
      const outer = outerOf(ctx);
      if (outer || keepContext) span[NOTES] = { outer, context: keepContext ? ctx : undefined };
    },
    onEnd(span: ReadableSpan & Measured) {
      const family = familyOf(span.attributes);
      if (!family || span[NOTES]?.isSeen) return;
      guard('recording the metrics of a span', () => {
        markOuter(span);
        const [seconds, nanoseconds] = span.duration;
        const { attributes, status } = span;
        const finished = { attributes, durationMs: seconds * 1e3 + nanoseconds / 1e6, status: status.code };
        record(family, finished, { context: span[NOTES]?.context });
      });
    },
    forceFlush: () => Promise.resolve(),
    shutdown: () => Promise.resolve(),
  };
}

/** The nearest GenAI span around what starts in `ctx`, in this process. */
export function outerOf(ctx: Context): Measured | undefined {
  const parent = trace.getSpan(ctx) as Partial<Measured> | undefined;
  return parent?.attributes?.[OPERATION] === undefined ? parent?.[NOTES]?.outer : (parent as Measured);
}

function markOuter(span: Measured): void {
  const subject = subjectOf(span);
  for (let outer = span[NOTES]?.outer; outer; outer = outer[NOTES]?.outer)
    if (subjectOf(outer) === subject) outer[NOTES] = { ...outer[NOTES], isSeen: true };
}

/** The same for two spans that, one inside the other, can only be of one call. */
function subjectOf({ attributes }: Measured): string {
  const operation = String(attributes[OPERATION]);
  const family = familyOf(attributes);
  // What one instrumentation calls `chat` another calls `generate_content`.
  if (family === 'llm') return operation === 'embeddings' ? operation : family;
  return `${operation} ${String(attributes[family === 'tool' ? 'gen_ai.tool.name' : 'gen_ai.agent.name'])}`;
}
