import { describe, it, expect } from '#runner';
import { carrierGetter, carrierSetter } from '@agentops/shared/propagation/carrier';
import { formatTraceparent, parseTraceparent, traceContextPropagator } from '@agentops/shared/propagation/tracecontext';
import { readCounts } from '@agentops/shared/telemetry/counters';
import {
  createTraceState,
  INVALID_SPAN_CONTEXT,
  ROOT_CONTEXT,
  trace,
  type SpanContext,
  type TraceState,
} from '@opentelemetry/api';
import { suppressTracing } from '@opentelemetry/core';
import { SPAN_ID, TRACE_ID, TRACEPARENT } from '../support.js';

const IDS = `${TRACE_ID}-${SPAN_ID}`;

const extract = (carrier: object) =>
  trace.getSpanContext(traceContextPropagator.extract(ROOT_CONTEXT, carrier, carrierGetter));

function inject(spanContext: SpanContext, ctx = ROOT_CONTEXT): Record<string, string> {
  const carrier = {};
  traceContextPropagator.inject(trace.setSpanContext(ctx, spanContext), carrier, carrierSetter);
  return carrier;
}

describe('traceparent', () => {
  it.each([
    ['version 00, sampled', `00-${IDS}-01`, 1],
    ['version 00, not sampled', `00-${IDS}-00`, 0],
    ['sampled and random', `00-${IDS}-03`, 3],
    ['random alone', `00-${IDS}-02`, 2],
    ['unknown flags masked', `00-${IDS}-ff`, 3],
    ['unknown flags alone', `00-${IDS}-f8`, 0],
    ['version 01', `01-${IDS}-01`, 1],
    ['version cc', `cc-${IDS}-01`, 1],
    ['version cc with more to come', `cc-${IDS}-01-what-the-future-will-be-like`, 1],
    ['version fe', `fe-${IDS}-00`, 0],
    ['version 01 that ends in a dash', `01-${IDS}-01-`, 1],
    ['version 01 with more fields', `01-${IDS}-03-ab-cd`, 3],
    ['version 0a', `0a-${IDS}-09`, 1],
    ['spaces around it', `  00-${IDS}-01 `, 1],
    ['tabs around it', `\t00-${IDS}-01\t`, 1],
    ['a trace id with one bit', `00-${'1'.padStart(32, '0')}-${SPAN_ID}-01`, 1],
    ['a span id with one bit', `00-${TRACE_ID}-${'1'.padStart(16, '0')}-01`, 1],
  ])('reads %s', (_title, header, flags) => {
    const [, , spanId] = header.trim().split('-');
    expect(parseTraceparent(header)).toMatchObject({ spanId, traceFlags: flags, isRemote: true });
  });

  it.each([
    ['nothing', ''],
    ['version ff', `ff-${IDS}-01`],
    ['version 00 with more behind it', `00-${IDS}-01-what-the-future-will-be-like`],
    ['version 00 with a dash behind it', `00-${IDS}-01-`],
    ['version cc that goes on without a dash', `cc-${IDS}-01.what`],
    ['a version of one digit', `0-${IDS}-01`],
    ['a version of three digits', `000-${IDS}-01`],
    ['a version that is not hex', `.0-${IDS}-01`],
    ['a trace id of zeros', `00-${'0'.repeat(32)}-${SPAN_ID}-01`],
    ['a span id of zeros', `00-${TRACE_ID}-${'0'.repeat(16)}-01`],
    ['a short trace id', `00-${TRACE_ID.slice(1)}-${SPAN_ID}-01`],
    ['a long trace id', `00-${TRACE_ID}0-${SPAN_ID}-01`],
    ['a short span id', `00-${TRACE_ID}-${SPAN_ID.slice(1)}-01`],
    ['a long span id', `00-${TRACE_ID}-${SPAN_ID}0-01`],
    ['a trace id in upper case', `00-${TRACE_ID.toUpperCase()}-${SPAN_ID}-01`],
    ['a span id in upper case', `00-${TRACE_ID}-${SPAN_ID.toUpperCase()}-01`],
    ['flags in upper case', `00-${IDS}-0A`],
    ['a version in upper case', `CC-${IDS}-01`],
    ['version ff with more behind it', `ff-${IDS}-01-more`],
    ['a higher version that is too short', `01-${IDS}-0`],
    ['a higher version with upper case', `01-${TRACE_ID.toUpperCase()}-${SPAN_ID}-01`],
    ['a higher version with ids of zeros', `01-${'0'.repeat(32)}-${'0'.repeat(16)}-01`],
    ['a higher version with flags of three digits', `01-${IDS}-011`],
    ['a no-break space before it', `\u00a000-${IDS}-01`],
    ['a line break behind it', `00-${IDS}-01\n`],
    ['a line break before it', `\n00-${IDS}-01`],
    ['a trace id that is not hex', `00-${TRACE_ID.slice(1)}.-${SPAN_ID}-01`],
    ['a span id that is not hex', `00-${TRACE_ID}-${SPAN_ID.slice(1)}g-01`],
    ['flags of one digit', `00-${IDS}-1`],
    ['flags of three digits', `00-${IDS}-001`],
    ['flags that are not hex', `00-${IDS}-.0`],
    ['no flags', `00-${IDS}`],
    ['underscores between', `00_${TRACE_ID}_${SPAN_ID}_01`],
    ['two of them in one line', `${TRACEPARENT},${TRACEPARENT}`],
    ['a space inside', `00- ${IDS}-01`],
    ['a line break behind the flags', `00-${IDS}-01\n-x`],
  ])('refuses %s', (_title, header) => {
    expect(parseTraceparent(header)).toBeUndefined();
  });

  it.each([...Array(256).keys()])('writes flags %d in two digits, unknown bits as zero', traceFlags => {
    const written = formatTraceparent({ traceId: TRACE_ID, spanId: SPAN_ID, traceFlags });
    expect(written).toBe(`00-${IDS}-0${traceFlags & 3}`);
  });
});

