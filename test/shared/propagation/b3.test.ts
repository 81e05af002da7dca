import { describe, it, expect } from '#runner';
import { createB3Propagator } from '@agentops/shared/propagation/b3';
import { carrierGetter, carrierSetter } from '@agentops/shared/propagation/carrier';
import { INVALID_SPAN_CONTEXT, ROOT_CONTEXT, trace, type Context } from '@opentelemetry/api';
import { SPAN_ID, TRACE_ID } from '../support.js';

const single = createB3Propagator('single');
const multi = createB3Propagator('multi');
const SHORT = '463ac35c9f6413ad';
const PARENT = '05e3ac9a4f6e3b90';
const MULTI = { 'x-b3-traceid': TRACE_ID, 'x-b3-spanid': SPAN_ID };

const enter = (carrier: object) => single.extract(ROOT_CONTEXT, carrier, carrierGetter);
const extract = (carrier: object) => trace.getSpanContext(enter(carrier));

function inject(propagator: typeof single, ctx: Context): Record<string, string> {
  const carrier = {};
  propagator.inject(ctx, carrier, carrierSetter);
  return carrier;
}

const traced = (traceFlags: number) =>
  trace.setSpanContext(ROOT_CONTEXT, { traceId: TRACE_ID, spanId: SPAN_ID, traceFlags });

describe('the b3 header', () => {
  it.each([
    ['sampled', `${TRACE_ID}-${SPAN_ID}-1`, TRACE_ID, 1],
    ['not sampled', `${TRACE_ID}-${SPAN_ID}-0`, TRACE_ID, 0],
    ['debug', `${TRACE_ID}-${SPAN_ID}-d`, TRACE_ID, 1],
    ['with a parent', `${TRACE_ID}-${SPAN_ID}-0-${PARENT}`, TRACE_ID, 0],
    ['without a sampling state as sampled', `${TRACE_ID}-${SPAN_ID}`, TRACE_ID, 1],
    ['with a trace id of 64 bits, padded', `${SHORT}-${SPAN_ID}-1`, SHORT.padStart(32, '0'), 1],
    ['in upper case', `${TRACE_ID}-${SPAN_ID}-D`.toUpperCase(), TRACE_ID, 1],
    ['in spaces', ` ${TRACE_ID}-${SPAN_ID}-1 `, TRACE_ID, 1],
  ])('is read %s', (_title, b3, traceId, traceFlags) => {
    expect(extract({ b3 })).toEqual({ traceId, spanId: SPAN_ID, traceFlags, isRemote: true });
  });

  it.each([
    ['a lone refusal', '0'],
    ['nothing', ''],
    ['text before', `x${TRACE_ID}-${SPAN_ID}-1`],
    ['text behind', `${TRACE_ID}-${SPAN_ID}-1x`],
    ['a line behind', `${TRACE_ID}-${SPAN_ID}-1\nx`],
    ['an unknown state', `${TRACE_ID}-${SPAN_ID}-2`],
    ['a bad parent', `${TRACE_ID}-${SPAN_ID}-1-xyz`],
    ['an odd length', `${TRACE_ID.slice(1)}-${SPAN_ID}-1`],
    ['a short span id', `${TRACE_ID}-${SPAN_ID.slice(1)}-1`],
    ['a trace id of zeros', `${'0'.repeat(32)}-${SPAN_ID}-1`],
    ['a short trace id of zeros', `${'0'.repeat(16)}-${SPAN_ID}-1`],
    ['a span id of zeros', `${TRACE_ID}-${'0'.repeat(16)}-1`],
  ])('names no trace with %s', (_title, b3) => {
    expect(extract({ b3 })).toBeUndefined();
  });
});

describe('the x-b3 headers', () => {
  it.each([
    ['sampled', { 'x-b3-sampled': '1' }, 1],
    ['sampled, as old tracers say it', { 'x-b3-sampled': 'true' }, 1],
    ['not sampled', { 'x-b3-sampled': '0' }, 0],
    ['not sampled, as old tracers say it', { 'x-b3-sampled': 'False' }, 0],
    ['debug', { 'x-b3-flags': '1' }, 1],
    ['debug over not sampled', { 'x-b3-flags': '1', 'x-b3-sampled': '0' }, 1],
    ['flags 0', { 'x-b3-flags': '0', 'x-b3-sampled': '0' }, 0],
    ['no sampling state as sampled', {}, 1],
    ['a hostile sampling state as sampled', { 'x-b3-sampled': 'constructor' }, 1],
    ['a parent', { 'x-b3-parentspanid': PARENT, 'x-b3-sampled': '1' }, 1],
  ])('are read with %s', (_title, rest, traceFlags) => {
    expect(extract({ ...MULTI, ...rest })).toEqual({ traceId: TRACE_ID, spanId: SPAN_ID, traceFlags, isRemote: true });
  });

  it('are read in any letter case and with 64 bits', () => {
    const carrier = { 'X-B3-TraceId': SHORT.toUpperCase(), 'X-B3-SpanId': SPAN_ID.toUpperCase(), 'X-B3-Sampled': '1' };
    expect(extract(carrier)).toMatchObject({ traceId: SHORT.padStart(32, '0'), spanId: SPAN_ID });
  });

  it.each([
    ['no trace id', { 'x-b3-spanid': SPAN_ID }],
    ['no span id', { 'x-b3-traceid': TRACE_ID }],
    ['a bad trace id', { ...MULTI, 'x-b3-traceid': `${TRACE_ID}0` }],
    ['a bad span id', { ...MULTI, 'x-b3-spanid': 'x'.repeat(16) }],
    ['a trace id of zeros', { ...MULTI, 'x-b3-traceid': '0'.repeat(32) }],
    ['a span id of zeros', { ...MULTI, 'x-b3-spanid': '0'.repeat(16) }],
  ])('name no trace with %s', (_title, carrier) => {
    expect(extract(carrier)).toBeUndefined();
  });
});

describe('both B3 encodings', () => {
  it('prefer the single header', () => {
    expect(extract({ ...MULTI, b3: `${SHORT}-${SPAN_ID}-0` })).toMatchObject({
      traceId: SHORT.padStart(32, '0'),
      traceFlags: 0,
    });
  });

  it('fall back on the others when the single header is bad', () => {
    expect(extract({ ...MULTI, b3: 'nonsense' })?.traceId).toBe(TRACE_ID);
  });

  it.each([
    ['single', { b3: `${TRACE_ID}-${SPAN_ID}-d` }],
    ['multi', { ...MULTI, 'x-b3-flags': '1' }],
  ])('pass on the debug flag that came by %s', (_title, carrier) => {
    const ctx = enter(carrier);
    expect(inject(single, ctx)).toEqual({ b3: `${TRACE_ID}-${SPAN_ID}-d` });
    expect(inject(multi, ctx)).toEqual({ ...MULTI, 'x-b3-flags': '1' });
  });

  it.each([
    [0, '0'],
    [1, '1'],
    [2, '0'],
    [3, '1'],
  ])('write flags %d as %s', (traceFlags, state) => {
    expect(inject(single, traced(traceFlags))).toEqual({ b3: `${TRACE_ID}-${SPAN_ID}-${state}` });
    expect(inject(multi, traced(traceFlags))).toEqual({ ...MULTI, 'x-b3-sampled': state });
  });

  it('write nothing without a valid trace', () => {
    const ctx = trace.setSpanContext(ROOT_CONTEXT, INVALID_SPAN_CONTEXT);
    expect(inject(single, ctx)).toEqual({});
    expect(inject(multi, ctx)).toEqual({});
  });
});
