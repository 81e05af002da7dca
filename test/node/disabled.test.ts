import { extractContext, flush, init, injectContext, shutdown, startSpan, withContext, withSpan } from '@agentops/node';
import { createPropagator } from '@agentops/node/otel';
import { context, defaultTextMapGetter, defaultTextMapSetter, propagation, ROOT_CONTEXT } from '@opentelemetry/api';
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { startCollector, type Collector } from '../support/node-collector.js';

let collector: Collector;

beforeEach(async () => {
  collector = await startCollector();
  for (const name of Object.keys(process.env)) if (/^(OTEL|AGENTOPS)_/.test(name)) vi.stubEnv(name, undefined);
});

afterEach(async () => {
  await shutdown();
  await collector.close();
  vi.unstubAllEnvs();
});

/** Starts with these variables, and an endpoint. */
function start(variables: Record<string, string>) {
  vi.stubEnv('AGENTOPS_ENDPOINT', collector.url);
  for (const [name, value] of Object.entries(variables)) vi.stubEnv(name, value);
  return init();
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
