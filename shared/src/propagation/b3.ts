import {
  isSpanContextValid,
  trace,
  TraceFlags,
  type Context,
  type SpanContext,
  type TextMapGetter,
  type TextMapPropagator,
} from '@opentelemetry/api';
import { count } from '../telemetry/counters.js';
import { isTracingSuppressed } from '../suppression.js';
import { b3StateIn, setB3State, type B3State, type SamplingState } from './b3-state.js';
import { readHeader } from './carrier.js';
import { trimOws } from './whitespace.js';
import { activeSpan } from '../spans/active-span.js';

/*
 * B3, https://github.com/openzipkin/b3-propagation. Our own rather than OpenTelemetry's, which ignores a decision without ids (`b3: 0`), takes a missing
 * one for "no", accepts text around a valid header, refuses upper case, and loses the debug flag from one encoding to the other.
 */

/** State and parent are optional, and the state may stand alone. */
const SINGLE = /^(?:([\da-f]{32}|[\da-f]{16})-([\da-f]{16})(?:-([01d]))?(?:-[\da-f]{16})?|([01d]))$/;

/** `true` and `false` come from tracers older than the specification, which lets them pass. */
const SAMPLED = ['0', 'false', '1', 'true'];

interface B3 {
  /** With `spanId`, or neither. */
  readonly traceId?: string | undefined;
  readonly spanId?: string | undefined;
  readonly state: SamplingState | undefined;
}

interface Encoding {
  readonly fields: string[];
  format(b3: B3): Record<string, string | undefined>;
}

/** Never with the parent's id: the span that is sent is a parent itself. */
const ENCODINGS: Record<'single' | 'multi', Encoding> = {
  single: {
    fields: ['b3'],
    format: ({ traceId, spanId, state }) => ({ b3: [traceId, spanId, state].filter(Boolean).join('-') }),
  },
  multi: {
    fields: ['x-b3-traceid', 'x-b3-spanid', 'x-b3-sampled', 'x-b3-flags'],
    format: ({ traceId, spanId, state }) => ({
      'x-b3-traceid': traceId,
      'x-b3-spanid': spanId,
      // Debug implies an accept decision, which is not to be sent as well.
      ...(state === 'd' ? { 'x-b3-flags': '1' } : { 'x-b3-sampled': state }),
    }),
  },
};

/** Either understands both encodings, by the same `extract`. */
export function createB3Propagator(encoding: 'single' | 'multi'): TextMapPropagator {
  const { fields, format } = ENCODINGS[encoding];
  return {
    inject(ctx, carrier, setter) {
      const b3 = isTracingSuppressed(ctx) ? undefined : outgoing(ctx);
      for (const [name, value] of Object.entries(b3 ? format(b3) : {})) if (value) setter.set(carrier, name, value);
    },
    extract,
    fields: () => [...fields],
  };
}

function outgoing(ctx: Context): B3 | undefined {
  const spanContext = activeSpan(ctx)?.spanContext();
  const known = b3StateIn(ctx);
  if (!spanContext || !isSpanContextValid(spanContext)) return known?.traceId ? undefined : known;
  return {
    traceId: spanContext.traceId.toLowerCase(),
    spanId: spanContext.spanId.toLowerCase(),
    state: outgoingState(spanContext, known),
  };
}

function outgoingState(
  { traceId, traceFlags, isRemote }: SpanContext,
  known: B3State | undefined,
): SamplingState | undefined {
  if (known && (known.traceId ?? traceId) === traceId) {
    if (known.state === 'd') return 'd';
    // Passed on by somebody who has not decided either.
    if (!known.state && isRemote) return undefined;
  }
  return traceFlags & TraceFlags.SAMPLED ? '1' : '0';
}

function extract(ctx: Context, carrier: unknown, getter: TextMapGetter): Context {
  // The first of several wins. Ids are sent in lower case, yet some tracers use upper case.
  const header = (name: string) => {
    const [value] = readHeader(carrier, getter, name);
    return value && trimOws(value).toLowerCase();
  };
  const { traceId, spanId, state } = parseSingle(header('b3')) ?? parseMulti(header);
  if (!traceId || !spanId) return state ? setB3State(ctx, { traceId, state }) : ctx;
  const extracted = trace.setSpanContext(ctx, {
    traceId,
    spanId,
    // To those who know nothing of "decide yourself", a trace that goes on.
    traceFlags: state === '0' ? TraceFlags.NONE : TraceFlags.SAMPLED,
    isRemote: true,
  });
  return state && state !== 'd' ? extracted : setB3State(extracted, { traceId, state });
}

/** `undefined`: the other headers have their say. */
function parseSingle(header: string | undefined): B3 | undefined {
  if (header === undefined) return undefined;
  const [, traceId, spanId, state, lone] = SINGLE.exec(header) ?? [];
  if (lone) return { state: lone as SamplingState };
  const ids = idsOf(traceId, spanId);
  if (!ids) count('b3.invalid');
  return ids && { ...ids, state: state as SamplingState | undefined };
}

function parseMulti(header: (name: string) => string | undefined): B3 {
  const read = (name: string) => header(`x-b3-${name}`) ?? '';
  const sampled = SAMPLED.indexOf(read('sampled'));
  const state = read('flags') === '1' ? 'd' : sampled < 0 ? undefined : sampled < 2 ? '0' : '1';
  const traceId = read('traceid');
  if (!traceId) return { state };
  const ids = idsOf(traceId, read('spanid'));
  if (!ids) count('b3.invalid');
  return { ...ids, state };
}

/** As a span context has them: trace ids of 64 bits are padded, other lengths refused. */
function idsOf(traceId = '', spanId = ''): Pick<B3, 'traceId' | 'spanId'> | undefined {
  const ids = { traceId: traceId.length === 16 ? traceId.padStart(32, '0') : traceId, spanId };
  return isSpanContextValid({ ...ids, traceFlags: TraceFlags.NONE }) ? ids : undefined;
}
