import { context, propagation, trace } from '@opentelemetry/api';
import {
  InMemorySpanExporter,
  SimpleSpanProcessor,
  StackContextManager,
  WebTracerProvider,
} from '@opentelemetry/sdk-trace-web';
import { createPropagator, createSpanProcessor, diagnose, init, session, shutdown, withSpan } from '@agentops/web/otel';
import { init as initBeside } from '@agentops/web/manual';
import { afterEach, beforeEach, describe, expect, it } from '#runner';
import { createBackend, isFor } from '../support/browser-collector.js';

const { warn } = console;

beforeEach(() => {
  console.warn = () => {};
});

afterEach(async () => {
  await shutdown();
  console.warn = warn;
  for (const api of [context, propagation, trace]) api.disable();
});

/** The page's own set-up, with our parts where they are given. */
function setUp(...parts: ReturnType<typeof createSpanProcessor>[]): InMemorySpanExporter {
  const exporter = new InMemorySpanExporter();
  const provider = new WebTracerProvider({ spanProcessors: [new SimpleSpanProcessor(exporter), ...parts] });
  context.setGlobalContextManager(new StackContextManager().enable());
  trace.setGlobalTracerProvider(provider);
  return exporter;
}

const optionsFor = (endpoint: string) => ({ endpoint, telemetry: { batch: { delayMs: 20 } } });
const names = (exporter: InMemorySpanExporter) => exporter.getFinishedSpans().map(({ name }) => name);

describe('a page with an OpenTelemetry set-up of its own', () => {
  it('sends its spans and ours to both, once, by our processor', async () => {
    const backend = createBackend();
    const theirs = setUp(createSpanProcessor(optionsFor(backend.path(''))));
    propagation.setGlobalPropagator(createPropagator());
    session.addBaggage('app.plan', 'pro');
    const headers: Record<string, string> = {};
    trace.getTracer('page').startActiveSpan('page span', span => {
      withSpan('click', () => propagation.inject(context.active(), headers));
      span.end();
    });
    const [click, page] = [await backend.span('click'), await backend.span('page span')];
    expect(names(theirs)).toEqual(['click', 'page span']);
    expect(click.parentSpanId).toBe(page.spanId);
    expect(typeof page.attributes['session.id']).toBe('string');
    expect(headers['baggage']).toContain('app.plan=pro');
    expect(diagnose().problems).toEqual([]);
  });

  it('has requests traced on its provider by init()', async () => {
    const backend = createBackend();
    const theirs = setUp();
    init({ ...optionsFor(backend.path('')) });
    await withSpan('click', () => fetch(backend.path('echo')).then(response => response.text()));
    const request = await backend.span(isFor(backend.path('echo')));
    expect(request.parentSpanId).toBe((await backend.span('click')).spanId);
    expect(names(theirs).filter(name => name === request.name).length).toBe(1);
    expect(diagnose().problems.map(({ what }) => what)).toContain(
      "the provider of the app has no processor of AgentOps's",
    );
  });

  it('keeps it to itself beside a plain init()', async () => {
    const backend = createBackend();
    const theirs = setUp();
    initBeside(optionsFor(backend.path('')));
    trace.getTracer('page').startActiveSpan('page span', span => {
      withSpan('click', () => trace.getTracer('page').startSpan('inner').end());
      span.end();
    });
    const click = await backend.span('click');
    const [inner, page] = theirs.getFinishedSpans();
    expect(names(theirs)).toEqual(['inner', 'page span']);
    expect(inner?.parentSpanContext?.spanId).toBe(page?.spanContext().spanId);
    expect(click.traceId).toBe(page?.spanContext().traceId);
  });
});
