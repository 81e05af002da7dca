import { describe, it, expect } from '#runner';
import { createB3Propagator } from '@agentops/shared/propagation/b3';
import { carrierGetter, carrierSetter } from '@agentops/shared/propagation/carrier';
import { INVALID_SPAN_CONTEXT, ROOT_CONTEXT, trace, type Context } from '@opentelemetry/api';
import { suppressTracing } from '@opentelemetry/core';
import { SPAN_ID, TRACE_ID } from '../support.js';

const single = createB3Propagator('single');
const multi = createB3Propagator('multi');
const IDS = `${TRACE_ID}-${SPAN_ID}`;
const MULTI = { 'x-b3-traceid': TRACE_ID, 'x-b3-spanid': SPAN_ID };
const LOCAL_SPAN = 'b7ad6b7169203332';

function inject(propagator: typeof single, ctx: Context): Record<string, string> {
  const carrier = {};
  propagator.inject(ctx, carrier, carrierSetter);
  return carrier;
}

const arrived = (carrier: object) => multi.extract(ROOT_CONTEXT, carrier, carrierGetter);
const traced = (traceFlags: number, ctx = ROOT_CONTEXT, spanId = SPAN_ID) =>
  trace.setSpanContext(ctx, { traceId: TRACE_ID, spanId, traceFlags });

describe('B3 headers', () => {
  it.each([
    [0, '0'],
    [1, '1'],
    [2, '0'],
    [3, '1'],
    [0xfe, '0'],
    [0xff, '1'],
  ])('say flags %d as %s', (traceFlags, state) => {
    expect(inject(single, traced(traceFlags))).toEqual({ b3: `${IDS}-${state}` });
    expect(inject(multi, traced(traceFlags))).toEqual({ ...MULTI, 'x-b3-sampled': state });
  });

  it.each<[string, object, string, object]>([
    ['accept', { b3: `${IDS}-1` }, `${IDS}-1`, { ...MULTI, 'x-b3-sampled': '1' }],
    ['deny', { ...MULTI, 'x-b3-sampled': '0' }, `${IDS}-0`, { ...MULTI, 'x-b3-sampled': '0' }],
    ['debug of one header', { b3: `${IDS}-d` }, `${IDS}-d`, { ...MULTI, 'x-b3-flags': '1' }],
    ['debug of several', { ...MULTI, 'x-b3-flags': '1' }, `${IDS}-d`, { ...MULTI, 'x-b3-flags': '1' }],
    ['a decision left open', { b3: IDS }, IDS, MULTI],
    ['no parent', { b3: `${IDS}-1-05e3ac9a4f6e3b90` }, `${IDS}-1`, { ...MULTI, 'x-b3-sampled': '1' }],
    ['deny alone', { b3: '0' }, '0', { 'x-b3-sampled': '0' }],
    ['accept alone', { 'x-b3-sampled': '1' }, '1', { 'x-b3-sampled': '1' }],
    ['debug alone', { 'x-b3-flags': '1' }, 'd', { 'x-b3-flags': '1' }],
    [
      'what is padded as padded',
      { b3: `8448eb211c80319c-${SPAN_ID}-1` },
      `00000000000000008448eb211c80319c-${SPAN_ID}-1`,
      {
        ...MULTI,
        'x-b3-traceid': '00000000000000008448eb211c80319c',
        'x-b3-sampled': '1',
      },
    ],
  ])('pass on %s, in either encoding', (_title, carrier, one, several) => {
    expect(inject(single, arrived(carrier))).toEqual({ b3: one });
    expect(inject(multi, arrived(carrier))).toEqual(several);
  });

  it.each<[string, object, number, string]>([
    ['debug, for the whole trace', { b3: `${IDS}-d` }, 1, 'd'],
    ['debug that came alone, for the trace that starts', { b3: 'd' }, 1, 'd'],
    ['what was decided here, where it was left open', { b3: IDS }, 0, '0'],
    ['what was decided here, where deny came alone', { b3: '0' }, 0, '0'],
  ])('say of a span below %s', (_title, carrier, traceFlags, state) => {
    const ctx = traced(traceFlags, arrived(carrier), LOCAL_SPAN);
    expect(inject(single, ctx)).toEqual({ b3: `${TRACE_ID}-${LOCAL_SPAN}-${state}` });
  });

  it('do not say debug of another trace', () => {
    const ctx = arrived({ b3: `463ac35c9f6413ad-${SPAN_ID}-d` });
    expect(inject(single, traced(1, ctx))).toEqual({ b3: `${IDS}-1` });
    expect(inject(multi, traced(1, ctx))).toEqual({ ...MULTI, 'x-b3-sampled': '1' });
  });

  it('are in lower case, whatever the ids', () => {
    const ids = { traceId: TRACE_ID.toUpperCase(), spanId: SPAN_ID.toUpperCase() };
    const ctx = trace.setSpanContext(ROOT_CONTEXT, { ...ids, traceFlags: 1 });
    expect(inject(single, ctx)).toEqual({ b3: `${IDS}-1` });
    expect(inject(multi, ctx)).toEqual({ ...MULTI, 'x-b3-sampled': '1' });
  });

  it.each<[string, Context]>([
    ['no trace', ROOT_CONTEXT],
    ['an invalid trace', trace.setSpanContext(ROOT_CONTEXT, INVALID_SPAN_CONTEXT)],
    ['tracing suppressed', suppressTracing(traced(1))],
    ['tracing suppressed and deny alone', suppressTracing(arrived({ b3: '0' }))],
  ])('are none with %s', (_title, ctx) => {
    expect(inject(single, ctx)).toEqual({});
    expect(inject(multi, ctx)).toEqual({});
  });

  it('are named', () => {
    expect(single.fields()).toEqual(['b3']);
    expect(multi.fields()).toEqual(['x-b3-traceid', 'x-b3-spanid', 'x-b3-sampled', 'x-b3-flags']);
  });
});
