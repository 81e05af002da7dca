import { propagation, SpanKind, SpanStatusCode, type Context } from '@opentelemetry/api';
import { formatBaggage, parseBaggage } from '../baggage/codec.js';
import type { Instruments } from '../platform.js';
import { isAllowed, type Allowed } from '../propagation/allowed.js';
import { parseTraceparent } from '../propagation/tracecontext.js';
import type { SessionManager } from '../session/manager.js';
import { activeSpan } from '../spans/active-span.js';
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
 * Headers that `url` is to get in `ctx`: what the policy grants, and none when the app itself names another trace. A `traceparent`
 * of the same trace, put there by `injectContext`, is replaced: the request span stands between it and the receiver.
 */
export function outgoingHeaders(
  { propagator, policy, tracing }: Instruments,
  { context: ctx, url }: { context: Context; url: URL },
  existing: ReadHeader,
): Map<string, string> {
  const headers = new Map<string, string>();
  const grant = policy(url);
  if (!grant || namesAnotherTrace(ctx, existing('traceparent'))) return headers;
  propagator.inject(withBaggageOf(grant.baggage, ctx, tracing.sessions), headers, {
    set(carrier, name, value) {
      const header = name.toLowerCase();
      if (header === 'baggage' || isAllowed(grant.headers, header)) carrier.set(header, value);
    },
  });
  const ours = headers.get('baggage');
  const theirs = existing('baggage');
  if (ours && theirs) headers.set('baggage', mergeBaggage(ours, theirs));
  return headers;
}

function namesAnotherTrace(ctx: Context, traceparent: string | undefined): boolean {
  const named = traceparent === undefined ? undefined : parseTraceparent(traceparent);
  return named !== undefined && named.traceId !== activeSpan(ctx)?.spanContext().traceId;
}

/** `ctx` without the baggage that must stay here: taken out before the header is made, so that it fills none of it. */
function withBaggageOf(allowed: Allowed, ctx: Context, sessions: SessionManager): Context {
  if (allowed === true) return ctx;
  const baggage = sessions.baggage(ctx);
  const refused = baggage.getAllEntries().flatMap(([key]) => (isAllowed(allowed, key) ? [] : [key]));
  return propagation.setBaggage(ctx, baggage.removeEntries(...refused));
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
