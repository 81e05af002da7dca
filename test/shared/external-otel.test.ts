import { ROOT_CONTEXT, context, propagation, trace } from '@opentelemetry/api';
import { BasicTracerProvider, type ReadableSpan } from '@opentelemetry/sdk-trace-base';
import { diagnose, type Surroundings } from '@agentops/shared/external/diagnose';
import { createParts } from '@agentops/shared/external/parts';
import { createAttachedClient } from '@agentops/shared/external/attached-client';
import { RULES } from '@agentops/shared/external/rules';
import { keepClient, shutdown, startedClient } from '@agentops/shared/functions';
import type { AgentOps, InitOptions } from '@agentops/shared';
import { afterEach, beforeEach, describe, expect, it } from '#runner';
import { collect, platform, register } from './attached.js';
import { start, stop, SyncContextManager } from './support.js';

const ALONE: Surroundings = { copies: [], httpByOthers: false };

/** Spans that reached the app's exporter, and ours. */
let theirs: ReadableSpan[];
let ours: ReadableSpan[];
let warned: string[];

const { warn } = console;

beforeEach(() => {
  theirs = [];
  ours = [];
  warned = [];
  console.warn = (message: string) => void warned.push(message);
});

afterEach(async () => {
  await shutdown();
  await stop();
  console.warn = warn;
});

/** A provider of the app's, not registered yet. */
function theirProvider(...more: object[]): BasicTracerProvider {
  return new BasicTracerProvider({ spanProcessors: [collect(theirs), ...(more as never[])] });
}

const ourPlatform = () => ({ ...platform(), processors: [collect(ours)] });

function attach(telemetry: InitOptions['telemetry'] = { useExternalOtel: true }): AgentOps {
  return keepClient(createAttachedClient(ourPlatform(), { telemetry }));
}

const names = (spans: ReadableSpan[]) => spans.map(({ name }) => name).sort();
const problems = () => diagnose(RULES, ALONE).problems.map(({ what }) => what);
const parentOf = (name: string, spans: ReadableSpan[]) => {
  const parentId = spans.find(span => span.name === name)?.parentSpanContext?.spanId;
  return spans.find(span => span.spanContext().spanId === parentId)?.name;
};

/** A span of the app's around one of ours around one of the app's. */
function nest(client: AgentOps): void {
  const tracer = trace.getTracer('app');
  tracer.startActiveSpan('outer', outer => {
    client.withSpan('ours', () => tracer.startActiveSpan('inner', inner => inner.end()));
    outer.end();
  });
}

