import { describe, it, expect } from '#runner';
import { carrierGetter, carrierSetter, deleteHeaders } from '@agentops/shared/propagation/carrier';

const bare = (entries: object): object => Object.assign(Object.create(null) as object, entries);

describe('reading a carrier', () => {
  it.each<[string, object]>([
    ['Headers', new Headers({ TraceParent: 'x' })],
    ['a Map', new Map([['TraceParent', 'x']])],
    ['a plain object', { traceparent: 'x' }],
    ['a plain object in another letter case', { TraceParent: 'x' }],
    ['an object without a prototype', bare({ traceparent: 'x' })],
    ['a frozen object', Object.freeze({ Traceparent: 'x' })],
    ['an array of one as the value', { traceparent: ['x'] }],
    ['an array of one in another letter case', { TRACEPARENT: ['x'] }],
    [
      'a list of pairs',
      [
        ['a', 'b'],
        ['TraceParent', 'x'],
      ],
    ],
    ['a raw list', ['a', 'b', 'TraceParent', 'x']],
    ['a search', new URLSearchParams({ traceparent: 'x' })],
    ['an object with a header named get', { get: 'y', traceparent: 'x' }],
    ['an object with a value that is no text beside it', { traceparent: 'x', TraceParent: 5 }],
  ])('finds a header in %s', (_title, carrier) => {
    expect(carrierGetter.get(carrier, 'traceparent')).toBe('x');
    expect(carrierGetter.keys(carrier)).toContain('traceparent');
  });

  it.each<[string, object]>([
    ['an array', { baggage: ['a=1', 'b=2'] }],
    ['two letter cases', { Baggage: 'a=1', baggage: 'b=2' }],
    [
      'a list of pairs',
      [
        ['baggage', 'a=1'],
        ['Baggage', 'b=2'],
      ],
    ],
    ['a pair with several values', [['baggage', ['a=1', 'b=2']]]],
    ['a raw list', ['baggage', 'a=1', 'BAGGAGE', 'b=2']],
    [
      'a Map',
      new Map<string, unknown>([
        ['Baggage', 'a=1'],
        ['baggage', ['b=2']],
      ]),
    ],
  ])('keeps every value, in order, of %s', (_title, carrier) => {
    expect(carrierGetter.get(carrier, 'baggage')).toEqual(['a=1', 'b=2']);
  });

  it('gets several Headers in one line', () => {
    const headers = new Headers([
      ['baggage', 'a=1'],
      ['baggage', 'b=2'],
    ]);
    expect(carrierGetter.get(headers, 'baggage')).toBe('a=1, b=2');
  });

  it.each<[string, object]>([
    ['an inherited header', Object.create({ traceparent: 'x' }) as object],
    ['a value that is a number', { traceparent: 5 }],
    ['an array of numbers', { traceparent: [5, null, {}] }],
    ['a raw list that breaks off', ['traceparent']],
    ['pairs that are none', [['traceparent'], [], 5, null]],
    ['a list of nothing', [undefined, undefined]],
    [
      'a Map with other keys',
      new Map<unknown, string>([
        [5, 'x'],
        [{}, 'y'],
      ]),
    ],
    ['an empty object', {}],
  ])('finds none in %s', (_title, carrier) => {
    expect(carrierGetter.get(carrier, 'traceparent')).toBeUndefined();
  });
});

describe('writing to a carrier', () => {
  const names: [string, string][] = [
    ['Traceparent', 'old'],
    ['x-other', 'kept'],
  ];

  it.each<[string, object, object]>([
    [
      'Headers',
      new Headers(names),
      new Headers([
        ['x-other', 'kept'],
        ['traceparent', 'new'],
      ]),
    ],
    [
      'a Map',
      new Map(names),
      new Map([
        ['x-other', 'kept'],
        ['traceparent', 'new'],
      ]),
    ],
    ['a plain object', Object.fromEntries(names), { Traceparent: 'new', 'x-other': 'kept' }],
    ['an object without a prototype', bare(Object.fromEntries(names)), bare({ Traceparent: 'new', 'x-other': 'kept' })],
    ['several letter cases', { TRACEPARENT: 'a', traceparent: 'b', TraceParent: 'c' }, { TRACEPARENT: 'new' }],
    [
      'a list of pairs',
      names.map(pair => [...pair]),
      [
        ['x-other', 'kept'],
        ['traceparent', 'new'],
      ],
    ],
    ['a raw list', names.flat(), ['x-other', 'kept', 'traceparent', 'new']],
    [
      'a raw list with two of them',
      [...names.flat(), ...names.flat()],
      ['x-other', 'kept', 'x-other', 'kept', 'traceparent', 'new'],
    ],
  ])('replaces the header in %s', (_title, carrier, expected) => {
    carrierSetter.set(carrier, 'traceparent', 'new');
    const list = (headers: object) => (headers instanceof Headers ? [...headers] : headers);
    expect(list(carrier)).toEqual(list(expected));
  });

  it('writes to an empty array what Headers take', () => {
    const carrier: [string, string][] = [];
    carrierSetter.set(carrier, 'traceparent', 'x');
    carrierSetter.set(carrier, 'baggage', 'a=1');
    expect([...new Headers(carrier)]).toEqual([
      ['baggage', 'a=1'],
      ['traceparent', 'x'],
    ]);
  });

  it('does not touch a prototype', () => {
    const prototype = { Traceparent: 'inherited' };
    const carrier = Object.create(prototype) as Record<string, string>;
    carrierSetter.set(carrier, 'traceparent', 'x');
    expect(carrierGetter.get(carrier, 'traceparent')).toBe('x');
    expect(prototype).toEqual({ Traceparent: 'inherited' });
  });
});

