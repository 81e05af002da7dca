import { describe, it, expect } from '#runner';
import { baggageIn, ScopedBaggage } from '@agentops/shared/baggage/scoped';
import { BaggageLayer } from '@agentops/shared/baggage/layer';
import { Scope } from '@agentops/shared/session/scope';
import { defaultTextMapSetter, propagation, ROOT_CONTEXT, type Baggage } from '@opentelemetry/api';
import { W3CBaggagePropagator } from '@opentelemetry/core';

const scopeWith = (entries: Record<string, string>, outer?: Scope) => {
  const scope = new Scope(() => undefined, outer);
  for (const [key, value] of Object.entries(entries)) scope.layer.add(key, value);
  return scope;
};

const values = (baggage: Baggage) =>
  Object.fromEntries(baggage.getAllEntries().map(([key, { value }]) => [key, value]));

describe('the baggage of a scope', () => {
  it("shows OpenTelemetry's own propagator what is added later", () => {
    const scope = scopeWith({ a: '1' });
    const ctx = propagation.setBaggage(ROOT_CONTEXT, new ScopedBaggage(scope));
    const send = () => {
      const carrier: { baggage?: string } = {};
      new W3CBaggagePropagator().inject(ctx, carrier, defaultTextMapSetter);
      return carrier.baggage;
    };
    expect(send()).toBe('a=1');
    scope.layer.add('b', '2');
    expect(send()).toBe('a=1,b=2');
    scope.layer.remove('a');
    expect(send()).toBe('b=2');
  });

  it('is overlaid by setEntry, which still sees the scope beneath', () => {
    const scope = scopeWith({ a: '1', b: '2' });
    const baggage = new ScopedBaggage(scope);
    const changed = baggage.setEntry('a', { value: '9' });
    scope.layer.add('c', '3');
    expect(values(changed)).toEqual({ a: '9', b: '2', c: '3' });
    expect(changed.getEntry('a')?.value).toBe('9');
    expect(changed.getEntry('c')?.value).toBe('3');
    expect(values(baggage)).toEqual({ a: '1', b: '2', c: '3' });
    expect(scope.find('a')?.value).toBe('1');
  });

  it('loses what removeEntry takes away, in that view alone', () => {
    const baggage = new ScopedBaggage(scopeWith({ a: '1', b: '2', c: '3' }));
    expect(values(baggage.removeEntry('a'))).toEqual({ b: '2', c: '3' });
    expect(values(baggage.removeEntries('a', 'b'))).toEqual({ c: '3' });
    expect(baggage.removeEntry('a').getEntry('a')).toBeUndefined();
    expect(values(baggage.removeEntry('a').setEntry('a', { value: '4' }))).toEqual({ a: '4', b: '2', c: '3' });
    expect(values(baggage.clear())).toEqual({});
    expect(values(baggage)).toEqual({ a: '1', b: '2', c: '3' });
  });

  it('is formatted once until something changes', () => {
    const outer = scopeWith({ a: '1' });
    const scope = scopeWith({ b: '2' }, outer);
    const baggage = new ScopedBaggage(scope);
    const first = baggage.format();
    expect(first.header).toBe('a=1,b=2');
    expect(baggage.format()).toBe(first);
    scope.layer.add('c', '3');
    expect(baggage.format().header).toBe('a=1,b=2,c=3');
    outer.layer.add('a', '0');
    expect(baggage.format().header).toBe('a=0,b=2,c=3');
    scope.layer.remove('b');
    expect(baggage.format().header).toBe('a=0,c=3');
  });

  it('lies under what others have put into the context', () => {
    const scope = scopeWith({ a: '1', b: '2' });
    const own = propagation.createBaggage({ a: { value: '9' } });
    expect(values(baggageIn(propagation.setBaggage(ROOT_CONTEXT, own), scope))).toEqual({ a: '9', b: '2' });
  });

  it('keeps its changes over another scope', () => {
    const view = new ScopedBaggage(scopeWith({ a: '1' })).setEntry('x', { value: '5' });
    const inner = scopeWith({ b: '2' });
    const ctx = propagation.setBaggage(ROOT_CONTEXT, view);
    expect(values(baggageIn(ctx, inner))).toEqual({ b: '2', x: '5' });
  });
});

describe('a layer of baggage', () => {
  it.each<[string, unknown, unknown]>([
    ['a key with a space', 'a b', '1'],
    ['an empty key', '', '1'],
    ['a key that is a number', 5, '1'],
    ['a key that is a BigInt', 5n, '1'],
    ['a key that is a symbol', Symbol('a'), '1'],
    [
      'a key that cannot be shown',
      {
        toJSON: () => {
          throw new Error('no');
        },
      },
      '1',
    ],
    ['a value that is a number', 'a', 5],
    ['no value', 'a', undefined],
  ])('ignores %s', (_title, key, value) => {
    const layer = new BaggageLayer();
    layer.add(key as string, value as string);
    const entries = new Map();
    layer.applyTo(entries);
    expect(entries.size).toBe(0);
    expect(layer.revision).toBe(0);
  });

  it('holds 64 entries at most', () => {
    const layer = new BaggageLayer();
    for (let index = 0; index < 66; index++) layer.add(`k${index}`, 'v');
    layer.add('k0', 'changed');
    expect(layer.find('k63')).toEqual({ value: 'v' });
    expect(layer.find('k64')).toBe('below');
    expect(layer.find('k0')).toEqual({ value: 'changed' });
  });

  it('has room again for what was taken away', () => {
    const layer = new BaggageLayer();
    for (let index = 0; index < 200; index++) {
      layer.add(`request-${index}`, 'v');
      layer.remove(`request-${index}`);
    }
    layer.add('last', 'v');
    expect(layer.find('last')).toEqual({ value: 'v' });
  });

  it('reads what it starts with when it is first asked', () => {
    let reads = 0;
    const layer = new BaggageLayer(() => {
      reads++;
      return new Map([['a', { value: '1' }]]);
    });
    layer.add('b', '2');
    expect(reads).toBe(0);
    expect(layer.find('a')).toEqual({ value: '1' });
    layer.remove('a');
    expect(layer.find('a')).toBeUndefined();
    expect(layer.find('c')).toBe('below');
  });
});
