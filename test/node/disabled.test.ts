import {
  extractContext,
  flush,
  init,
  injectContext,
  shutdown,
  startSpan,
  withContext,
  withSpan,
  type InitOptions,
} from '@agentops/node';
import { createPropagator, createSpanProcessor, diagnose } from '@agentops/node/otel';
import {
  context,
  defaultTextMapGetter,
  defaultTextMapSetter,
  propagation,
  ROOT_CONTEXT,
  trace,
} from '@opentelemetry/api';
import { W3CBaggagePropagator } from '@opentelemetry/core';
import { NodeTracerProvider, type SpanProcessor } from '@opentelemetry/sdk-trace-node';
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { startCollector, type Collector } from '../support/node-collector.js';
import { useWarnings } from '../support/node-metrics.js';
import { writeDocument } from '../support/otel-document.js';

const warnings = useWarnings();
let collector: Collector;

beforeEach(async () => {
  collector = await startCollector();
  for (const name of Object.keys(process.env)) if (/^(OTEL|AGENTOPS)_/.test(name)) vi.stubEnv(name, undefined);
});

afterEach(async () => {
  await shutdown();
  await collector.close();
  for (const api of [trace, context, propagation]) api.disable();
  vi.unstubAllEnvs();
});

/** Starts with these variables, and an endpoint. */
function start(variables: Record<string, string>, options?: InitOptions) {
  vi.stubEnv('AGENTOPS_ENDPOINT', collector.url);
  for (const [name, value] of Object.entries(variables)) vi.stubEnv(name, value);
  return init(options);
}

describe('OTEL_SDK_DISABLED', () => {
  it.each(['true', 'TRUE', 'True'])('%s switches everything off, and every function still works', async value => {
    const client = start({ OTEL_SDK_DISABLED: value });
    expect(withSpan('work', () => 'result')).toBe('result');
    expect(injectContext({ own: '1' })).toEqual({ own: '1' });
    expect(startSpan('work').isRecording()).toBe(false);
    expect(await client.flush()).toEqual({ delivered: 0, pending: 0, dropped: {} });
    expect(collector.exports).toEqual([]);
  });

  describe('true leaves propagation as it is configured', () => {
    const arriving = { traceparent: `00-${'a'.repeat(32)}-${'b'.repeat(16)}-01`, baggage: 'tenant=acme' };
    const B3 = `${'a'.repeat(32)}-${'b'.repeat(16)}-1`;

    it.each<[Record<string, string>, object]>([
      [{}, arriving],
      [{ OTEL_PROPAGATORS: 'tracecontext' }, { traceparent: arriving.traceparent }],
      [{ OTEL_PROPAGATORS: 'b3,tracecontext' }, { traceparent: arriving.traceparent, b3: B3 }],
      [{ OTEL_PROPAGATORS: 'none' }, {}],
    ])('%o', async (variables, leaving) => {
      start({ OTEL_SDK_DISABLED: 'true', ...variables });
      const sent = await withContext(extractContext(arriving), async () => {
        await Promise.resolve();
        const byTheApi: Record<string, string> = {};
        propagation.inject(context.active(), byTheApi);
        return [withSpan('work', () => injectContext({})), injectContext({}), byTheApi];
      });
      expect(sent).toEqual([leaving, leaving, leaving]);
    });

    it('also in a set-up of the app', () => {
      vi.stubEnv('OTEL_SDK_DISABLED', 'true');
      const propagator = createPropagator({ telemetry: { context: { propagation: ['tracecontext'] } } });
      const sent: Record<string, string> = {};
      propagator.inject(propagator.extract(ROOT_CONTEXT, arriving, defaultTextMapGetter), sent, defaultTextMapSetter);
      expect(sent).toEqual({ traceparent: arriving.traceparent });
    });

    it('until shutdown()', async () => {
      start({ OTEL_SDK_DISABLED: 'true' });
      await shutdown();
      expect(propagation.fields()).toEqual([]);
    });
  });

  it('true hides a wrong configuration', () => {
    expect(() => start({ AGENTOPS_ENDPOINT: 'no url', OTEL_SDK_DISABLED: 'true' })).not.toThrow();
  });

  it.each(['', 'false', '1', 'yes'])('"%s" switches nothing off', async value => {
    start({ OTEL_SDK_DISABLED: value });
    withSpan('probe', () => {});
    await flush();
    expect(collector.spans[0]?.name).toBe('probe');
  });
});