describe('deleting headers', () => {
  const unwanted = new Set(['b3', 'tracestate']);

  it.each<[string, object, object]>([
    ['Headers', new Headers({ B3: '0', tracestate: 'a=1', keep: 'x' }), new Headers({ keep: 'x' })],
    [
      'a Map',
      new Map([
        ['B3', '0'],
        ['keep', 'x'],
        ['tracestate', 'a=1'],
      ]),
      new Map([['keep', 'x']]),
    ],
    ['a plain object', { B3: '0', keep: 'x', TraceState: 'a=1', tracestate: 'b=2' }, { keep: 'x' }],
    [
      'a list of pairs',
      [
        ['B3', '0'],
        ['b3', '0'],
        ['keep', 'x'],
      ],
      [['keep', 'x']],
    ],
    ['a raw list', ['B3', '0', 'b3', '0', 'keep', 'b3'], ['keep', 'b3']],
  ])('takes them from %s', (_title, carrier, expected) => {
    deleteHeaders(carrier, unwanted);
    expect(carrier instanceof Headers ? [...carrier] : carrier).toEqual(
      expected instanceof Headers ? [...expected] : expected,
    );
  });

  it('goes on past one that cannot be deleted', () => {
    const carrier = { tracestate: 'a=1' };
    const fixed = Object.defineProperties({}, { b3: { value: '0', enumerable: true } });
    const both = Object.defineProperties(fixed, {
      tracestate: { value: carrier.tracestate, enumerable: true, configurable: true },
    });
    deleteHeaders(both, unwanted);
    expect(Object.keys(both)).toEqual(['b3']);
  });
});

describe('a hostile carrier', () => {
  const fail = () => {
    throw new Error('hostile');
  };
  const traps: ProxyHandler<object> = {
    get: fail,
    set: fail,
    has: fail,
    ownKeys: fail,
    deleteProperty: fail,
    getPrototypeOf: fail,
  };
  const revoked = Proxy.revocable({}, {});
  revoked.revoke();

  it.each<[string, unknown]>([
    ['null', null],
    ['undefined', undefined],
    ['a number', 5],
    ['a text', 'traceparent'],
    ['a symbol', Symbol('carrier')],
    ['a function', () => {}],
    ['a Proxy that throws', new Proxy({}, traps)],
    ['a Proxy of an array that throws', new Proxy([], traps)],
    ['a revoked Proxy', revoked.proxy],
    ['a throwing getter', Object.defineProperty({}, 'traceparent', { get: fail, enumerable: true })],
    ['a throwing setter', Object.defineProperty({}, 'traceparent', { set: fail, enumerable: true })],
    ['throwing methods', { get: fail, set: fail, delete: fail, forEach: fail }],
    ['a frozen array', Object.freeze(['traceparent', 'x'])],
    ['a frozen object', Object.freeze({ TraceParent: 'x' })],
    ['a sealed object', Object.seal({})],
  ])('never throws: %s', (_title, carrier) => {
    const before = carrierGetter.get(carrier, 'baggage');
    expect(() => {
      carrierGetter.get(carrier, 'traceparent');
      carrierGetter.keys(carrier);
      carrierSetter.set(carrier, 'traceparent', 'x');
      deleteHeaders(carrier, new Set(['traceparent']));
    }).not.toThrow();
    expect(before).toBeUndefined();
  });

  it('costs one header, not the others', () => {
    const carrier = Object.defineProperty({ Traceparent: 'x' }, 'baggage', { get: fail, enumerable: true });
    expect(carrierGetter.get(carrier, 'baggage')).toBeUndefined();
    expect(carrierGetter.get(carrier, 'traceparent')).toBe('x');
  });
});
