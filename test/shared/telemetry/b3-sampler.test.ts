import { afterEach, describe, it, expect } from '#runner';
import { trace } from '@opentelemetry/api';
import { AlwaysOffSampler, ParentBasedSampler, type Sampler } from '@opentelemetry/sdk-trace-base';
import { SPAN_ID, start, stop, TRACE_ID, TRACEPARENT } from '../support.js';

const IDS = `${TRACE_ID}-${SPAN_ID}`;
const NOTHING_OF_ITS_OWN = new ParentBasedSampler({ root: new AlwaysOffSampler() });

afterEach(stop);

/** The spans of a handler and what it calls, after `headers` came in. */
function handle(headers: object, sampler?: Sampler) {
  const { client, ended } = start({
    autoStartSession: false,
    telemetry: { context: { propagation: ['b3', 'w3c'] }, ...(sampler && { sampler }) },
  });
  const sent = client.withContext(client.extractContext(headers), () =>
    client.withSpan('server', () => client.withSpan('client', () => client.injectContext())),
  );
  return { names: ended.map(({ name }) => name), root: ended.at(-1), sent };
}

describe('a decision that comes by B3', () => {
  it.each<[string, object]>([
    ['b3: 0', { b3: '0' }],
    ['X-B3-Sampled: 0', { 'X-B3-Sampled': '0' }],
    ['b3: ids and 0', { b3: `${IDS}-0` }],
  ])('%s denies the trace, and says so to the next', (_title, headers) => {
    const { names, sent } = handle(headers);
    expect(names).toEqual([]);
    expect(sent['b3']).toMatch(/^[\da-f]{32}-[\da-f]{16}-0$/);
    expect(sent['traceparent']).toMatch(/-0[02]$/);
  });

  it.each<[string, object, string]>([
    ['b3: 1', { b3: '1' }, '1'],
    ['b3: d', { b3: 'd' }, 'd'],
    ['X-B3-Sampled: 1', { 'X-B3-Sampled': '1' }, '1'],
    ['X-B3-Flags: 1', { 'X-B3-Flags': '1' }, 'd'],
    ['b3: ids and d', { b3: `${IDS}-d` }, 'd'],
  ])('%s asks for the trace where none would be sampled', (_title, headers, state) => {
    const { names, sent } = handle(headers, NOTHING_OF_ITS_OWN);
    expect(names).toEqual(['client', 'server']);
    expect(sent['b3']?.endsWith(`-${state}`)).toBe(true);
  });

  it('alone makes a trace of its own, whose first span has no parent', () => {
    const { root } = handle({ b3: '1' }, NOTHING_OF_ITS_OWN);
    expect(root?.parentSpanContext).toBeUndefined();
    expect(root?.spanContext().traceId).not.toBe(TRACE_ID);
  });

  it('alone is about no trace that another header names', () => {
    expect(handle({ b3: '0', traceparent: TRACEPARENT }).root?.spanContext().traceId).toBe(TRACE_ID);
  });
});

describe('a decision that B3 leaves open', () => {
  it.each<[string, object]>([
    ['single', { b3: IDS }],
    ['multi', { 'X-B3-TraceId': TRACE_ID, 'X-B3-SpanId': SPAN_ID }],
  ])('is made here as for a root, and the trace goes on: %s', (_title, headers) => {
    expect(handle(headers, NOTHING_OF_ITS_OWN)).toMatchObject({
      names: [],
      sent: { b3: expect.stringContaining(TRACE_ID) },
    });
    const { names, root } = handle(headers);
    expect(names).toEqual(['client', 'server']);
    expect(root?.parentSpanContext?.spanId).toBe(SPAN_ID);
  });
});

it('leaves other parents to the sampler', () => {
  expect(handle({ traceparent: TRACEPARENT }, NOTHING_OF_ITS_OWN).names).toEqual(['client', 'server']);
  expect(handle({}, NOTHING_OF_ITS_OWN).names).toEqual([]);
  expect(trace.getActiveSpan()).toBeUndefined();
});
