import { describe, it, expect, afterEach } from '#runner';
import { createClient, type AgentOps } from '@agentops/shared';
import {
  getSession,
  injectContext,
  keepClient,
  observe,
  shutdown,
  startedClient,
  withSpan,
} from '@agentops/shared/functions';
import { context, propagation, trace } from '@opentelemetry/api';
import { start, stop, SyncContextManager, type Started } from './support.js';

afterEach(async () => {
  await shutdown();
  await stop();
});

/** As `init()` of a platform does. */
function init(): Started & { kept: AgentOps } {
  const started = start();
  return { ...started, kept: keepClient(started.client) };
}

const namesOf = ({ ended }: Started) => ended.map(span => span.name);

describe('a client that was shut down', () => {
  it('gives the globals of OpenTelemetry back', async () => {
    const { client } = start();
    await client.shutdown();
    expect(trace.setGlobalTracerProvider(trace.getTracerProvider())).toBe(true);
    expect(propagation.fields()).toEqual([]);
    expect(context.setGlobalContextManager(new SyncContextManager())).toBe(true);
  });

  it('leaves its place to a second one, whose context, propagation and spans work', async () => {
    const first = init();
    await first.kept.shutdown();
    const second = init();
    const carrier: Record<string, string> = {};
    const traceparent = withSpan('outer', () => {
      propagation.inject(context.active(), carrier);
      trace.getTracer('app').startSpan('inner').end();
      return injectContext()['traceparent'];
    });
    expect(carrier['traceparent']).toBe(traceparent);
    expect(namesOf(second)).toEqual(['inner', 'outer']);
    expect(second.ended[0]?.parentSpanContext?.spanId).toBe(second.ended[1]?.spanContext().spanId);
    expect(namesOf(first)).toEqual([]);
  });

  it('shut down once more, leaves the second one alone', async () => {
    const first = init();
    await first.kept.shutdown();
    const second = init();
    await first.kept.shutdown();
    withSpan('outer', () => trace.getTracer('app').startSpan('inner').end());
    expect(namesOf(second)).toEqual(['inner', 'outer']);
    expect(second.ended[0]?.parentSpanContext).toBeDefined();
    expect(startedClient()).toBe(second.kept);
  });

  it('leaves globals alone that are no longer its own', async () => {
    const { client } = start();
    trace.disable();
    propagation.disable();
    const provider = { getTracer: () => trace.getTracer('other') };
    const propagator = { inject() {}, extract: () => context.active(), fields: () => ['other'] };
    trace.setGlobalTracerProvider(provider);
    propagation.setGlobalPropagator(propagator);
    await client.shutdown();
    expect(propagation.fields()).toEqual(['other']);
    expect(trace.setGlobalTracerProvider(provider)).toBe(false);
  });

  it('takes no part in what was observed while it ran', async () => {
    const first = init();
    const observed = observe(() => getSession()?.id, { name: 'step' });
    observed();
    await first.kept.shutdown();
    expect(() => observed()).not.toThrow();
    const second = init();
    expect(observed()).toBe(getSession()?.id);
    expect(namesOf(first)).toEqual(['step']);
    expect(namesOf(second)).toEqual(['step']);
  });
});

describe('a client beside an OpenTelemetry set-up of the app', () => {
  it('leaves its globals in place, also when it shuts down', async () => {
    const manager = new SyncContextManager();
    const propagator = { inject() {}, extract: () => context.active(), fields: () => ['app'] };
    context.setGlobalContextManager(manager);
    propagation.setGlobalPropagator(propagator);
    const { client } = start();
    expect(propagation.fields()).toEqual(['app']);
    await client.shutdown();
    expect(propagation.fields()).toEqual(['app']);
    expect(context.setGlobalContextManager(manager)).toBe(false);
  });
});

it('a wrong configuration starts nothing and takes no global', () => {
  expect(() => createClient({} as never, { serviceName: 5 } as never)).toThrow(/serviceName/);
  expect(propagation.fields()).toEqual([]);
  expect(startedClient()).toBeUndefined();
});
