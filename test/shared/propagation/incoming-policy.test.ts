import { afterEach, beforeEach, describe, it, expect } from '#runner';
import { trace } from '@opentelemetry/api';
import type { Instruments } from '@agentops/shared';
import { readCounts } from '@agentops/shared/telemetry/counters';
import { createIncomingPolicy, type IncomingRule } from '@agentops/shared/propagation/incoming-policy';
import { SPAN_ID, start, stop, TRACE_ID, TRACEPARENT } from '../support.js';

const SESSION = '6f0f3a5e-6a5c-4d0f-9a3b-0d6a3c1f2b4d';
const UNSAMPLED = TRACEPARENT.replace(/01$/, '00');
const HEADERS = { traceparent: TRACEPARENT, baggage: `session.id=${SESSION},tenant.id=acme,tenant.tier=pro,secret=x` };

let instruments: Instruments;

beforeEach(() => {
  const instrument = (given: Instruments) => {
    instruments = given;
    return () => {};
  };
  start({}, { instrument, sessionPerRequest: true });
});

afterEach(stop);

interface Asked {
  readonly path?: string;
  readonly method?: string;
  readonly host?: string;
  readonly headers?: object;
}

/** What is believed of a request. */
function believed(rules: IncomingRule[] | undefined, asked: Asked = {}) {
  const policy = createIncomingPolicy(rules, instruments.propagator);
  const { context, links } = policy({ method: 'GET', path: '/', host: 'shop.test', headers: HEADERS, ...asked });
  const { sessions } = instruments.tracing;
  const keys = sessions
    .baggage(context)
    .getAllEntries()
    .map(([key]) => key);
  return {
    parent: trace.getSpanContext(context),
    links: links.map(link => link.context.spanId),
    joined: sessions.active(context)?.id === SESSION,
    baggage: keys.filter(key => key !== 'session.id').sort(),
  };
}

const ALL = ['secret', 'tenant.id', 'tenant.tier'];

describe('a request that comes in', () => {
  it.each([[undefined], [[]], [[{ route: '/elsewhere', mode: 'ignore' as const }]]])(
    'continues the trace, in the session and with the baggage that arrived, by the rules %j',
    rules => {
      const { parent, ...rest } = believed(rules);
      expect([parent?.traceId, parent?.spanId]).toEqual([TRACE_ID, SPAN_ID]);
      expect(rest).toEqual({ links: [], joined: true, baggage: ALL });
    },
  );

  it.each<[Omit<IncomingRule, 'route'>, object]>([
    [{}, { parent: SPAN_ID, links: [], joined: true, baggage: ALL }],
    [
      { mode: 'continue', baggage: false },
      { parent: SPAN_ID, links: [], joined: false, baggage: [] },
    ],
    [{ mode: 'link' }, { parent: undefined, links: [SPAN_ID], joined: true, baggage: ALL }],
    [
      { mode: 'link', baggage: false },
      { parent: undefined, links: [SPAN_ID], joined: false, baggage: [] },
    ],
    [{ mode: 'ignore' }, { parent: undefined, links: [], joined: false, baggage: [] }],
    [
      { mode: 'ignore', baggage: true },
      { parent: undefined, links: [], joined: true, baggage: ALL },
    ],
    [{ baggage: ['tenant.*'] }, { parent: SPAN_ID, links: [], joined: false, baggage: ['tenant.id', 'tenant.tier'] }],
    [{ baggage: ['session.id', 'tenant.id'] }, { parent: SPAN_ID, links: [], joined: true, baggage: ['tenant.id'] }],
  ])('under %j', (rule, expected) => {
    const { parent, ...rest } = believed([{ route: '*', ...rule }]);
    expect({ parent: parent?.spanId, ...rest }).toEqual(expected);
  });

  it('with B3 headers is linked, too', () => {
    const headers = { b3: `${TRACE_ID}-${SPAN_ID}-0` };
    const { parent, links } = believed([{ route: '*', mode: 'link' }], { headers });
    expect([parent, links]).toEqual([undefined, [SPAN_ID]]);
  });

  it.each<[IncomingRule['mode'] & string]>([['continue'], ['link'], ['ignore']])(
    'without any of the headers is a trace of its own, by %s',
    mode => {
      const { parent, links, joined } = believed([{ route: '*', mode }], { headers: {} });
      expect([parent, links, joined]).toEqual([undefined, [], false]);
    },
  );
});

describe('the rules of the README', () => {
  const rules: IncomingRule[] = [
    { route: '/internal/*' },
    { route: '/api/*', baggage: ['tenant.*'], maxBaggageBytes: 1024, sampling: 'ignore' },
    { route: '/webhooks/*', mode: 'link', baggage: false },
    { route: '*', mode: 'ignore' },
  ];

  it.each<[string, object]>([
    ['/internal/x', { parent: [SPAN_ID, 0], links: [], joined: true, baggage: ALL }],
    ['/api/x', { parent: [SPAN_ID, 1], links: [], joined: false, baggage: ['tenant.id', 'tenant.tier'] }],
    ['/webhooks/x', { parent: [undefined, undefined], links: [SPAN_ID], joined: false, baggage: [] }],
    ['/', { parent: [undefined, undefined], links: [], joined: false, baggage: [] }],
  ])('at %s', (path, expected) => {
    const headers = { ...HEADERS, traceparent: UNSAMPLED };
    const { parent, ...rest } = believed(rules, { path, headers });
    expect({ parent: [parent?.spanId, parent?.traceFlags], ...rest }).toEqual(expected);
  });
});

