// The set-ups that the documents behind this product ask for, in TypeScript. Their YAML is in config-file.test.ts, their environment in
// metrics-environment.test.ts, their metrics of an app's own in metrics-own.test.ts.
import { osDetector } from '@opentelemetry/resources';
import { context, trace } from '@opentelemetry/api';
import { AsyncLocalStorageContextManager } from '@opentelemetry/context-async-hooks';
import {
  AggregationTemporality,
  InMemoryMetricExporter,
  PeriodicExportingMetricReader,
} from '@opentelemetry/sdk-metrics';
import {
  AlwaysOnSampler,
  BasicTracerProvider,
  InMemorySpanExporter,
  ParentBasedSampler,
  SamplingDecision,
  SimpleSpanProcessor,
  TraceIdRatioBasedSampler,
} from '@opentelemetry/sdk-trace-base';
import { flush, init, shutdown, withSpan, withTool } from '@agentops/node';
import { createSpanProcessor } from '@agentops/node/otel';
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';

beforeEach(() => {
  vi.spyOn(console, 'warn').mockImplementation(() => {});
});

afterEach(async () => {
  await shutdown();
  trace.disable();
  context.disable();
  vi.restoreAllMocks();
});

const namesIn = (exporter: InMemorySpanExporter) => exporter.getFinishedSpans().map(({ name }) => name);

describe('exporters, processors and a resource of the app’s', () => {
  it('are all used, with a sampler and metric readers besides', async () => {
    const [custom, jaeger] = [new InMemorySpanExporter(), new InMemorySpanExporter()];
    const seen: string[] = [];
    const processor = {
      onStart: () => {},
      onEnd: ({ name }: { name: string }) => void seen.push(name),
      forceFlush: () => Promise.resolve(),
      shutdown: () => Promise.resolve(),
    };
    const metrics = new InMemoryMetricExporter(AggregationTemporality.CUMULATIVE);
    init({
      resourceAttributes: {
        'service.name': 'agent-service',
        'service.version': '1.0.0',
        'deployment.environment': 'production',
      },
      telemetry: {
        exporters: [custom, jaeger],
        processors: [processor],
        sampler: new ParentBasedSampler({ root: new AlwaysOnSampler() }),
        metrics: { readers: [new PeriodicExportingMetricReader({ exporter: metrics, exportIntervalMillis: 60_000 })] },
      },
    });
    withTool('search', () => {});
    expect(await flush()).toMatchObject({ delivered: 2, pending: 0 });
    expect([namesIn(custom), namesIn(jaeger), seen]).toEqual([['search.tool'], ['search.tool'], ['search.tool']]);
    expect(custom.getFinishedSpans()[0]?.resource.attributes).toMatchObject({
      'service.name': 'agent-service',
      'service.version': '1.0.0',
      'deployment.environment': 'production',
    });
    const recorded = metrics.getMetrics().flatMap(({ scopeMetrics }) => scopeMetrics.flatMap(scope => scope.metrics));
    expect(recorded.map(({ descriptor }) => descriptor.name)).toContain('tool.calls.count');
  });
});

describe('detectors of the resource', () => {
  it('add what they know and find out, under what is configured', async () => {
    const exporter = new InMemorySpanExporter();
    const broken = {
      detect: () => {
        throw new Error('no');
      },
    };
    const late = {
      detect: () => ({ attributes: { 'host.id': Promise.resolve('x'), 'service.name': 'detected', zone: 'a' } }),
    };
    init({
      serviceName: 'planner',
      telemetry: { exporters: [exporter], resourceDetectors: [broken, osDetector, late] },
    });
    withSpan('work', () => {});
    await flush();
    const attributes = exporter.getFinishedSpans()[0]?.resource.attributes ?? {};
    expect(attributes).toMatchObject({ 'os.type': expect.any(String) as string, zone: 'a', 'service.name': 'planner' });
    expect(attributes).toHaveProperty(['host.id'], 'x');
  });
});

describe('a set-up of the app’s own', () => {
  it('is used by init({ useExternalOtel })', async () => {
    const [theirs, ours] = [new InMemorySpanExporter(), new InMemorySpanExporter()];
    init({ telemetry: { useExternalOtel: true, exporters: [ours] } });
    const provider = new BasicTracerProvider({
      spanProcessors: [new SimpleSpanProcessor(theirs), createSpanProcessor()],
    });
    context.setGlobalContextManager(new AsyncLocalStorageContextManager().enable());
    trace.setGlobalTracerProvider(provider);
    withSpan('ours', () => trace.getTracer('app').startSpan('theirs').end());
    await flush();
    expect([namesIn(theirs).sort(), namesIn(ours).sort()]).toEqual([
      ['ours', 'theirs'],
      ['ours', 'theirs'],
    ]);
    expect(trace.getTracerProvider()).toMatchObject({ _delegate: provider });
    await provider.shutdown();
  });
});

describe('a plug-in', () => {
  it('configures tracer and exporters', async () => {
    const exporter = new InMemorySpanExporter();
    init({
      endpoint: 'http://127.0.0.1:1',
      telemetry: {
        plugins: [
          {
            name: 'custom',
            configureTracer: () => ({ resourceAttributes: { team: 'search' } }),
            configureExporter: () => exporter,
            configureMeter: () => false,
          },
        ],
      },
    });
    withSpan('work', () => {});
    await flush();
    expect(exporter.getFinishedSpans()[0]?.resource.attributes['team']).toBe('search');
  });
});

describe('a sampler', () => {
  it('of the app’s own class decides', async () => {
    const exporter = new InMemorySpanExporter();
    class CustomSampler {
      shouldSample(_context: unknown, _traceId: string, name: string) {
        return { decision: name === 'kept' ? SamplingDecision.RECORD_AND_SAMPLED : SamplingDecision.NOT_RECORD };
      }
    }
    init({ telemetry: { exporters: [exporter], sampler: new CustomSampler() } });
    withSpan('kept', () => {});
    withSpan('left out', () => {});
    await flush();
    expect(namesIn(exporter)).toEqual(['kept']);
  });

  it('ParentBased(TraceIdRatioBased(0.1)) keeps about a tenth', async () => {
    const exporter = new InMemorySpanExporter();
    init({
      telemetry: {
        exporters: [exporter],
        sampler: new ParentBasedSampler({ root: new TraceIdRatioBasedSampler(0.1) }),
      },
    });
    for (let index = 0; index < 10_000; index++) withSpan('work', () => {});
    await flush();
    // Five standard deviations.
    expect(Math.abs(namesIn(exporter).length - 1_000)).toBeLessThan(150);
  });
});
