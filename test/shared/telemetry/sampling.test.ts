import { afterEach, describe, expect, it } from '#runner';
import type { InitOptions } from '@agentops/shared/config/config';
import { serverChecks } from '@agentops/shared/config/server-checks';
import { createFullSampling } from '@agentops/shared/telemetry/sampling-full';
import { isInShare } from '@agentops/shared/telemetry/sampling-share';
import { ROOT_CONTEXT, trace } from '@opentelemetry/api';
import {
  AlwaysOffSampler,
  ParentBasedSampler,
  SamplingDecision,
  TraceIdRatioBasedSampler,
} from '@opentelemetry/sdk-trace-base';
import { SPAN_ID, start, stop, TRACE_ID, type Overrides } from '../support.js';

type Telemetry = NonNullable<InitOptions['telemetry']>;

const SESSIONS = 100_000;
/** Four standard deviations of a binomial: an honest hash is outside once in 16,000 sets of ids, and these ids are always the same. */
const tolerance = (rate: number) => 4 * Math.sqrt(SESSIONS * rate * (1 - rate));

/** A service decides as one, with all of `telemetry.sampling`. */
const SERVICE: Overrides = { sessionPerRequest: true, serverChecks, createSampling: createFullSampling };

afterEach(stop);

const isSampled = ({ traceparent = '' }: Record<string, string>) =>
  (Number.parseInt(traceparent.slice(-2), 16) & 1) === 1;
const below = (traceFlags: number) =>
  trace.setSpanContext(ROOT_CONTEXT, { traceId: TRACE_ID, spanId: SPAN_ID, traceFlags, isRemote: true });

/** Ids that are the same in every run: those of a counter, and UUIDs made of one. */
const idsOf: Record<string, (n: number) => string> = {
  UUIDs: n => {
    const hex = [1, 2, 3, 4].map(word => (Math.imul(n * 4 + word, 0x9e37_79b1) >>> 0).toString(16).padStart(8, '0'));
    return hex.join('').replace(/^(.{8})(.{4}).(.{3}).(.{3})/, '$1-$2-4$3-a$4-');
  },
  'counted ids': n => `session-${n}`,
};

describe('a share of all sessions', () => {
  // As the README gives them: other languages are tested against the same.
  it.each([
    ['6f0f3a5e-6a5c-4d0f-9a3b-0d6a3c1f2b4d', 3_914_558_680],
    ['session-1', 599_268_235],
    ['a', 444_641_715],
  ])('begins with the hash of its id, which never changes: %s', (id, hash) => {
    expect(isInShare(id, hash / 2 ** 32)).toBe(false);
    expect(isInShare(id, (hash + 1) / 2 ** 32)).toBe(true);
  });

  it.each(Object.keys(idsOf))('is as large as the rate, for 100,000 %s', kind => {
    for (const rate of [0.01, 0.1, 0.5]) {
      let kept = 0;
      for (let n = 0; n < SESSIONS; n++) if (isInShare(idsOf[kind]?.(n) ?? '', rate)) kept++;
      expect(Math.abs(kept - SESSIONS * rate)).toBeLessThan(tolerance(rate));
    }
  });

  it('is all at 1, none at 0, and lies within every greater one', () => {
    for (let n = 0; n < 10_000; n++) {
      const id = `session-${n}`;
      expect([isInShare(id, 1), isInShare(id, 0)]).toEqual([true, false]);
      if (isInShare(id, 0.1)) expect(isInShare(id, 0.2)).toBe(true);
    }
  });
});

