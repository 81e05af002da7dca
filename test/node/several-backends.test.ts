/* oxlint-disable no-restricted-imports -- the viewer's decoder is no export */

import { mkdtemp, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { flush, init, shutdown, withSpan, type AgentOps, type ExporterOption, type MemorySpan } from '@agentops/node';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { decodeJsonTraces } from '../../src/viewer/receiver/otlp-json.js';
import { startCollector, type Collector } from '../support/node-collector.js';
import { startGrpcCollector, type GrpcCollector } from '../support/node-grpc-collector.js';
import { ask, closeServers, freePort, serve } from '../support/node-servers.js';
import { waitFor } from '../support/node-spans.js';
import { startZipkin } from '../support/node-zipkin.js';

const SPANS = 2_000;
const names = Array.from({ length: SPANS }, (_, index) => `work ${index}`);

let folder: string;
let grpc: GrpcCollector;
let http: Collector;
let zipkin: Awaited<ReturnType<typeof startZipkin>>;

beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'agentops-several-'));
  [grpc, http, zipkin] = await Promise.all([startGrpcCollector(), startCollector(), startZipkin()]);
});

afterEach(async () => {
  await shutdown({ timeoutMs: 50 });
  grpc.close();
  await http.close();
  await closeServers();
  await rm(folder, { recursive: true });
});

const file = () => join(folder, 'spans.jsonl');

/** What each has received, by the backend's name in the configuration. */
async function received(): Promise<Record<string, string[]>> {
  const lines = (await readFile(file(), 'utf8')).trim().split('\n');
  const inFile = lines.flatMap(line => decodeJsonTraces(Buffer.from(line)).spans);
  const all = { grpc: grpc.spans, http: http.spans, file: inFile, zipkin: zipkin.spans };
  return Object.fromEntries(
    Object.entries(all).map(([backend, spans]) => [backend, spans.map(({ name }) => name).sort()]),
  );
}

/** One run with four backends, of which these are replaced. */
async function run(
  replaced: Partial<Record<'grpc' | 'http' | 'file' | 'zipkin', ExporterOption>> = {},
  metrics: boolean | object = false,
) {
  const backends: Record<string, ExporterOption> = {
    grpc: { type: 'otlp', endpoint: grpc.address },
    http: { type: 'otlp', endpoint: http.url, protocol: 'http/protobuf' },
    file: { type: 'file', path: file() },
    zipkin: { type: 'zipkin', endpoint: zipkin.endpoint },
    ...replaced,
  };
  const client = init({
    serviceName: 'several',
    telemetry: {
      exporters: Object.values(backends),
      batch: { delayMs: 10, maxBatchSize: 100, timeoutMs: 1_000 },
      metrics,
    },
  });
  for (const name of names) withSpan(name, () => {});
  return { client, health: () => healthOf(client, Object.keys(backends)) };
}

function healthOf(client: AgentOps, backends: string[]) {
  const all = client.health().backends;
  return Object.fromEntries(backends.map((name, index) => [name, all[index]]));
}

const WHOLE = { delivered: SPANS, pending: 0, dropped: {}, queuedBytes: 0, failures: 0, lastError: undefined };
const sorted = [...names].sort();

describe('four backends in one run', () => {
  it('all get every span, once', async () => {
    const { health } = await run();
    expect(await flush()).toEqual({ delivered: 4 * SPANS, pending: 0, dropped: {} });
    expect(await received()).toEqual({ grpc: sorted, http: sorted, file: sorted, zipkin: sorted });
    expect(health()).toMatchObject({ grpc: WHOLE, http: WHOLE, file: WHOLE, zipkin: WHOLE });
  });

  it('of which one is dead, one slow and one answers garbage: the fourth has every span while the others wait', async () => {
    const { address } = grpc;
    grpc.close();
    http.script('garbage');
    const slow = await serve((request, response) => {
      request.resume().on('end', () => setTimeout(() => response.writeHead(202).end(), 400));
    });
    const port = await freePort();
    const { health } = await run(
      { zipkin: { type: 'zipkin', endpoint: `${slow}/api/v2/spans` } },
      { exporters: ['prometheus'], prometheus: { port } },
    );
    await waitFor(() => expect(health()).toMatchObject({ file: WHOLE }));
    expect((await received())['file']).toEqual(sorted);
    await waitFor(() => {
      const { grpc: dead, http: garbage } = health();
      expect(dead?.failures).toBeGreaterThan(0);
      expect(garbage?.failures).toBeGreaterThan(0);
    });
    expect(health()).toMatchObject({
      grpc: { delivered: 0, pending: SPANS, dropped: {}, lastError: expect.stringContaining('UNAVAILABLE') },
      http: { delivered: 0, pending: SPANS, dropped: {}, lastError: expect.stringContaining('did not answer') },
    });

    const scraped = await ask(`http://127.0.0.1:${port}`, '/metrics');
    expect(scraped).toMatch(/^process_memory_usage\w*\{.*type="process_memory".*\} \d+/m);

    // What was merely away is back.
    grpc = await startGrpcCollector({ port: Number(address.split(':')[1]) });
    http.script(200);
    expect(await flush({ timeoutMs: 20_000 })).toEqual({ delivered: 4 * SPANS, pending: 0, dropped: {} });
    expect(await received()).toMatchObject({ grpc: sorted, http: sorted, file: sorted });
    expect(health()).toMatchObject({ zipkin: { ...WHOLE, failures: 0 }, file: WHOLE });
  });
});

describe('additionalExporters', () => {
  const custom = () => {
    const spans: string[] = [];
    return {
      spans,
      exporter: {
        export(batch: { name: string }[], done: (result: { code: number }) => void) {
          spans.push(...batch.map(({ name }) => name));
          done({ code: 0 });
        },
        shutdown: async () => {},
      },
    };
  };

  it('come on top of `endpoint`', async () => {
    const { spans, exporter } = custom();
    init({
      endpoint: http.url,
      telemetry: { additionalExporters: [exporter] },
      resourceAttributes: { 'service.name': 'my-agent-service', 'deployment.environment': 'production' },
    });
    withSpan('work', () => {});
    expect(await flush()).toEqual({ delivered: 2, pending: 0, dropped: {} });
    expect(spans).toEqual(['work']);
    expect(http.spans[0]).toMatchObject({
      service: 'my-agent-service',
      resource: { 'deployment.environment': 'production' },
    });
  });

  it('come on top of `exporters`, which may be several of the app’s own', async () => {
    const [one, two, three] = [custom(), custom(), custom()];
    init({
      resourceAttributes: { 'service.name': 'my-agent' },
      telemetry: { exporters: [one.exporter, two.exporter], additionalExporters: [three.exporter] },
    });
    withSpan('work', () => {});
    expect(await flush()).toEqual({ delivered: 3, pending: 0, dropped: {} });
    expect([one.spans, two.spans, three.spans]).toEqual([['work'], ['work'], ['work']]);
  });

  it('are named by their path where they are wrong', () => {
    expect(() => init({ telemetry: { additionalExporters: [{ type: 'otlp' }] } })).toThrow(
      'telemetry.additionalExporters[0].endpoint: must be set',
    );
  });
});

describe('memory', () => {
  it('fills the array that it is given, the latest first to stay', async () => {
    const spans: MemorySpan[] = [];
    init({ telemetry: { exporters: [{ type: 'memory', spans, maxSpans: 3 }] } });
    for (const name of names.slice(0, 5)) withSpan(name, () => {});
    await flush();
    expect(spans.map(({ name }) => name)).toEqual(names.slice(2, 5));
  });
});