describe('the propagator of Trace Context', () => {
  it('brings back what it has sent', () => {
    const sent = { traceId: TRACE_ID, spanId: SPAN_ID, traceFlags: 3, traceState: createTraceState('a=1,b=2') };
    const received = extract(inject(sent));
    expect(received).toMatchObject({ traceId: TRACE_ID, spanId: SPAN_ID, traceFlags: 3, isRemote: true });
    expect(received?.traceState?.serialize()).toBe('a=1,b=2');
  });

  it('joins tracestate headers in their order', () => {
    const carrier = [
      ['tracestate', 'a=1, b=2'],
      ['traceparent', TRACEPARENT],
      ['Tracestate', 'c=3'],
    ];
    expect(extract(carrier)?.traceState?.serialize()).toBe('a=1,b=2,c=3');
  });

  it('keeps the trace when tracestate is bad', () => {
    expect(extract({ traceparent: TRACEPARENT, tracestate: 'foo' })).toEqual({
      traceId: TRACE_ID,
      spanId: SPAN_ID,
      traceFlags: 1,
      isRemote: true,
    });
  });

  it('ignores tracestate without a valid traceparent', () => {
    expect(extract({ tracestate: 'a=1' })).toBeUndefined();
    expect(extract({ traceparent: '00-x', tracestate: 'a=1' })).toBeUndefined();
  });

  it.each([
    ['an array of two', { traceparent: [TRACEPARENT, TRACEPARENT] }],
    ['two letter cases', { traceparent: TRACEPARENT, Traceparent: TRACEPARENT }],
    ['a raw list', ['traceparent', TRACEPARENT, 'TraceParent', TRACEPARENT]],
  ])('takes two traceparent headers for none: %s', (_title, carrier) => {
    expect(extract(carrier)).toBeUndefined();
  });

  it('takes an array of one from any getter', () => {
    const getter = {
      keys: () => ['traceparent'],
      get: (carrier: Record<string, string[]>, key: string) => carrier[key],
    };
    const ctx = traceContextPropagator.extract(ROOT_CONTEXT, { traceparent: [TRACEPARENT] }, getter);
    expect(trace.getSpanContext(ctx)?.traceId).toBe(TRACE_ID);
  });

  it('writes nothing without a valid trace', () => {
    expect(inject(INVALID_SPAN_CONTEXT)).toEqual({});
    expect(inject({ traceId: TRACE_ID, spanId: '0'.repeat(16), traceFlags: 1 })).toEqual({});
  });

  it('writes nothing where tracing is suppressed', () => {
    const spanContext = { traceId: TRACE_ID, spanId: SPAN_ID, traceFlags: 1 };
    expect(inject(spanContext, suppressTracing(ROOT_CONTEXT))).toEqual({});
  });

  it('writes ids in lower case', () => {
    const ids = { traceId: TRACE_ID.toUpperCase(), spanId: SPAN_ID.toUpperCase() };
    expect(inject({ ...ids, traceFlags: 1 })).toEqual({ traceparent: TRACEPARENT });
  });

  it.each([
    ['one bad member', 'a=1,BAD=2'],
    ['a line break', 'a=1\r\nx-evil: 1'],
    ['no =', 'a'],
  ])('writes no tracestate of another make with %s', (_title, raw) => {
    const traceState = { ...createTraceState(), serialize: () => raw } as unknown as TraceState;
    expect(inject({ traceId: TRACE_ID, spanId: SPAN_ID, traceFlags: 1, traceState })).toEqual({
      traceparent: TRACEPARENT,
    });
  });

  it('writes the newest 32 members of another make', () => {
    const members = Array.from({ length: 40 }, (_, index) => `k${index}=v`);
    const traceState = { ...createTraceState(), serialize: () => members.join(',') } as unknown as TraceState;
    const { tracestate } = inject({ traceId: TRACE_ID, spanId: SPAN_ID, traceFlags: 1, traceState });
    expect(tracestate).toBe(members.slice(0, 32).join(','));
  });

  it.each([
    ['traceparent.invalid' as const, { traceparent: '00-x' }],
    ['traceparent.invalid' as const, { traceparent: [TRACEPARENT, TRACEPARENT] }],
    ['tracestate.invalid' as const, { traceparent: TRACEPARENT, tracestate: 'BAD=1' }],
  ])('counts %s', (cause, carrier) => {
    const before = readCounts()[cause] ?? 0;
    extract(carrier);
    expect(readCounts()[cause]).toBe(before + 1);
  });

  it('writes no empty tracestate', () => {
    const traceState = createTraceState('a=1').unset('a');
    expect(inject({ traceId: TRACE_ID, spanId: SPAN_ID, traceFlags: 1, traceState })).toEqual({
      traceparent: TRACEPARENT,
    });
  });

  it('names its headers', () => {
    expect(traceContextPropagator.fields()).toEqual(['traceparent', 'tracestate']);
  });
});