describe("a set-up of the app's", () => {
  const EXTERNAL: InitOptions = { telemetry: { useExternalOtel: true } };
  const theirs = new W3CBaggagePropagator();

  /** What arrives of a span that a provider with our processor makes. */
  async function arrives(): Promise<string[]> {
    const provider = new NodeTracerProvider({
      spanProcessors: [createSpanProcessor({ endpoint: collector.url }) as SpanProcessor],
    });
    provider.getTracer('app').startSpan('theirs').end();
    await provider.forceFlush();
    return collector.spans.map(({ name }) => name);
  }

  const document = (disabled: string) => writeDocument(`file_format: "1.1"\ndisabled: ${disabled}\n`);

  it.each<[string, () => string]>([
    ['disabled: true', () => document('true')],
    ['disabled by a variable', () => document('${OTEL_SDK_DISABLED}')],
    ['disabled, whatever else is wrong', () => writeDocument('disabled: true\nresource: 5')],
  ])('gets a processor that does nothing beside a file with %s', async (_title, file) => {
    vi.stubEnv('OTEL_CONFIG_FILE', file());
    vi.stubEnv('OTEL_SDK_DISABLED', 'true');
    expect(await arrives()).toEqual([]);
    expect(warnings).toEqual([]);
  });

  it('gets one that works beside a file that disables nothing, which alone decides', async () => {
    vi.stubEnv('OTEL_CONFIG_FILE', document('false'));
    vi.stubEnv('OTEL_SDK_DISABLED', 'true');
    expect(await arrives()).toEqual(['theirs']);
  });

  it('gets one that works beside a file that cannot be read, and is told', async () => {
    vi.stubEnv('OTEL_CONFIG_FILE', '/none.yaml');
    expect(await arrives()).toEqual(['theirs']);
    expect(warnings).toEqual([expect.stringContaining('OTEL_CONFIG_FILE')]);
  });

  it('gets nothing but propagation, as init() has it, after one that the file disabled, and is told nothing untrue', async () => {
    vi.stubEnv('OTEL_CONFIG_FILE', document('true'));
    init({ telemetry: { context: { propagation: ['b3'] } } });
    expect(await arrives()).toEqual([]);
    expect(createPropagator().fields()).toEqual(['b3']);
    expect(warnings).toEqual([]);
  });

  it.each<[string, InitOptions]>([
    ['', {}],
    [', whatever is wrong', { serviceName: '' }],
  ])('is refused nothing by an init() with useExternalOtel that is switched off%s', (_title, wrong) => {
    start({ OTEL_SDK_DISABLED: 'true' }, { ...EXTERNAL, ...wrong });
    new NodeTracerProvider().register({ propagator: theirs });
    expect(propagation.fields()).toEqual(theirs.fields());
    expect(diagnose().problems).toEqual([]);
    expect(warnings).toEqual([]);
  });

  it('that is registered already lends what it has not registered to one that is switched off', () => {
    trace.setGlobalTracerProvider(new NodeTracerProvider());
    start({ OTEL_SDK_DISABLED: 'true' }, EXTERNAL);
    const { traceparent } = withContext(
      extractContext({ traceparent: `00-${'a'.repeat(32)}-${'b'.repeat(16)}-01` }),
      () => injectContext({}) as { traceparent?: string },
    );
    expect(traceparent).toContain('aaaa');
    expect(diagnose()).toMatchObject({
      globals: expect.arrayContaining([{ name: 'propagation', owner: 'agentops' }]),
      problems: [],
    });
  });
});