describe('telemetry.sampling.rate', () => {
  const rate = 0.1;

  /** What a page sends for each of `count` sessions, all of whose spans are looked at. */
  function visit(count: number) {
    const { client, ended } = start({ telemetry: { sampling: { rate } } });
    return Array.from({ length: count }, (_, n) => {
      client.startSession({ id: `session-${n}` });
      const click = () => client.withSpan('click', () => client.withSpan('request', () => client.injectContext()));
      const sent = [click(), click()];
      return { id: `session-${n}`, sent, spans: ended.splice(0).length };
    });
  }

  it('keeps whole sessions of a page, and a service that sees the session alone decides the same', async () => {
    const visits = visit(SESSIONS);
    await stop();
    const { client, ended } = start({ telemetry: { sampling: { rate } } }, SERVICE);
    let kept = 0;
    let torn = 0;
    for (const { sent, spans } of visits) {
      const [first = {}, second = {}] = sent;
      const wanted = isSampled(first);
      if (wanted) kept++;
      // Without the page's trace: by the session; with it: by its flag.
      client.withContext(client.extractContext({ baggage: first['baggage'] }), () => client.withSpan('own', () => {}));
      client.withContext(client.extractContext(second), () => client.withSpan('continued', () => {}));
      if (isSampled(second) !== wanted || spans !== (wanted ? 4 : 0) || ended.splice(0).length !== (wanted ? 2 : 0))
        torn++;
    }
    expect(torn).toBe(0);
    expect(Math.abs(kept - SESSIONS * rate)).toBeLessThan(tolerance(rate));
  });

  it.each([
    [0, 1],
    [1, 0],
  ])('gives way to the parent: at rate %d a span below flags %d is sampled as its parent is', (own, flags) => {
    for (const side of [{}, SERVICE]) {
      const { client } = start({ telemetry: { sampling: { rate: own } } }, side);
      const sent = client.withContext(below(flags), () => client.withSpan('span', () => client.injectContext()));
      expect(isSampled(sent)).toBe(flags === 1);
      void stop();
    }
  });

  it('still has session, baggage and trace travel with what is not sampled', () => {
    const { client, ended } = start({ telemetry: { sampling: { rate: 0 } } });
    client.startSession({ id: 'visit' });
    client.session.addBaggage('tenant', 'acme');
    const { traceId, sent } = client.withSpan('outer', outer =>
      client.withSpan('inner', () => ({ traceId: outer.spanContext().traceId, sent: client.injectContext() })),
    );
    expect(sent['traceparent']).toMatch(new RegExp(`^00-${traceId}-[\\da-f]{16}-0[02]$`));
    expect(sent['baggage']).toBe('session.id=visit,tenant=acme');
    expect(ended).toEqual([]);
  });

  it('is that of traces where there is no session', () => {
    for (const side of [{}, SERVICE]) {
      const { client, ended } = start({ autoStartSession: false, telemetry: { sampling: { rate: 0.5 } } }, side);
      for (let n = 0; n < 2_000; n++) client.withSpan('span', () => {});
      // The ids are random: ten standard deviations.
      expect(Math.abs(ended.length - 1_000)).toBeLessThan(224);
      void stop();
    }
  });

  it('goes by the trace id as OpenTelemetry does, in a service without a session', () => {
    const { client } = start({ autoStartSession: false, telemetry: { sampling: { rate: 0.5 } } }, SERVICE);
    const theirs = new TraceIdRatioBasedSampler(0.5);
    for (let n = 0; n < 100; n++) {
      const span = client.startSpan('span');
      const { decision } = theirs.shouldSample(ROOT_CONTEXT, span.spanContext().traceId);
      expect(span.isRecording()).toBe(decision === SamplingDecision.RECORD_AND_SAMPLED);
    }
  });
});

describe('who decides', () => {
  const never = new AlwaysOffSampler();

  it.each<[string, Telemetry, Overrides, boolean]>([
    ['a sampler of the code goes before the rate', { sampler: never, sampling: { rate: 1 } }, SERVICE, false],
    ['in a page, too', { sampler: never, sampling: { rate: 1 } }, {}, false],
    ['tail rules are no decision at the start', { sampler: never, sampling: { tail: {} } }, SERVICE, false],
    ['without any of them all is sampled', {}, SERVICE, true],
  ])('%s', (_title, telemetry, side, expected) => {
    const { client } = start({ telemetry }, side);
    expect(isSampled(client.withSpan('span', () => client.injectContext()))).toBe(expected);
  });

  it("is OpenTelemetry's own composition where the code hands one over", () => {
    const sampler = new ParentBasedSampler({ root: new TraceIdRatioBasedSampler(0) });
    const { client } = start({ telemetry: { sampler } }, SERVICE);
    const flagsBelow = (flags: number) =>
      isSampled(client.withContext(below(flags), () => client.withSpan('span', () => client.injectContext())));
    expect([flagsBelow(1), flagsBelow(0)]).toEqual([true, false]);
    expect(client.withSpan('root', span => span.isRecording())).toBe(false);
  });

  it.each<[string, Telemetry['sampler']]>([
    [
      'throws',
      {
        shouldSample: () => {
          throw new Error('no');
        },
      },
    ],
    ['decides nothing', { shouldSample: () => undefined as never }],
  ])('is the default where the sampler of the code %s', (_title, sampler) => {
    for (const side of [{}, SERVICE]) {
      const { ended } = start({ telemetry: { sampler: sampler as never } }, side);
      trace.getTracer('app').startSpan('span').end();
      expect(ended.map(({ name }) => name)).toEqual(['span']);
      void stop();
    }
  });
});
