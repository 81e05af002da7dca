import { describe, expect, it } from 'vitest';
import { createB3Propagator } from '@agentops/shared/propagation/b3';
import {
  defaultTextMapGetter,
  defaultTextMapSetter,
  ROOT_CONTEXT,
  trace,
  type TextMapPropagator,
} from '@opentelemetry/api';
import { B3InjectEncoding, B3Propagator } from '@opentelemetry/propagator-b3';

const TRACE_ID = '0af7651916cd43dd8448eb211c80319c';
const SPAN_ID = 'b7ad6b7169203331';

const ENCODINGS = [
  ['single', B3InjectEncoding.SINGLE_HEADER],
  ['multi', B3InjectEncoding.MULTI_HEADER],
] as const;

function send(from: TextMapPropagator, to: TextMapPropagator, traceFlags: number) {
  const carrier: Record<string, string> = {};
  from.inject(
    trace.setSpanContext(ROOT_CONTEXT, { traceId: TRACE_ID, spanId: SPAN_ID, traceFlags }),
    carrier,
    defaultTextMapSetter,
  );
  return trace.getSpanContext(to.extract(ROOT_CONTEXT, carrier, defaultTextMapGetter));
}

describe.each(ENCODINGS)("B3 of OpenTelemetry's own propagator, %s", (encoding, injectEncoding) => {
  const ours = createB3Propagator(encoding);
  const theirs = new B3Propagator({ injectEncoding });

  it.each([0, 1])('is understood here, and ours there: flags %d', traceFlags => {
    const expected = { traceId: TRACE_ID, spanId: SPAN_ID, traceFlags, isRemote: true };
    expect(send(theirs, ours, traceFlags)).toEqual(expected);
    expect(send(ours, theirs, traceFlags)).toEqual(expected);
  });

  it.each([0, 1])('is the same on the wire: flags %d', traceFlags => {
    const ctx = trace.setSpanContext(ROOT_CONTEXT, { traceId: TRACE_ID, spanId: SPAN_ID, traceFlags });
    const [mine, yours] = [ours, theirs].map(propagator => {
      const carrier = {};
      propagator.inject(ctx, carrier, defaultTextMapSetter);
      return carrier;
    });
    expect(mine).toEqual(yours);
  });

  it('keeps debug on the way through', () => {
    const carrier: Record<string, string> = {};
    ours.inject(
      ours.extract(ROOT_CONTEXT, { b3: `${TRACE_ID}-${SPAN_ID}-d` }, defaultTextMapGetter),
      carrier,
      defaultTextMapSetter,
    );
    const back: Record<string, string> = {};
    theirs.inject(theirs.extract(ROOT_CONTEXT, carrier, defaultTextMapGetter), back, defaultTextMapSetter);
    expect(back).toEqual(carrier);
  });
});
