import { describe, it, expect } from '#runner';
import { createBaggagePropagator } from '@agentops/shared/propagation/baggage';
import { carrierGetter, carrierSetter } from '@agentops/shared/propagation/carrier';
import { baggageIn } from '@agentops/shared/baggage/scoped';
import { Scope } from '@agentops/shared/session/scope';
import { propagation, ROOT_CONTEXT, type Context } from '@opentelemetry/api';
import { suppressTracing } from '@opentelemetry/core';

const scope = new Scope(() => undefined);
const propagator = createBaggagePropagator(ctx => baggageIn(ctx, scope));

function inject(ctx: Context, carrier: object = {}): object {
  propagator.inject(ctx, carrier, carrierSetter);
  return carrier;
}

const extract = (carrier: object) =>
  propagation.getBaggage(propagator.extract(ROOT_CONTEXT, carrier, carrierGetter))?.getAllEntries();

const withBaggage = (entries: Record<string, string>) =>
  propagation.setBaggage(
    ROOT_CONTEXT,
    propagation.createBaggage(Object.fromEntries(Object.entries(entries).map(([key, value]) => [key, { value }]))),
  );

describe('the propagator of baggage', () => {
  it("sends what others put into OpenTelemetry's context", () => {
    expect(inject(withBaggage({ tenant: 'acme & co', empty: '' }))).toEqual({
      baggage: 'tenant=acme%20&%20co,empty=',
    });
  });

  it('sends nothing when there is none', () => {
    expect(inject(ROOT_CONTEXT)).toEqual({});
  });

  it('sends nothing where tracing is suppressed', () => {
    expect(inject(suppressTracing(withBaggage({ tenant: 'acme' })))).toEqual({});
  });

  it('replaces a header that is there', () => {
    expect(inject(withBaggage({ a: '1' }), { Baggage: 'old=1', other: 'x' })).toEqual({ Baggage: 'a=1', other: 'x' });
  });

  it('joins several headers in their order', () => {
    expect(extract({ baggage: ['a=1', 'b=2'], Baggage: 'c=3' })?.map(([key]) => key)).toEqual(['a', 'b', 'c']);
  });

  it('gives a key that arrives twice its last value', () => {
    expect(extract({ baggage: 'a=1,b=2,a=3' })).toEqual([
      ['a', { value: '3' }],
      ['b', { value: '2' }],
    ]);
  });

  it('leaves the context alone when none arrives', () => {
    expect(propagator.extract(ROOT_CONTEXT, {}, carrierGetter)).toBe(ROOT_CONTEXT);
  });

  it('gives what arrived in the shape that OpenTelemetry asks for', () => {
    const arrived = propagation.getBaggage(propagator.extract(ROOT_CONTEXT, { baggage: 'a=1,b=2' }, carrierGetter));
    expect(arrived?.getEntry('a')?.value).toBe('1');
    expect(arrived?.setEntry('a', { value: '9' }).getEntry('a')?.value).toBe('9');
    expect(arrived?.removeEntry('a').getAllEntries()).toEqual([['b', { value: '2' }]]);
    expect(arrived?.removeEntries('a', 'b').getAllEntries()).toEqual([]);
    expect(arrived?.clear().getAllEntries()).toEqual([]);
    expect(arrived?.getAllEntries().length).toBe(2);
  });

  it('names its header', () => {
    expect(propagator.fields()).toEqual(['baggage']);
  });
});
