import { SpanStatusCode } from '@opentelemetry/api';
import { ExportResultCode, hrTimeToMilliseconds } from '@opentelemetry/core';
import type { ReadableSpan, SpanExporter } from '@opentelemetry/sdk-trace-node';
import { diagnostics } from '@agentops/shared';
import { createExporterBackend } from '@agentops/shared/export/span-exporter';
import { prepareQueue, type ExporterType } from '@agentops/shared/telemetry/exporters';

/** Ended spans that wait for the first of their trace to end; the oldest trace is printed as it is when there are more. */
const MAX_WAITING = 10_000;

/** Of what is further in nothing shows how far: a chain of thousands would be megabytes of lines. */
const MAX_INDENT = 300;

/** The console: a trace as a tree, when its first span here has ended. */
export const consoleTree: ExporterType = {
  options: {},
  prepare: (_option, around) => {
    const exporter = createTreeExporter(text => diagnostics.print(text));
    const backend = createExporterBackend(exporter, around.batch.timeoutMs);
    return prepareQueue(
      {
        ...backend,
        sendSync: batches => {
          for (const { spans } of batches) exporter.export(spans, () => {});
          void exporter.shutdown();
          return batches.map(() => true);
        },
      },
      around,
    );
  },
};

/** @param print gets a whole tree */
export function createTreeExporter(print: (text: string) => void): SpanExporter {
  const traces = new Map<string, ReadableSpan[]>();
  let waiting = 0;
  const printTrace = (traceId: string) => {
    const spans = traces.get(traceId) ?? [];
    traces.delete(traceId);
    waiting -= spans.length;
    print(formatTree(traceId, spans));
  };
  const printAll = () => {
    for (const traceId of traces.keys()) printTrace(traceId);
    return Promise.resolve();
  };
  return {
    export(spans, done) {
      const ended = new Set<string>();
      for (const span of spans) {
        const { traceId } = span.spanContext();
        const known = traces.get(traceId);
        if (known) known.push(span);
        else traces.set(traceId, [span]);
        waiting++;
        if (!span.parentSpanContext || span.parentSpanContext.isRemote) ended.add(traceId);
      }
      for (const traceId of ended) printTrace(traceId);
      for (const traceId of traces.keys()) if (waiting > MAX_WAITING) printTrace(traceId);
      done({ code: ExportResultCode.SUCCESS });
    },
    forceFlush: printAll,
    shutdown: printAll,
  };
}

function formatTree(traceId: string, spans: readonly ReadableSpan[]): string {
  const ids = new Set(spans.map(span => span.spanContext().spanId));
  const children = new Map<string, ReadableSpan[]>();
  for (const span of spans) {
    const parentId = span.parentSpanContext?.spanId ?? '';
    const place = ids.has(parentId) ? parentId : '';
    const siblings = children.get(place);
    if (siblings) siblings.push(span);
    else children.set(place, [span]);
  }
  return [`trace ${traceId}`, ...linesOf(children)].join('\n');
}

/** Depth first. A stack, because a chain may be very deep. */
function linesOf(children: ReadonlyMap<string, readonly ReadableSpan[]>): string[] {
  const lines: string[] = [];
  const below = (id: string, indent: string) => {
    const spans = [...(children.get(id) ?? [])].sort(byStart);
    return spans.map((span, index) => ({ span, indent, isLast: index === spans.length - 1 })).reverse();
  };
  const stack = below('', '');
  for (let next = stack.pop(); next; next = stack.pop()) {
    const { span, indent, isLast } = next;
    lines.push(`${indent}${isLast ? '└─' : '├─'} ${describe(span)}`);
    const inner = `${indent}${isLast ? '   ' : '│  '}`.slice(0, MAX_INDENT);
    for (const child of below(span.spanContext().spanId, inner)) stack.push(child);
  }
  return lines;
}

function byStart(a: ReadableSpan, b: ReadableSpan): number {
  return a.startTime[0] - b.startTime[0] || a.startTime[1] - b.startTime[1];
}

function describe({ name, duration, status }: ReadableSpan): string {
  const failed = status.code === SpanStatusCode.ERROR ? `  ERROR ${status.message ?? ''}` : '';
  return `${name}  ${hrTimeToMilliseconds(duration).toFixed(1)} ms${failed}`;
}
