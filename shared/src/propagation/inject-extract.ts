import {
  context,
  trace,
  type Context,
  type Span,
  type TextMapPropagator,
  type TextMapSetter,
} from '@opentelemetry/api';
import type { Carrier } from '../api.js';
import { guard } from '../guard.js';
import { carrierGetter, carrierSetter, deleteHeaders } from './carrier.js';
import { TRACE_HEADERS } from './compose.js';
import { activeSpan, withActive } from '../spans/active-span.js';

/** Context over anything that holds headers, by the configured formats. */
export interface Propagation {
  injectContext<C extends Carrier = Record<string, string>>(carrier?: C, ctx?: Context): C;
  extractContext(carrier: Carrier, ctx?: Context): Context;
}

export function createPropagation(propagator: TextMapPropagator): Propagation {
  return {
    injectContext<C extends Carrier>(carrier: C = {} as C, ctx: Context = context.active()): C {
      guard('injecting context', () => propagator.inject(ctx, carrier, createReplacingSetter()));
      return carrier;
    },

    extractContext: (carrier, ctx = context.active()) =>
      guard('extracting context', () => keepServerSpan(ctx, propagator.extract(ctx, carrier, carrierGetter)), ctx),
  };
}

/** Trace headers of another format, left over from the request that came in, would contradict those that are written. */
function createReplacingSetter(): TextMapSetter<unknown> {
  let isClean = false;
  return {
    set(carrier, name, value) {
      if (!isClean && STALE.has(name)) {
        deleteHeaders(carrier, STALE);
        isClean = true;
      }
      carrierSetter.set(carrier, name, value);
    },
  };
}

const STALE: ReadonlySet<string> = new Set(TRACE_HEADERS);

/** Runs `fn` in `ctx`. */
export function withContext<T>(ctx: Context, fn: () => T): T {
  return context.with(ctx, fn);
}

/** The context active here. */
export function getCurrentContext(): Context {
  return context.active();
}

/** `fn`, to run in `ctx` wherever it is called. Same parameters, same `this`, same result. */
export function bindContext<F extends (...args: never[]) => unknown>(fn: F, ctx: Context = context.active()): F {
  return function bound(this: unknown, ...args: never[]) {
    return context.with(ctx, () => fn.apply(this, args));
  } as F;
}

/**
 * Inside an instrumented handler the headers have been read already: the active span is the child of what they name. Taking them
 * by hand once more must not go back behind that span.
 */
function keepServerSpan(ctx: Context, extracted: Context): Context {
  const active = activeSpan(ctx) as (Span & { parentSpanContext?: { spanId: string } }) | undefined;
  const arrived = trace.getSpanContext(extracted);
  const alreadyChild = active && arrived && active.parentSpanContext?.spanId === arrived.spanId;
  return alreadyChild ? withActive(extracted, active) : extracted;
}
