import { describe, expect, it } from '#runner';
import { fullTelemetry } from '@agentops/shared/telemetry/full';
import type { ReadableSpan } from '@opentelemetry/sdk-trace-base';
import type { ExporterOption, InitOptions } from '@agentops/shared';
import type { PipelineOptions } from '@agentops/shared/telemetry/pipeline-options';
import { createFullSampling } from '@agentops/shared/telemetry/sampling-full';
import { start } from '../support.js';
import { useWarnings } from './session-support.js';

const warnings = useWarnings();

interface Deferred {
  readonly promise: Promise<unknown>;
  resolve(value: unknown): void;
  reject(error: unknown): void;
}

function deferred(): Deferred {
  const found = {} as { -readonly [K in keyof Deferred]: Deferred[K] };
  found.promise = new Promise((resolve, reject) => Object.assign(found, { resolve, reject }));
  return found;
}

/** A client with one detector, and what its backend got. */
function startWith(attributes: Record<string, unknown>, options: InitOptions = {}, own: PipelineOptions = {}) {
  const got: ReadableSpan[] = [];
  const exporter = {
    export(spans: ReadableSpan[], done: (result: { code: number }) => void) {
      got.push(...spans);
      done({ code: 0 });
    },
    shutdown: () => Promise.resolve(),
  };
  const telemetry = {
    exporters: [{ exporter, ...own } as ExporterOption],
    resourceDetectors: [{ detect: () => ({ attributes }) }],
    ...options.telemetry,
  };
  const { client } = start({ ...options, telemetry }, { ...fullTelemetry, createSampling: createFullSampling });
  return { client, got };
}

const resourceOf = (spans: ReadableSpan[]) => spans[0]?.resource.attributes;

