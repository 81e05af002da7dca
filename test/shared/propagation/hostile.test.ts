import { afterEach, describe, it, expect } from '#runner';
import type { PropagationName } from '@agentops/shared/propagation/compose';
import { readCounts } from '@agentops/shared/telemetry/counters';
import { propagation, ROOT_CONTEXT, trace } from '@opentelemetry/api';
import { SPAN_ID, start, stop, TRACE_ID, TRACEPARENT } from '../support.js';

const ALL: PropagationName[] = ['w3c', 'b3', 'b3multi'];
const NAMES = [
  'traceparent',
  'tracestate',
  'baggage',
  'b3',
  'x-b3-traceid',
  'x-b3-spanid',
  'x-b3-sampled',
  'x-b3-flags',
];
const MEGABYTE = 1_000_000;

const fail = () => {
  throw new Error('hostile');
};
const huge: unknown[] = [];
huge.length = 2 ** 32 - 1;
const nested: unknown[] = [TRACEPARENT];
nested.push(nested, [TRACEPARENT], [[TRACEPARENT]]);
const bytes = new TextEncoder().encode(TRACEPARENT);
const endless = new Proxy([], { get: (_, name) => (name === 'length' ? Infinity : TRACEPARENT) });

/** What may stand where a header's text belongs. */
const VALUES: [string, unknown][] = [
  ['null', null],
  ['undefined', undefined],
  ['a number', 1],
  ['NaN', Number.NaN],
  ['a bigint', 1n],
  ['a symbol', Symbol('x')],
  ['a function', () => TRACEPARENT],
  ['an object', {}],
  ['an object that fails as a text', { toString: fail, valueOf: fail, [Symbol.toPrimitive]: fail }],
  ['bytes', bytes],
  ['an empty array', []],
  ['nested arrays', nested],
  ['an array of what is no text', [null, 5, Symbol('x'), { toString: fail }, bytes]],
  ['a sparse array', huge],
  ['an array that never ends', endless],
  ['an empty text', ''],
  ['lone surrogates', '\uD800\uDC00\uD800'],
  ['a zero', '\0'],
  ['a line break', `${TRACEPARENT}\r\nx-evil: 1`],
  ['a megabyte of one character', 'a'.repeat(MEGABYTE)],
  ['a megabyte of commas', ','.repeat(MEGABYTE)],
  ['a megabyte of spaces', ' '.repeat(MEGABYTE)],
  ['a megabyte of spaces inside', `a=1${' '.repeat(MEGABYTE)}x`],
  ['a megabyte of semicolons', `a=1${';'.repeat(MEGABYTE)}`],
  ['a megabyte of escapes', `a=${'%FF'.repeat(MEGABYTE / 3)}`],
  ['a megabyte of dashes', `01-${TRACE_ID}-${SPAN_ID}-01${'-'.repeat(MEGABYTE)}`],
];

/** What may come as a carrier. */
const CARRIERS: [string, () => unknown][] = [
  ['a sparse array', () => huge],
  ['an array that never ends', () => endless],
  ['an array of itself', () => nested],
  ['bytes', () => new Uint8Array(bytes)],
  ['a buffer', () => bytes.buffer.slice(0)],
  ['a date', () => new Date(0)],
  ['a function', () => () => {}],
  ['a frozen object', () => Object.freeze({ traceparent: 'x', B3: 'x' })],
  ['frozen pairs', () => Object.freeze([Object.freeze(['traceparent', 'x'])])],
  ['an object without a prototype', () => Object.create(null)],
  [
    'own keys of a prototype',
    () => JSON.parse('{"__proto__":{"traceparent":"x"},"constructor":"x","hasOwnProperty":1}'),
  ],
  [
    'pairs with keys of a prototype',
    () => [
      ['__proto__', TRACEPARENT],
      ['constructor', 'x'],
    ],
  ],
  [
    'getters that throw',
    () => Object.defineProperties({}, Object.fromEntries(NAMES.map(name => [name, { get: fail, enumerable: true }]))),
  ],
  ['a Proxy that throws', () => new Proxy({}, { get: fail, ownKeys: fail, getPrototypeOf: fail, set: fail })],
  [
    'a Proxy that lies',
    () =>
      new Proxy(
        {},
        { ownKeys: () => ['b3', 'traceparent'], get: () => TRACEPARENT, getOwnPropertyDescriptor: () => undefined },
      ),
  ],
  [
    'methods that give nonsense',
    () => ({
      get: () => 5,
      set: () => {},
      delete: () => false,
      forEach: (each: (...args: unknown[]) => void) => each(5, Symbol('x')),
    }),
  ],
];

