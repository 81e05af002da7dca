import { describe, expect, it } from '#runner';
import { fullTelemetry } from '@agentops/shared/telemetry/full';
import type { Platform } from '@agentops/shared';
import type { Plugin } from '@agentops/shared/telemetry/plugins';
import type { ReadableSpan } from '@opentelemetry/sdk-trace-base';
import { start } from '../support.js';
import { useWarnings } from './session-support.js';

const warnings = useWarnings();

const nothing = () => Promise.resolve();

function memory(): { got: ReadableSpan[]; exporter: never } {
  const got: ReadableSpan[] = [];
  const exporter = {
    export(spans: ReadableSpan[], done: (result: { code: number }) => void) {
      got.push(...spans);
      done({ code: 0 });
    },
    shutdown: nothing,
  };
  return { got, exporter: exporter as never };
}

const startWith = (...plugins: Plugin[]) =>
  start({ endpoint: 'http://backend.test', telemetry: { plugins } }, fullTelemetry);

describe('a plug-in', () => {
  it('may change the resource, the sampler and the processors', async () => {
    const { got, exporter } = memory();
    const seen: string[] = [];
    const processor = {
      onStart: (span: { setAttribute(key: string, value: string): void }) => span.setAttribute('team', 'search'),
      onEnd: ({ name }: ReadableSpan) => void seen.push(name),
      forceFlush: nothing,
      shutdown: nothing,
    };
    const { client } = startWith({
      name: 'all',
      configureTracer: ({ resourceAttributes, processors = [] }) => ({
        resourceAttributes: { ...resourceAttributes, 'host.name': 'a' },
        processors: [...processors, processor as never],
      }),
      configureExporter: () => exporter,
    });
    client.withSpan('work', () => {});
    await client.flush();
    expect(seen).toEqual(['work']);
    expect(got[0]?.attributes['team']).toBe('search');
    expect(got[0]?.resource.attributes['host.name']).toBe('a');
  });

  it('builds on what those before it made', () => {
    const seen: unknown[] = [];
    const adding = (name: string): Plugin => ({
      name,
      configureTracer: ({ resourceAttributes }) => {
        seen.push(resourceAttributes);
        return { resourceAttributes: { ...resourceAttributes, [name]: true } };
      },
    });
    startWith(adding('first'), adding('second'), { name: 'memory', configureExporter: () => memory().exporter });
    expect(seen).toEqual([undefined, { first: true }]);
  });

  it('may change what metrics are made of', () => {
    const seen: unknown[] = [];
    const telemetry = {
      metrics: { intervalMs: 500 },
      plugins: [
        { name: 'one', configureMeter: (metrics: object) => ({ ...metrics, dimensions: ['tenant.id'] }) },
        { name: 'two', configureMeter: (metrics: object) => void seen.push(metrics) },
      ] as Plugin[],
    };
    const made: unknown[] = [];
    const createMetrics: Platform['createMetrics'] = ({ options }) => (made.push(options.telemetry?.metrics), []);
    start({ telemetry }, { ...fullTelemetry, createMetrics });
    const expected = { intervalMs: 500, dimensions: ['tenant.id'] };
    expect([seen, made]).toEqual([[expected], [expected]]);
  });

  it('is asked for each backend, and may give it a pipeline of its own', async () => {
    const { got, exporter } = memory();
    const asked: unknown[] = [];
    const { client } = startWith(
      { name: 'replaces', configureExporter: option => (asked.push(option), exporter) },
      { name: 'wraps', configureExporter: option => ({ exporter: option as never, redact: ['secret'] }) },
    );
    client.withSpan('work', { attributes: { secret: 'x' } }, () => {});
    await client.flush();
    expect(asked).toEqual([{ type: 'otlp' }]);
    expect(got[0]?.attributes['secret']).toBe('[redacted]');
  });

  it.each<[string, Partial<Plugin>]>([
    [
      'throws',
      {
        configureTracer: () => {
          throw new Error('no');
        },
      },
    ],
    ['wants what is no configuration', { configureTracer: () => ({ resourceAttributes: { a: {} as never } }) }],
    ['returns what is no exporter', { configureExporter: () => 5 as never }],
    [
      'throws when the client runs',
      {
        started: () => {
          throw new Error('no');
        },
      },
    ],
    ['rejects when it stops', { stopping: () => Promise.reject(new Error('no')) }],
  ])('that %s is reported, and the rest goes on', async (_title, hooks) => {
    const { got, exporter } = memory();
    const { client } = startWith({ name: 'broken', ...hooks }, { name: 'good', configureExporter: () => exporter });
    client.withSpan('work', () => {});
    await client.shutdown();
    expect(got.map(({ name }) => name)).toEqual(['work']);
    expect(warnings()).toEqual(['the plug-in "broken" failed; the app goes on without it']);
  });

  it('hears of the start and the end, and is waited for', async () => {
    const heard: unknown[] = [];
    const { client } = startWith({
      name: 'listener',
      started: ({ serviceName }) => void heard.push(serviceName),
      stopping: async () => {
        await nothing();
        heard.push('stopped');
      },
      configureExporter: () => memory().exporter,
    });
    await client.shutdown();
    expect(heard).toEqual([client.serviceName, 'stopped']);
  });

  it('is not waited for longer than the rest', async () => {
    const { client } = startWith({
      name: 'hangs',
      stopping: () => new Promise(() => {}),
      configureExporter: () => memory().exporter,
    });
    expect(await client.shutdown({ timeoutMs: 20 })).toMatchObject({ pending: 0 });
  });
});

describe('a processor of the app', () => {
  it('that throws takes neither the span nor the app with it', async () => {
    const { got, exporter } = memory();
    const broken = () => {
      throw new Error('no');
    };
    const processor = { onStart: broken, onEnding: broken, onEnd: broken, forceFlush: broken, shutdown: broken };
    const { client } = start({ telemetry: { exporters: [exporter], processors: [processor as never] } }, fullTelemetry);
    client.withSpan('work', () => {});
    expect(await client.shutdown()).toMatchObject({ delivered: 1 });
    expect(got.map(({ name }) => name)).toEqual(['work']);
  });
});
