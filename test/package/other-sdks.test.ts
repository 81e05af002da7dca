import { execFile } from 'node:child_process';
import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { text } from 'node:stream/consumers';
import { promisify } from 'node:util';
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { startCollector, type Collector } from '../support/node-collector.js';
import { createScratchProject, type ScratchProject } from '../support/scratch-project.js';

const run = promisify(execFile);

/** An SDK that is started before us: its start, a span of its own around one of ours, and how it is told to send. */
interface OtherSdk {
  packages: string[];
  start: string;
  /** Has `inside` to run. */
  span: string;
  flush: string;
  /** Whether its spans are those of OpenTelemetry's SDK, so that a client on its provider has them to export. */
  attaches: boolean;
}

const SDKS: Record<string, OtherSdk> = {
  'Sentry 10': {
    packages: ['@sentry/node@10.67.0'],
    start: `
      import * as Sentry from '@sentry/node';
      Sentry.init({ dsn: process.env.THEIRS.replace('://', '://key@') + '/1', tracesSampleRate: 1 });`,
    span: `await Sentry.startSpan({ name: 'their span' }, inside);`,
    flush: `await Sentry.flush(5000);`,
    attaches: false,
  },
  Langfuse: {
    packages: [
      '@langfuse/otel@5.11.1',
      '@langfuse/tracing@5.11.1',
      '@opentelemetry/exporter-trace-otlp-http@0.223.0',
      ...['sdk-trace-node', 'sdk-trace-base', 'core'].map(name => `@opentelemetry/${name}@2.12.0`),
    ],
    start: `
      import { LangfuseSpanProcessor } from '@langfuse/otel';
      import { startActiveObservation } from '@langfuse/tracing';
      import { NodeTracerProvider } from '@opentelemetry/sdk-trace-node';
      const langfuse = new LangfuseSpanProcessor({
        publicKey: 'key', secretKey: 'key', baseUrl: process.env.THEIRS, shouldExportSpan: () => true,
      });
      new NodeTracerProvider({ spanProcessors: [langfuse] }).register();`,
    span: `await startActiveObservation('their span', inside);`,
    flush: `await langfuse.forceFlush();`,
    attaches: true,
  },
  Traceloop: {
    packages: ['@traceloop/node-server-sdk@0.27.0'],
    start: `
      import * as traceloop from '@traceloop/node-server-sdk';
      traceloop.initialize({
        baseUrl: process.env.THEIRS, apiKey: 'key', silenceInitializationMessage: true, traceloopSyncEnabled: false,
      });`,
    span: `await traceloop.withWorkflow({ name: 'their span' }, inside);`,
    flush: `await traceloop.forceFlush();`,
    attaches: true,
  },
};

let ours: Collector;
beforeEach(async () => {
  ours = await startCollector();
});
afterEach(() => ours.close());

describe.each(Object.entries(SDKS))('%s, started before us', (name, sdk) => {
  let project: ScratchProject;
  let theirs: { url: string; names(): string[]; close(): Promise<void> };

  beforeAll(async () => {
    project = await createScratchProject(...sdk.packages);
  });
  afterAll(() => project?.remove());
  beforeEach(async () => {
    theirs = await (name.startsWith('Sentry') ? startSentryServer() : startOtlpServer());
  });
  afterEach(() => theirs.close());

  async function start(useExternalOtel: boolean): Promise<void> {
    const file = await project.write(
      'app.mjs',
      `${sdk.start}
       import { trace } from '@opentelemetry/api';
       import { flush, init, withAgent } from '@agentops/node';
       init({ endpoint: process.env.OURS, telemetry: { useExternalOtel: ${useExternalOtel} } });
       const inside = () => withAgent('planner', () =>
         trace.getTracer('app').startActiveSpan('app span', async span => { await null; span.end(); }));
       ${sdk.span}
       await flush();
       ${sdk.flush}
       process.exit();`,
    );
    const env = { PATH: process.env['PATH'], THEIRS: theirs.url, OURS: ours.url };
    await run(process.execPath, [file], { cwd: project.folder, env });
  }

  const names = () => ours.spans.map(span => span.name).sort();

  it('and we beside it: both have their own spans, once', async () => {
    await start(false);
    expect(theirs.names()).toEqual(['app span', expect.stringContaining('their span')]);
    expect(names()).toEqual(['planner.agent']);
  });

  it('and we on its provider: it has all spans once', async () => {
    await start(true);
    expect(theirs.names()).toEqual(['app span', 'planner.agent', expect.stringContaining('their span')]);
    expect(names()).toEqual(sdk.attaches ? ['planner.agent'] : []);
  });
});

async function startOtlpServer() {
  const collector = await startCollector();
  return { ...collector, names: () => collector.spans.map(({ name }) => name).sort() };
}

/** Takes Sentry's envelopes: lines of JSON, in which a transaction has its spans. */
async function startSentryServer() {
  const names: string[] = [];
  const server: Server = createServer(async (request, response) => {
    const items = (await text(request)).split('\n').flatMap(line => (line.startsWith('{') ? [JSON.parse(line)] : []));
    for (const { type, transaction, spans = [] } of items) {
      if (type === 'transaction' && transaction)
        names.push(transaction, ...spans.map(({ description }: { description: string }) => description));
    }
    response.end('{}');
  });
  await new Promise<void>(resolve => server.listen(0, '127.0.0.1', resolve));
  return {
    url: `http://127.0.0.1:${(server.address() as AddressInfo).port}`,
    names: () => names.sort(),
    close: () => new Promise<void>(resolve => void server.close(() => resolve())),
  };
}