describe('a client on the provider of the app', () => {
  it('brings its own spans to both sides, where the provider was not given its processor', () => {
    register(theirProvider());
    nest(attach());
    expect(names(theirs)).toEqual(['inner', 'ours', 'outer']);
    expect(names(ours)).toEqual(['ours']);
    expect(ours[0]?.attributes['session.id']).toBeTypeOf('string');
    expect(theirs.find(({ name }) => name === 'ours')?.attributes['session.id']).toBe(
      ours[0]?.attributes['session.id'],
    );
  });

  it('has every span once on both sides, stamped, where the provider was given it', () => {
    const client = attach();
    register(theirProvider(createParts(ourPlatform).createSpanProcessor()));
    nest(client);
    for (const side of [theirs, ours]) {
      expect(names(side)).toEqual(['inner', 'ours', 'outer']);
      expect(side.every(({ attributes }) => attributes['session.id'] === client.getSession()?.id)).toBe(true);
      expect([parentOf('inner', side), parentOf('ours', side)]).toEqual(['ours', 'outer']);
    }
  });

  it('puts what is learned while a span is open on it, too', () => {
    register(theirProvider());
    const client = attach({ useExternalOtel: true, context: { baggageAttributes: ['tenant'] } });
    client.withSpan('ours', () => client.session.addBaggage('tenant', 'acme'));
    expect([theirs[0]?.attributes['tenant'], ours[0]?.attributes['tenant']]).toEqual(['acme', 'acme']);
  });

  it('processes a span once that is ended twice', () => {
    register(theirProvider());
    const span = attach().startSpan('once');
    span.end();
    span.end();
    expect([names(theirs), names(ours)]).toEqual([['once'], ['once']]);
  });

  it('uses the provider it is given, registered or not', () => {
    attach({ useExternalOtel: theirProvider() }).withSpan('given', () => {});
    expect(names(theirs)).toEqual(['given']);
    expect(trace.getTracer('x').startSpan('x').isRecording()).toBe(false);
  });

  it('takes no global where the set-up of the app is still to come, and works with it when it has', () => {
    const client = attach();
    client.withSpan('too early', () => {});
    expect(warned.join()).toContain('no OpenTelemetry provider is registered');
    const provider = theirProvider();
    expect(context.setGlobalContextManager(new SyncContextManager())).toBe(true);
    expect(propagation.setGlobalPropagator({ inject() {}, extract: ctx => ctx, fields: () => [] })).toBe(true);
    expect(trace.setGlobalTracerProvider(provider)).toBe(true);
    client.withSpan('in time', () => {});
    expect(names(theirs)).toEqual(['in time']);
  });

  it('leaves the provider of the app as it is at shutdown(), and does nothing more there', async () => {
    const client = attach();
    const processor = createParts(ourPlatform).createSpanProcessor();
    register(theirProvider(processor));
    await client.shutdown();
    trace.getTracer('app').startSpan('after').end();
    expect(names(theirs)).toEqual(['after']);
    expect(theirs[0]?.attributes).toEqual({});
    expect(ours).toEqual([]);
  });

  it('names a wrong value', () => {
    expect(() => attach({ useExternalOtel: 'yes' as never })).toThrow('telemetry.useExternalOtel');
  });

  it('is not for who cannot do it', () => {
    expect(() => start({ telemetry: { useExternalOtel: true } })).toThrow('@agentops/web/otel');
  });

  it('says so where the provider makes spans of a kind of its own', () => {
    const span = Object.assign(Object.create(trace.wrapSpanContext({ traceId: 'a', spanId: 'b', traceFlags: 1 })), {
      isRecording: () => true,
    }) as never;
    const tracer = { startSpan: () => span, startActiveSpan: () => undefined as never };
    attach({ useExternalOtel: { getTracer: () => tracer } }).startSpan('foreign');
    expect(warned.join()).toContain('is not of OpenTelemetry');
  });
});

describe('createSpanProcessor() and createPropagator()', () => {
  it('start one client for both, which all functions go to', () => {
    const parts = createParts(ourPlatform);
    const options: InitOptions = { tags: ['a'] };
    const propagator = parts.createPropagator(options);
    register(theirProvider(parts.createSpanProcessor(options)));
    propagation.setGlobalPropagator(propagator);
    expect(warned).toEqual([]);
    const carrier: Record<string, string> = {};
    const client = startedClient();
    client?.withSpan('work', () => {
      client.session.addBaggage('tenant', 'acme');
      propagation.inject(context.active(), carrier);
    });
    expect(carrier['baggage']).toContain('tenant=acme');
    expect(carrier['traceparent']).toContain(ours[0]?.spanContext().spanId);
    expect(names(theirs)).toEqual(['work']);
  });

  it('never throw into the app, whatever a part of them does', () => {
    const broken = {
      ...collect(ours),
      onStart: () => {
        throw new Error('broken');
      },
    };
    const parts = createParts(() => ({ ...platform(), processors: [broken] }));
    register(theirProvider(parts.createSpanProcessor()));
    trace.getTracer('app').startSpan('work').end();
    expect(names(theirs)).toEqual(['work']);
  });
});

