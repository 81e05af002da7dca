import { afterEach, describe, it, expect } from '#runner';
import { openClientSpan, outgoingHeaders, type Instruments } from '@agentops/shared';
import type { InitOptions } from '@agentops/shared/config/config';
import { start, stop } from '../support.js';

const TRACE_HEADERS = ['traceparent', 'x-b3-sampled', 'x-b3-spanid', 'x-b3-traceid'];

afterEach(stop);

/** What a request to `url` gets, from an app that has put `baggage` into its session. */
function headersFor(
  url: string,
  options: InitOptions,
  { baggage = {}, own = {} }: { baggage?: Record<string, string>; own?: Record<string, string> } = {},
): Record<string, string> {
  let instruments: Instruments | undefined;
  const instrument = (given: Instruments) => {
    instruments = given;
    return () => {};
  };
  const { client } = start({ autoStartSession: false, ...options }, { instrument, isTrusted: () => false });
  const session = client.startSession({ id: '6f0f3a5e-6a5c-4d0f-9a3b-0d6a3c1f2b4d' });
  for (const [key, value] of Object.entries(baggage)) session.addBaggage(key, value);
  if (!instruments) throw new Error('not started');
  const target = new URL(url);
  const { context } = openClientSpan(instruments, 'GET', target);
  return Object.fromEntries(outgoingHeaders(instruments, { context, url: target }, name => own[name]));
}

function outgoing(...rules: { to: string; headers?: boolean | string[]; baggage?: boolean | string[] }[]): InitOptions {
  return { telemetry: { context: { propagation: ['w3c', 'b3multi'], outgoing: rules } } };
}

const URL_ = 'https://api.example.com/v1';
const baggage = { 'tenant.id': 'acme', 'tenant.tier': 'pro', secret: 'x' };

/** Keys in a `baggage` header, in order of the alphabet. */
function keysIn(header: string | undefined): string[] {
  return (header ?? '')
    .split(',')
    .map(member => member.split('=')[0] ?? '')
    .sort();
}

describe('a request to a third party', () => {
  it('gets nothing unless it is named', () => {
    expect(headersFor(URL_, outgoing({ to: 'https://other.example.com' }), { baggage })).toEqual({});
  });

  it('gets the trace headers, and no baggage unless that is asked for', () => {
    expect(Object.keys(headersFor(URL_, outgoing({ to: URL_ }), { baggage })).sort()).toEqual(TRACE_HEADERS);
  });

  it.each<[boolean | string[], string[]]>([
    [true, TRACE_HEADERS],
    [false, []],
    [['traceparent'], ['traceparent']],
    [['x-b3-*'], ['x-b3-sampled', 'x-b3-spanid', 'x-b3-traceid']],
    [[], []],
  ])('gets of the trace headers, by %j, %j', (headers, expected) => {
    expect(Object.keys(headersFor(URL_, outgoing({ to: URL_, headers }), { baggage })).sort()).toEqual(expected);
  });

  it.each<[boolean | string[], string[]]>([
    [true, ['secret', 'session.id', 'tenant.id', 'tenant.tier']],
    [['tenant.*'], ['tenant.id', 'tenant.tier']],
    [
      ['session.id', 'tenant.id'],
      ['session.id', 'tenant.id'],
    ],
  ])('gets of the baggage, by %j, %j', (allowed, expected) => {
    const headers = headersFor(URL_, outgoing({ to: URL_, headers: false, baggage: allowed }), { baggage });
    expect(Object.keys(headers)).toEqual(['baggage']);
    expect(keysIn(headers['baggage'])).toEqual(expected);
  });

  it('gets no baggage header when none of the keys is in force', () => {
    expect(headersFor(URL_, outgoing({ to: URL_, headers: false, baggage: ['other'] }), { baggage })).toEqual({});
  });

  it('gets what it may have of a baggage that is too large for one header', () => {
    const filler = Object.fromEntries(Array.from({ length: 10 }, (_, index) => [`filler${index}`, 'x'.repeat(1_000)]));
    const rule = { to: URL_, baggage: ['last'] };
    expect(headersFor(URL_, outgoing(rule), { baggage: { ...filler, last: '1' } })['baggage']).toBe('last=1');
  });

  it('keeps baggage that the app itself has put on the request', () => {
    const own = { baggage: 'own=1' };
    const headers = headersFor(URL_, outgoing({ to: URL_, baggage: ['tenant.id'] }), { baggage, own });
    expect(keysIn(headers['baggage'])).toEqual(['own', 'tenant.id']);
  });
});

describe('an LLM provider', () => {
  const PROVIDER = 'https://api.openai.com/v1/responses';

  it('gets nothing by a pattern for everybody', () => {
    expect(headersFor(PROVIDER, { propagateTo: ['*'] }, { baggage })).toEqual({});
  });

  it('gets what it is named for', () => {
    const rule = { to: 'https://api.openai.com', headers: ['traceparent'] };
    expect(Object.keys(headersFor(PROVIDER, outgoing(rule), { baggage }))).toEqual(['traceparent']);
  });
});
