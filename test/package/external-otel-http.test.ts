import { execFile } from 'node:child_process';
import { promisify } from 'node:util';
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { startCollector, type Collector } from '../support/node-collector.js';
import { createScratchProject, type ScratchProject } from '../support/scratch-project.js';

const run = promisify(execFile);

/** OpenTelemetry's own instrumentation of HTTP is there first, as a preloaded file has it. */
const SET_UP = `
  import { createRequire } from 'node:module';
  import { registerInstrumentations } from '@opentelemetry/instrumentation';
  import { HttpInstrumentation } from '@opentelemetry/instrumentation-http';
  import { BatchSpanProcessor, NodeTracerProvider } from '@opentelemetry/sdk-trace-node';
  import { OTLPTraceExporter } from '@opentelemetry/exporter-trace-otlp-proto';
  const exporter = new OTLPTraceExporter({ url: process.env.THEIRS + '/v1/traces' });
  export const setUp = (processors = [], propagator) => {
    const provider = new NodeTracerProvider({ spanProcessors: [new BatchSpanProcessor(exporter), ...processors] });
    provider.register({ propagator });
    registerInstrumentations({ instrumentations: [new HttpInstrumentation()] });
    createRequire(import.meta.url)('node:http');
    return provider;
  };`;

/** Two requests at a time, to a server in the same process. */
const WORK = `
  import { createRequire } from 'node:module';
  const http = createRequire(import.meta.url)('node:http');
  const get = url => new Promise(resolve => http.get(url, response => response.resume().on('end', resolve)));
  export async function work({ session }) {
    const server = http.createServer(async (request, response) => {
      session.addBaggage('tenant', request.url.slice(1));
      await new Promise(resolve => setImmediate(resolve));
      response.end();
    });
    await new Promise(resolve => server.listen(0, '127.0.0.1', resolve));
    const { port } = server.address();
    await Promise.all(['acme', 'globex'].map(name => get('http://127.0.0.1:' + port + '/' + name)));
    server.closeAllConnections();
    await new Promise(resolve => server.close(resolve));
  }`;

let project: ScratchProject;
let theirs: Collector;
let ours: Collector;

beforeAll(async () => {
  const experimental = ['instrumentation', 'instrumentation-http', 'exporter-trace-otlp-proto'];
  const packages = [...experimental.map(name => `${name}@0.223.0`), 'sdk-trace-node@2.12.0'];
  project = await createScratchProject(...packages.map(name => `@opentelemetry/${name}`));
  await project.write('set-up.mjs', SET_UP);
  await project.write('work.mjs', WORK);
});
afterAll(() => project?.remove());
beforeEach(async () => {
  [theirs, ours] = await Promise.all([startCollector(), startCollector()]);
});
afterEach(() => Promise.all([theirs.close(), ours.close()]));

async function start(mode: string): Promise<void> {
  const file = await project.write(
    'app.mjs',
    `import { setUp } from './set-up.mjs';
     const OURS = process.env.OURS;
     ${mode}
     const { work } = await import('./work.mjs');
     await work(face);
     await provider.forceFlush();
     await face.flush();
     process.exit();`,
  );
  const env = { PATH: process.env['PATH'], THEIRS: theirs.url, OURS: ours.url };
  await run(process.execPath, [file], { cwd: project.folder, env });
}

const kinds = ({ spans }: Collector) => spans.map(({ kind }) => kind).sort();

describe("an app that traces HTTP by OpenTelemetry's own instrumentation", () => {
  it('has one span for each side of a request, in both backends, each request in a session of its own', async () => {
    await start(`
      const face = await import('@agentops/node/otel');
      const options = { endpoint: OURS, telemetry: { context: { baggageAttributes: ['tenant'] } } };
      const provider = setUp([face.createSpanProcessor(options)], face.createPropagator(options));`);
    expect(kinds(theirs)).toEqual(kinds(ours));
    expect(kinds(ours)).toEqual(['client', 'client', 'server', 'server']);
    const servers = ours.spans.filter(({ kind }) => kind === 'server');
    expect(servers.map(({ attributes }) => attributes['tenant']).sort()).toEqual(['acme', 'globex']);
  });

  it('has no second span of a request by init() on its provider', async () => {
    await start(`
      const provider = setUp();
      const face = await import('@agentops/node');
      face.init({ endpoint: OURS, telemetry: { useExternalOtel: true } });`);
    expect(kinds(theirs)).toEqual(['client', 'client', 'server', 'server']);
    expect(ours.spans).toEqual([]);
  });

  it('has its own spans, and we ours, with init() beside it', async () => {
    await start(`
      const provider = setUp();
      const face = await import('@agentops/node');
      face.init({ endpoint: OURS });`);
    expect(kinds(theirs)).toEqual(['client', 'client', 'server', 'server']);
    expect(kinds(ours)).toEqual(['client', 'client', 'server', 'server']);
  });
});
