import {
  createContextKey,
  trace,
  TraceFlags,
  type Context,
  type SpanContext,
  type TextMapGetter,
  type TextMapPropagator,
} from '@opentelemetry/api';
import { B3InjectEncoding, B3Propagator } from '@opentelemetry/propagator-b3';

/*
 * B3, https://github.com/openzipkin/b3-propagation. Injection is OpenTelemetry's, mended: it keeps the debug flag only within one
 * encoding. Extraction is our own: OpenTelemetry's ignores `b3: 0`, reads a missing sampling state as "no", accepts text around
 * a valid header and refuses upper case.
 */

/** The same key as OpenTelemetry's propagator uses: keys are equal when their descriptions are. */
const DEBUG = createContextKey('OpenTelemetry Context Key B3 Debug Flag');

const SINGLE = /^([\da-f]{32}|[\da-f]{16})-([\da-f]{16})(?:-([01d])(?:-[\da-f]{16})?)?$/i;
const TRACE_ID = /^([\da-f]{32}|[\da-f]{16})$/i;
const SPAN_ID = /^[\da-f]{16}$/i;
const ZERO = /^0+$/;

interface B3 {
  readonly traceId: string;
  readonly spanId: string;
  /** `undefined`: whoever receives it decides. */
  readonly state: string | undefined;
}

export function createB3Propagator(encoding: 'single' | 'multi'): TextMapPropagator {
  const single = encoding === 'single';
  const injector = new B3Propagator({
    injectEncoding: single ? B3InjectEncoding.SINGLE_HEADER : B3InjectEncoding.MULTI_HEADER,
  });
  const debugMark = single ? 'd' : '1';
  return {
    inject(ctx, carrier, setter) {
      injector.inject(ctx.getValue(DEBUG) ? ctx.setValue(DEBUG, debugMark) : ctx, carrier, setter);
    },
    extract(ctx, carrier, getter) {
      const b3 = extractSingle(carrier, getter) ?? extractMulti(carrier, getter);
      return b3 ? withB3(ctx, b3) : ctx;
    },
    fields: () => injector.fields(),
  };
}

function extractSingle(carrier: unknown, getter: TextMapGetter): B3 | undefined {
  const header = first(getter.get(carrier, 'b3'));
  const [, traceId, spanId, state] = (header && SINGLE.exec(header.trim())) || [];
  return traceId && spanId ? { traceId, spanId, state } : undefined;
}

function extractMulti(carrier: unknown, getter: TextMapGetter): B3 | undefined {
  const header = (name: string) => first(getter.get(carrier, name))?.trim() ?? '';
  const traceId = header('x-b3-traceid');
  const spanId = header('x-b3-spanid');
  if (!TRACE_ID.test(traceId) || !SPAN_ID.test(spanId)) return undefined;
  const state = header('x-b3-flags') === '1' ? 'd' : SAMPLED[header('x-b3-sampled').toLowerCase()];
  return { traceId, spanId, state };
}

/** `true` and `false` come from old tracers, as the specification says. */
const SAMPLED: Record<string, string> = { '1': '1', true: '1', '0': '0', false: '0', d: 'd' };

function withB3(ctx: Context, { traceId, spanId, state }: B3): Context {
  if (ZERO.test(traceId) || ZERO.test(spanId)) return ctx;
  const spanContext: SpanContext = {
    traceId: traceId.toLowerCase().padStart(32, '0'),
    spanId: spanId.toLowerCase(),
    // "Defer" has no place in a span context. Sampled keeps the trace whole, which is what a tracing user wants of a missing word.
    traceFlags: state === '0' ? TraceFlags.NONE : TraceFlags.SAMPLED,
    isRemote: true,
  };
  const extracted = trace.setSpanContext(ctx, spanContext);
  return state === 'd' ? extracted.setValue(DEBUG, 'd') : extracted;
}

function first(value: string | string[] | undefined): string | undefined {
  return Array.isArray(value) ? value[0] : value;
}