describe('a client beside the provider of the app', () => {
  it('shares the trace with it, and each side has its own spans, none without its parent', () => {
    register(theirProvider());
    const { client, ended } = start();
    nest(client);
    expect([names(theirs), names(ended)]).toEqual([['inner', 'outer'], ['ours']]);
    expect(parentOf('inner', theirs)).toBe('outer');
    const [traceId] = theirs.map(span => span.spanContext().traceId);
    expect(ended[0]?.spanContext().traceId).toBe(traceId);
  });

  it('keeps its own tree through spans of the app', () => {
    register(theirProvider());
    const { client, ended } = start();
    client.withSpan('a', () =>
      trace.getTracer('app').startActiveSpan('between', span => {
        client.withSpan('b', () => {});
        span.end();
      }),
    );
    expect(parentOf('b', ended)).toBe('a');
    // To the app ours is one that has arrived: a trace goes on, and no exporter waits for it.
    expect(theirs[0]?.spanContext().traceId).toBe(ended[0]?.spanContext().traceId);
    expect(theirs[0]?.parentSpanContext?.isRemote).toBe(true);
  });

  it('continues what arrives, though spans of its own are open', () => {
    register(theirProvider());
    const { client, ended } = start();
    const traceparent = '00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01';
    client.withSpan('here', () =>
      client.withContext(client.extractContext({ traceparent }), () => client.withSpan('there', () => {})),
    );
    expect(ended.find(({ name }) => name === 'there')?.parentSpanContext?.spanId).toBe('b7ad6b7169203331');
  });

  it('injects its own span', () => {
    register(theirProvider());
    const { client, ended } = start();
    const headers = trace
      .getTracer('app')

      .startActiveSpan('theirs', () => client.withSpan('ours', () => client.injectContext<Record<string, string>>({})));
    expect(headers['traceparent']).toContain(ended[0]?.spanContext().spanId);
  });
});

describe('diagnose()', () => {
  it('finds nothing wrong with a client alone', () => {
    start();
    const { globals, problems } = diagnose(RULES, ALONE);
    expect(globals.slice(0, 3).map(({ owner }) => owner)).toEqual(['agentops', 'agentops', 'agentops']);
    expect(problems).toEqual([]);
  });

  it('finds nothing wrong where there is neither', () => {
    const { globals, problems } = diagnose(RULES, ALONE);
    expect(globals.map(({ owner }) => owner)).toEqual(['nobody', 'nobody', 'nobody', 'nobody']);
    expect(problems).toEqual([]);
  });

  it('names two providers', () => {
    register(theirProvider());
    start();
    expect(problems()).toContain('two tracer providers: one of the app, and one of AgentOps');
  });

  it('names a provider without our processor, until it has it', () => {
    const client = attach();
    register(theirProvider());
    expect(problems()).toContain("the provider of the app has no processor of AgentOps's");
    trace.disable();
    trace.setGlobalTracerProvider(theirProvider(createParts(ourPlatform).createSpanProcessor()));
    expect(problems()).toEqual([]);
    expect(client).toBeDefined();
  });

  it('names a backend that both send to, wherever the exporter keeps its address', () => {
    const endpoint = 'http://127.0.0.1:4318/v1/traces';
    const exporter = { _delegate: { _transport: { _parameters: { url: `${endpoint}?key=secret` } } } };
    register(theirProvider({ ...collect([]), _exporter: exporter }));
    keepClient(
      createAttachedClient(
        { ...platform(), encodings: { 'http/json': { serializer: {} as never, contentType: 'application/json' } } },
        { endpoint: 'http://127.0.0.1:4318' },
      ),
    );
    const [found] = diagnose(RULES, ALONE).problems.filter(({ what }) => what.includes('both export'));
    expect(found?.what).toContain(endpoint);
    expect(found?.what).not.toContain('secret');
  });

  it('names a propagator that would leave baggage at home, but not one that has ours in it', () => {
    const client = attach();
    register(theirProvider(createParts(ourPlatform).createSpanProcessor()));
    const own = createParts(ourPlatform).createPropagator();
    propagation.setGlobalPropagator({ inject() {}, extract: ctx => ctx, fields: () => ['traceparent'] });
    expect(problems()).toEqual([expect.stringContaining('does not know tracestate, baggage')]);
    propagation.disable();
    propagation.setGlobalPropagator(
      Object.assign({ _propagators: [own] }, { inject() {}, extract: () => ROOT_CONTEXT, fields: () => [] }),
    );
    expect(problems()).toEqual([]);
    expect(client).toBeDefined();
  });

  it('names versions of the API that cannot share', () => {
    const copies = ['1.9.1', '1.10.0'].map(version => ({ name: '@opentelemetry/api', version }));
    expect(diagnose(RULES, { copies, httpByOthers: false }).problems[0]?.what).toContain('1.9.1 and 1.10.0');
  });
});
