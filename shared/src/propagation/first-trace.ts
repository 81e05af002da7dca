import { trace, type Context, type TextMapPropagator } from '@opentelemetry/api';
import { count } from '../telemetry/counters.js';
import { deleteB3State } from './b3-state.js';

type Extract = TextMapPropagator['extract'];

/** Asks every format, and follows the first that names a trace. A decision that came without one (B3) holds where none does. */
export function firstTrace(formats: readonly Extract[]): Extract {
  return (ctx, carrier, getter) => {
    // What an earlier carrier said of sampling is not about the trace of this one.
    const start = deleteB3State(ctx);
    const before = trace.getSpanContext(start);
    let found: Context = ctx;
    let traceId: string | undefined;
    for (const extract of formats) {
      const extracted = extract(start, carrier, getter);
      if (extracted === start) continue;
      const arrived = trace.getSpanContext(extracted);
      const named = arrived === before ? undefined : arrived?.traceId;
      if (named && traceId && named !== traceId) count('propagation.conflict');
      if (named ? !traceId : found === ctx) found = extracted;
      traceId ??= named;
    }
    return found;
  };
}