describe('a resource detector', () => {
  it('has spans wait for what it has to find out first', async () => {
    const host = deferred();
    const { client, got } = startWith({ 'host.id': host.promise, zone: 'a' });
    client.withSpan('early', () => {});
    const flushed = client.flush();
    expect(client.health().backends[0]).toMatchObject({ delivered: 0, pending: 1 });
    host.resolve('h1');
    expect(await flushed).toEqual({ delivered: 1, pending: 0, dropped: {} });
    expect(resourceOf(got)).toMatchObject({ 'host.id': 'h1', zone: 'a' });
  });

  it('is not waited for by what starts when everything is known', async () => {
    const { client, got } = startWith({ 'host.id': Promise.resolve('h1') });
    client.withSpan('early', () => {});
    await client.flush();
    client.withSpan('late', () => {});
    expect(client.health().backends[0]).toMatchObject({ delivered: 1, pending: 1 });
    await client.flush();
    expect(got.map(({ name }) => name)).toEqual(['early', 'late']);
  });

  it('keeps the order of what waits', async () => {
    const host = deferred();
    const { client, got } = startWith({ 'host.id': host.promise });
    client.withSpan('outer', () => client.withSpan('inner', () => {}));
    host.resolve('h1');
    await client.flush();
    expect(got.map(({ name }) => name)).toEqual(['inner', 'outer']);
  });

  it.each<[string, (host: Deferred) => void]>([
    ['fails', host => host.reject(new Error('no'))],
    ['finds what no attribute can be', host => host.resolve({ id: 1 })],
  ])('that %s is reported, and the spans go on without', async (_title, settle) => {
    const host = deferred();
    const { client, got } = startWith({ 'host.id': host.promise, zone: 'a' });
    client.withSpan('work', () => {});
    settle(host);
    expect(await client.flush()).toMatchObject({ delivered: 1 });
    expect(resourceOf(got)).toMatchObject({ zone: 'a' });
    expect(Object.keys(resourceOf(got) ?? {}).includes('host.id')).toBe(false);
    expect(warnings()).toEqual(['the attribute "host.id" of a resource detector is left out']);
  });

  it.each<[string, () => Promise<object>]>([
    ['fails', () => Promise.reject(new Error('late'))],
    ['succeeds', () => Promise.resolve({ attributes: { zone: 'late' } })],
    ['never comes', () => new Promise(() => {})],
  ])('whose answer is a promise that %s is reported, and counts as not there', async (_title, detect) => {
    const resourceDetectors = [{ detect } as never, { detect: () => ({ attributes: { host: 'a' } }) }];
    const { client, got } = startWith({}, { telemetry: { resourceDetectors } });
    client.withSpan('work', () => {});
    expect(await client.flush()).toEqual({ delivered: 1, pending: 0, dropped: {} });
    expect(resourceOf(got)).toMatchObject({ host: 'a' });
    expect(Object.keys(resourceOf(got) ?? {})).not.toContain('zone');
    expect(warnings()).toEqual([
      'a resource detector is left out: detect() must answer at once; its attributes may be promises',
    ]);
  });

  it('that never answers holds nothing up at the end', async () => {
    const { client, got } = startWith({ 'host.id': new Promise(() => {}), zone: 'a' });
    client.withSpan('work', () => {});
    await client.shutdown({ timeoutMs: 20 });
    expect(await client.flush()).toEqual({ delivered: 1, pending: 0, dropped: {} });
    expect(resourceOf(got)).toMatchObject({ zone: 'a' });
  });

  it('that is slow holds a flush up for a second at most', async () => {
    const { client, got } = startWith({ 'host.id': new Promise(() => {}) });
    client.withSpan('work', () => {});
    expect(await client.flush({ timeoutMs: 4_000 })).toEqual({ delivered: 1, pending: 0, dropped: {} });
    expect(got.length).toBe(1);
  });

  it('has a trace that is kept for what came last arrive once, and one that is not kept wait for nothing', async () => {
    const host = deferred();
    const sampling = { rate: 0, tail: { keepErrors: true } };
    const { client, got } = startWith({ 'host.id': host.promise }, { telemetry: { sampling } });
    client.withSpan('fine', () => {});
    expect(client.health().backends[0]).toMatchObject({ pending: 0 });
    const failing = () =>
      client.withSpan('root', () => {
        client.withSpan('child', () => {});
        throw new Error('no');
      });
    expect(failing).toThrow('no');
    host.resolve('h1');
    await client.flush();
    expect(got.map(({ name }) => name)).toEqual(['child', 'root']);
  });

  it('leaves no orphans where a filter leaves spans out', async () => {
    const host = deferred();
    const { client, got } = startWith({ 'host.id': host.promise }, {}, { filter: { drop: [{ name: 'b' }] } });
    client.withSpan('a', () => client.withSpan('b', () => client.withSpan('c', () => {})));
    host.resolve('h1');
    await client.flush();
    const [c, a] = got;
    expect(got.map(({ name }) => name)).toEqual(['c', 'a']);
    expect(c?.parentSpanContext?.spanId).toBe(a?.spanContext().spanId);
  });

  it('that finds nothing leaves what another one knows', async () => {
    const detectors = [
      { host: 'a', zone: 'a', rack: Promise.resolve('a'), row: 'a' },
      { host: Promise.resolve(undefined), zone: undefined, rack: Promise.reject(new Error('no')), row: { no: 1 } },
    ].map(attributes => ({ detect: () => ({ attributes }) }));
    const { client, got } = startWith({}, { telemetry: { resourceDetectors: detectors } });
    client.withSpan('work', () => {});
    await client.flush();
    expect(resourceOf(got)).toMatchObject({ host: 'a', zone: 'a', rack: 'a', row: 'a' });
  });

  it('has at most so many wait', async () => {
    const { client } = startWith({ 'host.id': new Promise(() => {}) });
    for (let index = 0; index < 20_100; index++) client.withSpan('work', () => {});
    const { pending = 0, dropped = {} } = client.health().backends[0] ?? {};
    expect(pending + Object.values(dropped).reduce((sum, count) => sum + count, 0)).toBe(20_100);
    expect(Object.keys(dropped)).toEqual(['queue-full']);
  });

  it('goes after what is configured, and before nothing', async () => {
    const { client, got } = startWith(
      { 'service.version': '1', team: 'detected', 'service.name': 'detected' },
      { resourceAttributes: { team: 'configured' }, serviceName: 'configured' },
    );
    client.withSpan('work', () => {});
    await client.flush();
    expect(resourceOf(got)).toMatchObject({
      'service.version': '1',
      team: 'configured',
      'service.name': 'configured',
    });
  });
});
