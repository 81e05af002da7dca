import type { ReadableSpan } from '@opentelemetry/sdk-trace-base';

/** `span`, which stays as it is for everybody else, with some of it changed. It keeps its identity: the object that is its span context. */
export function copySpan(
  span: ReadableSpan,
  changes: { [K in keyof ReadableSpan]?: ReadableSpan[K] | undefined },
): ReadableSpan {
  return {
    name: span.name,
    kind: span.kind,
    spanContext: () => span.spanContext(),
    parentSpanContext: span.parentSpanContext,
    startTime: span.startTime,
    endTime: span.endTime,
    status: span.status,
    attributes: span.attributes,
    links: span.links,
    events: span.events,
    duration: span.duration,
    ended: span.ended,
    resource: span.resource,
    instrumentationScope: span.instrumentationScope,
    droppedAttributesCount: span.droppedAttributesCount,
    droppedEventsCount: span.droppedEventsCount,
    droppedLinksCount: span.droppedLinksCount,
    ...changes,
  } as ReadableSpan;
}