describe('what a rule leaves out', () => {
  it.each<[Omit<IncomingRule, 'route'>, 'baggage.refused' | 'baggage.dropped', number]>([
    [{ baggage: ['tenant.*'] }, 'baggage.refused', 2],
    [{ maxBaggageBytes: 62 }, 'baggage.dropped', 1],
  ])('under %j is counted as %s', (rule, cause, times) => {
    const before = readCounts()[cause] ?? 0;
    believed([{ route: '*', ...rule }]);
    expect((readCounts()[cause] ?? 0) - before).toBe(times);
  });
});

describe('maxBaggageBytes', () => {
  it.each<[number, string[]]>([
    [8_192, ALL],
    [70, ['tenant.id']],
    [62, ['tenant.id']],
    [61, []],
    [1, []],
  ])('%s keeps %j, whole members only', (maxBaggageBytes, expected) => {
    expect(believed([{ route: '*', maxBaggageBytes }]).baggage).toEqual(expected);
  });

  it('counts over all the lines of a header', () => {
    const headers = { baggage: ['a=1', 'b=2', 'c=3'] };
    expect(believed([{ route: '*', maxBaggageBytes: 7 }], { headers }).baggage).toEqual(['a', 'b']);
  });
});

describe('sampling', () => {
  it.each<[IncomingRule['sampling'], number]>([
    [undefined, 0],
    ['respect', 0],
    ['ignore', 1],
  ])('%s of an unsampled caller gives the flags %s', (sampling, flags) => {
    const rule = { route: '*', ...(sampling && { sampling }) };
    const { parent } = believed([rule], { headers: { traceparent: UNSAMPLED } });
    expect([parent?.spanId, parent?.traceFlags, parent?.isRemote]).toEqual([SPAN_ID, flags, true]);
  });

  it.each([['0'], [`${TRACE_ID}-${SPAN_ID}-0`], [`${TRACE_ID}-${SPAN_ID}-1`]])(
    'of a caller that says b3: %s is ignored: the span is recorded',
    b3 => {
      const headers = { b3 };
      const spanUnder = (rules: IncomingRule[]) => {
        const asked = { method: 'GET', path: '/', host: undefined, headers };
        const { context } = createIncomingPolicy(rules, instruments.propagator)(asked);
        return instruments.tracing.start('GET', {}, context).isRecording();
      };
      expect(spanUnder([{ route: '*', sampling: 'ignore' }])).toBe(true);
      expect(spanUnder([])).toBe(b3.endsWith('1'));
    },
  );

  it('keeps the random flag when it is ignored', () => {
    const headers = { traceparent: TRACEPARENT.replace(/01$/, '02') };
    expect(believed([{ route: '*', sampling: 'ignore' }], { headers }).parent?.traceFlags).toBe(3);
  });
});

describe('a route', () => {
  const isAt = (route: IncomingRule['route'], asked: Asked) => !believed([{ route, mode: 'ignore' }], asked).joined;

  it.each([
    ['/public', '/public'],
    ['/public', '/public/x'],
    ['/public/', '/public/x'],
    ['/public/*', '/public/a/b'],
    ['/public', '/Public/x'],
    ['/public', '/%70ublic/x'],
    ['/public', 'http://shop.test/public/x'],
    ['/public', '/x/../public/y'],
    ['/*/open', '/v1/beta/open'],
    ['/', '/anything'],
    ['*', '*'],
    ['*', '/%zz'],
  ])('%s is that of %s', (route, path) => {
    expect(isAt(route, { path })).toBe(true);
  });

  it.each([
    ['/public', '/publications'],
    ['/public', '/x/public'],
    ['/public', '//public.test/x'],
    ['/public/*', '/private'],
  ])('%s is not that of %s', (route, path) => {
    expect(isAt(route, { path })).toBe(false);
  });

  it('may be an expression, which matches at every call', () => {
    const policy = createIncomingPolicy([{ route: /^\/pub/g, mode: 'link' }], instruments.propagator);
    const asked = { method: 'GET', path: '/public', host: undefined, headers: HEADERS };
    expect([1, 2].map(() => policy(asked).links.length)).toEqual([1, 1]);
  });

  it('may be a function of method, path and host', () => {
    const isUpload = ({ method, path, host }: { method: string; path: string; host: string | undefined }) =>
      method === 'PUT' && path === '/files' && host === 'shop.test';
    expect(isAt(isUpload, { method: 'PUT', path: '/files' })).toBe(true);
    expect(isAt(isUpload, { method: 'GET', path: '/files' })).toBe(false);
    expect(isAt(isUpload, { method: 'PUT', path: '/files', host: 'other.test' })).toBe(false);
  });

  it('that is a function and throws matches nothing', () => {
    const broken = () => {
      throw new Error('no');
    };
    expect(isAt(broken, {})).toBe(false);
  });

  it('that comes first decides', () => {
    const rules: IncomingRule[] = [
      { route: '/public/known', mode: 'link' },
      { route: '/public', mode: 'ignore' },
    ];
    expect(believed(rules, { path: '/public/known' }).links).toEqual([SPAN_ID]);
    expect(believed(rules, { path: '/public/other' }).links).toEqual([]);
  });
});
