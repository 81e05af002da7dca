import { SpanKind, SpanStatusCode, trace, type Context } from '@opentelemetry/api';
import { formatBaggage, parseBaggage } from '../baggage/codec.js';
import type { Instruments } from '../platform.js';
import { parseTraceparent } from '../propagation/tracecontext.js';
import type { ContextSpan } from '../spans/span-handle.js';
import { clientAttributes, spanNameOf } from './attributes.js';

/** Reads a header the app has set; `name` in lower case. */
type ReadHeader = (name: string) => string | undefined;

/** Opens the span of a request that goes out. */
export function openClientSpan({ tracing }: Instruments, method: string, url: URL): ContextSpan {
  const name = method.toUpperCase();
  return tracing.start(spanNameOf(name), {
    kind: SpanKind.CLIENT,
    attributes: clientAttributes(name, url),
    infer: true,
  });
}

/**
 * Headers that `url` is to get in `ctx`; none when the policy says so, or when the app itself names another trace. A `traceparent`
 * of the same trace, put there by `injectContext`, is replaced: the request span stands between it and the receiver.
 */
export function outgoingHeaders(
  { propagator, policy }: Instruments,
  { context: ctx, url }: { context: Context; url: URL },
  existing: ReadHeader,
): Map<string, string> {
  const headers = new Map<string, string>();
  if (!policy.allows(url) || namesAnotherTrace(ctx, existing('traceparent'))) return headers;
  propagator.inject(ctx, headers, { set: (carrier, name, value) => void carrier.set(name.toLowerCase(), value) });
  const ours = headers.get('baggage');
  const theirs = existing('baggage');
  if (ours && theirs) headers.set('baggage', mergeBaggage(ours, theirs));
  return headers;
}

function namesAnotherTrace(ctx: Context, traceparent: string | undefined): boolean {
  const named = traceparent === undefined ? undefined : parseTraceparent(traceparent);
  return named !== undefined && named.traceId !== trace.getSpanContext(ctx)?.traceId;
}

/** A member the app has put into the header itself stays as it is. */
function mergeBaggage(ours: string, theirs: string): string {
  return formatBaggage(new Map([...parseBaggage(ours), ...parseBaggage(theirs)])).header;
}

/** What came of a request, OpenTelemetry HTTP conventions: from 400 on it is the client's error. */
export function noteResponse(span: ContextSpan, status: number): void {
  span.setAttribute('http.response.status_code', status);
  if (status >= 400) span.setAttribute('error.type', String(status)).setStatus({ code: SpanStatusCode.ERROR });
}
