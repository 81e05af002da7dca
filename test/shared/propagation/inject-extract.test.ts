import { afterEach, describe, it, expect } from '#runner';
import type { InitOptions } from '@agentops/shared/config/config';
import { context, propagation, ROOT_CONTEXT, trace } from '@opentelemetry/api';
import { suppressTracing } from '@opentelemetry/core';
import { SPAN_ID, start, stop, TRACE_ID, TRACEPARENT } from '../support.js';

afterEach(stop);

const startWith = (options: InitOptions = {}) => start({ autoStartSession: false, ...options }).client;
const traced = trace.setSpanContext(ROOT_CONTEXT, { traceId: TRACE_ID, spanId: SPAN_ID, traceFlags: 1 });
const fail = () => {
  throw new Error('hostile');
};
const hostile = new Proxy(
  {},
  { get: fail, set: fail, has: fail, ownKeys: fail, deleteProperty: fail, getPrototypeOf: fail },
);

describe('injectContext', () => {
  it('makes a carrier where none is given', () => {
    expect(startWith().injectContext(undefined, traced)).toEqual({ traceparent: TRACEPARENT });
  });

  it.each<[string, object]>([
    ['a plain object', {}],
    ['Headers', new Headers()],
    ['a Map', new Map()],
    ['an array', []],
  ])('fills and returns %s', (_title, carrier) => {
    const client = startWith();
    expect(client.injectContext(carrier, traced)).toBe(carrier);
    expect(trace.getSpanContext(client.extractContext(carrier, ROOT_CONTEXT))?.spanId).toBe(SPAN_ID);
  });

  it('replaces every stale trace header and keeps all the others', () => {
    const carrier = {
      Authorization: 'Bearer x',
      TraceParent: '00-old',
      tracestate: 'old=1',
      B3: '0',
      'X-B3-TraceId': 'old',
      'X-B3-SpanId': 'old',
      'X-B3-Sampled': '0',
      'X-B3-Flags': '1',
      'X-B3-ParentSpanId': 'old',
      cookie: ['a=1', 'b=2'],
    };
    expect(startWith().injectContext(carrier, traced)).toEqual({
      Authorization: 'Bearer x',
      cookie: ['a=1', 'b=2'],
      traceparent: TRACEPARENT,
    });
  });

  it('writes baggage without a trace, and leaves the trace headers that are there', () => {
    const client = startWith();
    const baggage = propagation.createBaggage({ tenant: { value: 'acme' } });
    const carrier = { traceparent: TRACEPARENT, b3: '0' };
    expect(client.injectContext(carrier, propagation.setBaggage(ROOT_CONTEXT, baggage))).toEqual({
      traceparent: TRACEPARENT,
      b3: '0',
      baggage: 'tenant=acme',
    });
  });

  it('writes nothing when there is nothing to write', () => {
    expect(startWith().injectContext({ a: 'b' }, ROOT_CONTEXT)).toEqual({ a: 'b' });
  });

  it.each<['none' | 'baggage']>([['none'], ['baggage']])('leaves trace headers alone when %s is sent', name => {
    const client = startWith({ telemetry: { context: { propagation: [name] } } });
    expect(client.injectContext({ traceparent: 'app', b3: '0' }, traced)).toEqual({ traceparent: 'app', b3: '0' });
  });

  it('leaves trace headers alone where tracing is suppressed', () => {
    expect(startWith().injectContext({ traceparent: 'app' }, suppressTracing(traced))).toEqual({ traceparent: 'app' });
  });

  it.each<[string, unknown]>([
    ['null', null],
    ['a number', 5],
    ['a text', 'x'],
    ['a Proxy that throws', hostile],
    ['a frozen object', Object.freeze({ traceparent: 'old' })],
    ['a frozen array', Object.freeze(['traceparent', 'old'])],
  ])('returns %s as it is', (_title, carrier) => {
    const before = typeof carrier === 'object' && carrier !== hostile ? JSON.stringify(carrier) : undefined;
    const returned = startWith().injectContext(carrier as object, traced);
    expect(returned === carrier).toBe(true);
    if (before) expect(JSON.stringify(returned)).toBe(before);
  });
});

describe('extractContext', () => {
  it.each<[string, unknown]>([
    ['null', null],
    ['undefined', undefined],
    ['a number', 5],
    ['a text', 'traceparent'],
    ['a Proxy that throws', hostile],
    ['bad headers', { traceparent: '\0', tracestate: '='.repeat(9_999), baggage: ';;;,,,=', b3: '-' }],
  ])('brings no trace from %s', (_title, carrier) => {
    const extracted = startWith().extractContext(carrier as object, ROOT_CONTEXT);
    expect(trace.getSpanContext(extracted)).toBeUndefined();
  });

  it('keeps other values of the context it extends', () => {
    const key = Symbol('app');
    const extracted = startWith().extractContext({ traceparent: TRACEPARENT }, ROOT_CONTEXT.setValue(key, 'kept'));
    expect(extracted.getValue(key)).toBe('kept');
  });

  it('takes bad parts for absent, part by part', () => {
    const client = startWith();
    const extracted = client.extractContext({ traceparent: 'bad', baggage: 'a b=1,tenant=acme' });
    expect(trace.getSpanContext(extracted)).toBeUndefined();
    expect(client.withContext(extracted, () => client.session.getBaggageValue('tenant'))).toBe('acme');
  });

  it('does not pass off baggage that was active before as arrived', () => {
    const client = startWith();
    const before = propagation.setBaggage(
      ROOT_CONTEXT,
      propagation.createBaggage({ secret: { value: 'of another request' } }),
    );
    const extracted = client.extractContext({ baggage: 'a=1' }, before);
    expect(client.injectContext({}, extracted)).toEqual({ baggage: 'a=1' });
  });

  it('does not go back behind the span that is the child of what arrived', () => {
    const client = startWith();
    const carrier = { traceparent: TRACEPARENT };
    client.withContext(client.extractContext(carrier), () => {
      client.withSpan('server', server => {
        const again = client.extractContext(carrier);
        expect(trace.getSpanContext(again)?.spanId).toBe(server.spanContext().spanId);
      });
    });
  });

  it('takes what comes from elsewhere over the active span', () => {
    const client = startWith();
    client.withSpan('unrelated', () => {
      expect(trace.getSpanContext(client.extractContext({ traceparent: TRACEPARENT }))?.spanId).toBe(SPAN_ID);
    });
  });
});

describe('withContext and bindContext', () => {
  it('run in the context and give the result back', () => {
    const client = startWith();
    expect(client.withContext(traced, () => client.getCurrentContext())).toBe(traced);
    const bound = client.bindContext(() => context.active(), traced);
    expect(bound()).toBe(traced);
  });

  it('bind to the active context, with this and parameters kept', () => {
    const client = startWith();
    const bound = client.withContext(traced, () =>
      client.bindContext(function (this: unknown, ...args: unknown[]) {
        return [this, args, context.active()];
      }),
    );
    const self = {};
    expect(bound.apply(self, [1, 2])).toEqual([self, [1, 2], traced]);
  });

  it('throw what the app throws', () => {
    const client = startWith();
    const error = new Error('app');
    const throwing = () => {
      throw error;
    };
    expect(() => client.withContext(traced, throwing)).toThrow(error);
    expect(client.bindContext(throwing, traced)).toThrow(error);
    expect(context.active()).toBe(ROOT_CONTEXT);
  });
});
