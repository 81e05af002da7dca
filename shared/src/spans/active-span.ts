import { createContextKey, trace, type Context, type Span } from '@opentelemetry/api';

/** A span of ours, and what the app's tracers saw as active where it became so. */
interface Own {
  readonly span: Span;
  readonly beside: Span | undefined;
}

const OWN = /* @__PURE__ */ createContextKey('agentops.span');

let isApart = false;

/**
 * Beside another set-up of OpenTelemetry our spans are active for us alone: as parents of its spans, which go to other backends, they would be missing
 * there, and theirs here.
 */
export function keepApart(apart: boolean): void {
  isApart = apart;
}

/** `ctx` with `span` as the active one. */
export function withActive(ctx: Context, span: Span): Context {
  if (!isApart) return trace.setSpan(ctx, span);
  // One that arrived, to the app: its spans go on with our trace, and none of them waits for a parent.
  const seen = trace.getSpan(ctx) ? ctx : trace.setSpanContext(ctx, { ...span.spanContext(), isRemote: true });
  return seen.setValue(OWN, { span, beside: trace.getSpan(seen) } satisfies Own);
}

/** What a span that starts in `ctx` is a child of. */
export function activeSpan(ctx: Context): Span | undefined {
  const active = trace.getSpan(ctx);
  const own = isApart && (ctx.getValue(OWN) as Own | undefined);
  // What has arrived since is nearer than what was open before.
  return own && (own.beside === active || !active?.spanContext().isRemote) ? own.span : active;
}

/** `ctx` as a tracer of OpenTelemetry's has to see it. */
export function forTracer(ctx: Context): Context {
  const span = isApart && activeSpan(ctx);
  return span ? trace.setSpan(ctx, span) : ctx;
}
