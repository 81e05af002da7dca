import { createContextKey, type Context } from '@opentelemetry/api';

/**
 * The mark of OpenTelemetry's SDKs, which are all to honour it, and share the key by its text. Not from `@opentelemetry/core`: for one
 * text that would load a second SDK's helpers into an app that has its own SDK.
 */
const SUPPRESSED = /* @__PURE__ */ createContextKey('OpenTelemetry SDK Context Key SUPPRESS_TRACING');

/** `ctx`, in which nothing is traced. */
export function suppressTracing(ctx: Context): Context {
  return ctx.setValue(SUPPRESSED, true);
}

export function isTracingSuppressed(ctx: Context): boolean {
  return ctx.getValue(SUPPRESSED) === true;
}