afterEach(stop);

const startAll = () => start({ autoStartSession: false, telemetry: { context: { propagation: ALL } } }).client;
const traced = propagation.setBaggage(
  trace.setSpanContext(ROOT_CONTEXT, { traceId: TRACE_ID, spanId: SPAN_ID, traceFlags: 1 }),
  propagation.createBaggage({ 'tenant.id': { value: 'acme\r\nx-evil: 1' } }),
);
const CLEAN = {
  traceparent: TRACEPARENT,
  baggage: 'tenant.id=acme%0D%0Ax-evil:%201',
  b3: `${TRACE_ID}-${SPAN_ID}-1`,
  'x-b3-traceid': TRACE_ID,
  'x-b3-spanid': SPAN_ID,
  'x-b3-sampled': '1',
};

describe('a header that is no header', () => {
  it.each(VALUES)('is read without harm: %s', (_title, value) => {
    const client = startAll();
    const extracted = client.extractContext(Object.fromEntries(NAMES.map(name => [name, value])), ROOT_CONTEXT);
    for (const [name, text] of Object.entries(client.injectContext({}, extracted))) {
      expect(NAMES).toContain(name);
      expect(text).toMatch(/^[\x20-\x7e]{1,8192}$/);
    }
  });

  it.each(VALUES)('costs no other header: %s', (_title, value) => {
    const client = startAll();
    const extracted = client.extractContext(
      { b3: value, tracestate: value, baggage: value, traceparent: TRACEPARENT },
      ROOT_CONTEXT,
    );
    expect(trace.getSpanContext(extracted)?.traceId).toBe(TRACE_ID);
  });

  it.each(VALUES)('is replaced: %s', (_title, value) => {
    expect(startAll().injectContext(Object.fromEntries(NAMES.map(name => [name, value])), traced)).toEqual(CLEAN);
  });
});

describe('a carrier that is no carrier', () => {
  it.each(CARRIERS)('is read and written without harm: %s', (_title, create) => {
    const client = startAll();
    const carrier = create() as object;
    expect(client.injectContext(carrier, traced) === carrier).toBe(true);
    client.extractContext(create() as object, ROOT_CONTEXT);
    expect(({} as Record<string, unknown>)['traceparent']).toBeUndefined();
  });

  it('is left as it is where it holds bytes', () => {
    const carrier = new Uint8Array(bytes);
    startAll().injectContext(carrier, traced);
    expect([...carrier]).toEqual([...bytes]);
    expect(Object.hasOwn(carrier, 'traceparent')).toBe(false);
  });

  it('is counted', () => {
    const before = readCounts()['carrier.invalid'] ?? 0;
    startAll().injectContext(Object.freeze({ b3: '0' }), traced);
    expect(readCounts()['carrier.invalid']).toBeGreaterThan(before);
  });
});

describe("somebody else's getters and setters", () => {
  it('that throw do not reach the app through the global propagator', () => {
    startAll();
    const carrier = {};
    expect(() => propagation.inject(traced, carrier, { set: fail })).not.toThrow();
    expect(() => propagation.extract(traced, carrier, { get: fail, keys: fail })).not.toThrow();
  });

  it.each(VALUES)('that give %s are read without harm', (_title, value) => {
    startAll();
    const getter = { keys: () => NAMES, get: () => value as string };
    expect(() => propagation.extract(ROOT_CONTEXT, {}, getter)).not.toThrow();
  });
});
