import { afterEach, describe, it, expect } from '#runner';
import type { PropagationName } from '@agentops/shared/propagation/compose';
import { readCounts } from '@agentops/shared/telemetry/counters';
import { ROOT_CONTEXT, trace } from '@opentelemetry/api';
import { SPAN_ID, start, stop, TRACE_ID, TRACEPARENT } from '../support.js';

const OTHER_ID = '463ac35c9f6413ad48485a3953bb6124';
const B3 = `${OTHER_ID}-${SPAN_ID}-1`;
const MULTI = { 'x-b3-traceid': OTHER_ID, 'x-b3-spanid': SPAN_ID, 'x-b3-sampled': '1' };

afterEach(stop);

const startWith = (propagation?: PropagationName[]) =>
  start({ autoStartSession: false, ...(propagation && { telemetry: { context: { propagation } } }) }).client;

const traced = trace.setSpanContext(ROOT_CONTEXT, { traceId: TRACE_ID, spanId: SPAN_ID, traceFlags: 1 });

describe('the configured formats', () => {
  it.each<[PropagationName[] | undefined, string[]]>([
    [undefined, ['traceparent']],
    [['w3c'], ['traceparent']],
    [['tracecontext'], ['traceparent']],
    [['baggage'], []],
    [['b3'], ['b3']],
    [['b3multi'], ['x-b3-traceid', 'x-b3-spanid', 'x-b3-sampled']],
    [
      ['b3', 'w3c'],
      ['b3', 'traceparent'],
    ],
    [
      ['w3c', 'b3', 'w3c'],
      ['traceparent', 'b3'],
    ],
    [['none'], []],
    [[], []],
  ])('%j are all written, in their order', (names, expected) => {
    expect(Object.keys(startWith(names).injectContext({}, traced))).toEqual(expected);
  });

  it.each<[PropagationName[] | undefined, object, string | undefined]>([
    [undefined, { traceparent: TRACEPARENT }, TRACE_ID],
    [undefined, { b3: B3 }, OTHER_ID],
    [undefined, MULTI, OTHER_ID],
    [undefined, { b3: B3, traceparent: TRACEPARENT }, TRACE_ID],
    [undefined, { b3: B3, traceparent: 'bad' }, OTHER_ID],
    [['b3', 'tracecontext'], { b3: B3, traceparent: TRACEPARENT }, OTHER_ID],
    [['tracecontext'], { b3: B3 }, undefined],
    [['b3'], { traceparent: TRACEPARENT }, undefined],
    [['b3'], MULTI, OTHER_ID],
    [['none'], { b3: B3, traceparent: TRACEPARENT }, undefined],
  ])('%j read of %j the first that names a trace', (names, carrier, expected) => {
    const extracted = startWith(names).extractContext(carrier, ROOT_CONTEXT);
    expect(trace.getSpanContext(extracted)?.traceId).toBe(expected);
  });

  it.each<[PropagationName[] | undefined, string | undefined]>([
    [undefined, 'acme'],
    [['baggage'], 'acme'],
    [['tracecontext'], undefined],
    [['b3'], undefined],
    [['none'], undefined],
  ])('%j read tenant of baggage as %s', (names, expected) => {
    const client = startWith(names);
    const extracted = client.extractContext({ baggage: 'tenant=acme' });
    expect(client.withContext(extracted, () => client.session.getBaggageValue('tenant'))).toBe(expected);
  });
});

describe('two formats at once', () => {
  const conflictsOf = (carrier: object) => {
    const before = readCounts()['propagation.conflict'] ?? 0;
    startWith().extractContext(carrier, ROOT_CONTEXT);
    return (readCounts()['propagation.conflict'] ?? 0) - before;
  };

  it.each<[string, object, number]>([
    ['that name different traces', { traceparent: TRACEPARENT, b3: B3 }, 1],
    ['that name different traces, B3 in several headers', { traceparent: TRACEPARENT, ...MULTI }, 1],
    ['that name the same trace', { traceparent: TRACEPARENT, b3: `${TRACE_ID}-${SPAN_ID}-1` }, 0],
    ['of which one is bad', { traceparent: TRACEPARENT, b3: 'bad' }, 0],
    ['of which one has no trace', { traceparent: TRACEPARENT, b3: '0' }, 0],
  ])('%s', (_title, carrier, expected) => {
    expect(conflictsOf(carrier)).toBe(expected);
  });

  it('leave a decision alone to the one that names a trace, in any order', () => {
    const client = startWith(['b3', 'tracecontext']);
    const extracted = client.extractContext({ b3: '0', traceparent: TRACEPARENT }, ROOT_CONTEXT);
    expect(client.injectContext({}, extracted)).toEqual({ b3: `${TRACE_ID}-${SPAN_ID}-1`, traceparent: TRACEPARENT });
  });

  it('do not mix with what an earlier carrier said', () => {
    const client = startWith(['b3', 'tracecontext']);
    const earlier = client.extractContext({ b3: 'd' }, ROOT_CONTEXT);
    expect(client.injectContext({}, earlier)).toEqual({ b3: 'd' });
    expect(client.injectContext({}, client.extractContext({}, earlier))).toEqual({ b3: 'd' });
    const later = client.extractContext({ traceparent: TRACEPARENT }, earlier);
    expect(client.injectContext({}, later)).toMatchObject({ b3: `${TRACE_ID}-${SPAN_ID}-1` });
  });
});

describe('extraction', () => {
  it('keeps the trace that was active when none arrives', () => {
    const extracted = startWith().extractContext({}, traced);
    expect(trace.getSpanContext(extracted)?.traceId).toBe(TRACE_ID);
  });

  it('replaces the trace that was active by the one that arrives', () => {
    const extracted = startWith().extractContext({ b3: B3 }, traced);
    expect(trace.getSpanContext(extracted)?.traceId).toBe(OTHER_ID);
  });
});
