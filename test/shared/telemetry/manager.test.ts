import { afterEach, describe, it, expect } from '#runner';
import { ExportResultCode } from '@opentelemetry/core';
import type { ReadableSpan, SpanExporter } from '@opentelemetry/sdk-trace-base';
import { start, stop } from '../support.js';

afterEach(stop);

function memory(): SpanExporter & { spans: ReadableSpan[] } {
  const spans: ReadableSpan[] = [];
  return {
    spans,
    export(batch, done) {
      spans.push(...batch);
      done({ code: ExportResultCode.SUCCESS });
    },
    shutdown: () => Promise.resolve(),
  };
}

const never: SpanExporter = { export: () => {}, shutdown: () => Promise.resolve() };
const withExporters = (...exporters: SpanExporter[]) => start({ telemetry: { exporters } }).client;

describe('flush', () => {
  it('adds up what became of the spans at every backend', async () => {
    const failing: SpanExporter = { ...never, export: (_, done) => done({ code: ExportResultCode.FAILED }) };
    const [one, other] = [memory(), memory()];
    const client = withExporters(one, failing, other);
    client.withSpan('work', () => {});
    expect(await client.flush()).toEqual({ delivered: 2, pending: 0, dropped: { failed: 1 } });
    expect([one, other].map(({ spans }) => spans.map(({ name }) => name))).toEqual([['work'], ['work']]);
  });

  it('says what is pending when its time is up', async () => {
    const client = withExporters(never, memory());
    client.withSpan('work', () => {});
    expect(await client.flush({ timeoutMs: 1 })).toEqual({ delivered: 1, pending: 1, dropped: {} });
  });

  it('has nothing to say without a backend', async () => {
    const client = withExporters();
    client.withSpan('work', () => {});
    expect(await client.flush()).toEqual({ delivered: 0, pending: 0, dropped: {} });
  });
});

describe('shutdown', () => {
  it('delivers, and drops what ends later', async () => {
    const backend = memory();
    const client = withExporters(backend);
    client.withSpan('work', () => {});
    expect(await client.shutdown()).toEqual({ delivered: 1, pending: 0, dropped: {} });
    client.withSpan('late', () => {});
    expect(await client.flush()).toEqual({ delivered: 1, pending: 0, dropped: { 'after-shutdown': 1 } });
  });

  it.each<[string, SpanExporter['shutdown']]>([
    ['rejects', () => Promise.reject(new Error('no'))],
    [
      'throws',
      () => {
        throw new Error('no');
      },
    ],
    ['never ends', () => new Promise(() => {})],
  ])('resolves although the shutdown of an exporter %s', async (_title, shutdown) => {
    const client = withExporters({ ...memory(), shutdown });
    client.withSpan('work', () => {});
    expect(await client.shutdown({ timeoutMs: 50 })).toMatchObject({ delivered: 1 });
  });

  it('may be called again', async () => {
    const client = withExporters(memory());
    await client.shutdown();
    expect(await client.shutdown()).toEqual({ delivered: 0, pending: 0, dropped: {} });
  });
});
