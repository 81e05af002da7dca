import { execFile } from 'node:child_process';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { build } from 'esbuild';
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { startCollector, type Collector } from '../support/node-collector.js';
import { createScratchProject, type ScratchProject } from '../support/scratch-project.js';

const run = promisify(execFile);

/** The app's set-up of OpenTelemetry, of each line: `setUp(processors, propagator)` returns its provider. */
const LINES = {
  '2.12': {
    packages: ['api@1.9.1', 'sdk-trace-node@2.12.0', 'exporter-trace-otlp-proto@0.223.0'],
    setUp: `
      import { BatchSpanProcessor, NodeTracerProvider } from '@opentelemetry/sdk-trace-node';
      import { OTLPTraceExporter } from '@opentelemetry/exporter-trace-otlp-proto';
      export function setUp(processors = [], propagator) {
        const exporter = new OTLPTraceExporter({ url: process.env.THEIRS + '/v1/traces' });
        const provider = new NodeTracerProvider({ spanProcessors: [new BatchSpanProcessor(exporter), ...processors] });
        provider.register({ propagator });
        return provider;
      }`,
  },
  '3.1': {
    packages: ['api@1.10.0', 'sdk-trace@3.1.0', 'context-async-hooks@3.1.0', 'exporter-trace-otlp-proto@0.301.0'],
    setUp: `
      import { context, propagation, trace } from '@opentelemetry/api';
      import { AsyncLocalStorageContextManager } from '@opentelemetry/context-async-hooks';
      import { BatchSpanProcessor, TracerProvider } from '@opentelemetry/sdk-trace';
      import { OTLPTraceExporter } from '@opentelemetry/exporter-trace-otlp-proto';
      export function setUp(processors = [], propagator) {
        const exporter = new OTLPTraceExporter({ url: process.env.THEIRS + '/v1/traces' });
        const provider = new TracerProvider({ spanProcessors: [new BatchSpanProcessor({ exporter }), ...processors] });
        context.setGlobalContextManager(new AsyncLocalStorageContextManager().enable());
        if (propagator) propagation.setGlobalPropagator(propagator);
        trace.setGlobalTracerProvider(provider);
        return provider;
      }`,
  },
};

/** Spans of both sides inside one another, and a request to the app itself. */
const WORK = `
  import http from 'node:http';
  import { trace } from '@opentelemetry/api';
  export async function work({ session, withAgent, withTool }) {
    const tracer = trace.getTracer('app');
    const server = http.createServer((request, response) => response.end(request.headers.traceparent));
    await new Promise(resolve => server.listen(0, '127.0.0.1', resolve));
    await tracer.startActiveSpan('app work', async span => {
      await withAgent('planner', async () => {
        await tracer.startActiveSpan('app inner', async inner => {
          await null;
          inner.setAttribute('nested', { a: [1, 'x'] }).end();
        });
        withTool('search', () => {});
        await (await fetch('http://127.0.0.1:' + server.address().port)).text();
      });
      span.end();
    });
    await new Promise(resolve => server.close(resolve));
  }`;

/** How the two are put together. */
const MODES = {
  'createSpanProcessor() alone': `
    const face = await import('@agentops/node/otel');
    const provider = setUp([face.createSpanProcessor({ endpoint: OURS })], face.createPropagator());`,
  'init() and createSpanProcessor()': `
    const face = await import('@agentops/node');
    const { createPropagator, createSpanProcessor } = await import('@agentops/node/otel');
    face.init({ endpoint: OURS, telemetry: { useExternalOtel: true } });
    const provider = setUp([createSpanProcessor()], createPropagator());`,
  'init() on the provider': `
    const face = await import('@agentops/node');
    const provider = setUp();
    face.init({ endpoint: OURS, telemetry: { useExternalOtel: provider } });`,
  isolated: `
    const face = await import('@agentops/node');
    const provider = setUp();
    face.init({ endpoint: OURS });`,
};

type Mode = keyof typeof MODES;

const APP = ['app inner', 'app work'];
const OWN = ['planner.agent', 'search.tool'];
const HTTP = ['GET', 'GET'];

/** What each side has to get, each span once. */
const WANTED: Record<Mode, { theirs: string[]; ours: string[] }> = {
  'createSpanProcessor() alone': { theirs: [...APP, ...OWN], ours: [...APP, ...OWN] },
  'init() and createSpanProcessor()': { theirs: [...APP, ...OWN, ...HTTP], ours: [...APP, ...OWN, ...HTTP] },
  'init() on the provider': { theirs: [...APP, ...OWN, ...HTTP], ours: [...OWN, ...HTTP] },
  isolated: { theirs: APP, ours: [...OWN, ...HTTP] },
};

let theirs: Collector;
let ours: Collector;

beforeEach(async () => {
  [theirs, ours] = await Promise.all([startCollector(), startCollector()]);
});

afterEach(() => Promise.all([theirs.close(), ours.close()]));

const names = ({ spans }: Collector) => spans.map(({ name }) => name).sort();
const traces = (...sides: Collector[]) => new Set(sides.flatMap(({ spans }) => spans.map(({ traceId }) => traceId)));

/** Spans whose parent is not among those that have arrived. */
function orphans({ spans }: Collector): string[] {
  const ids = new Set(spans.map(({ spanId }) => spanId));
  return spans.filter(({ parentSpanId }) => parentSpanId && !ids.has(parentSpanId)).map(({ name }) => name);
}

describe.each(Object.entries(LINES))('an app with OpenTelemetry %s', (line, { packages, setUp }) => {
  let project: ScratchProject;
  let node: string;

  beforeAll(async () => {
    // 3.x wants Node 22.15; of those that run the tests some are older.
    const isOld = line === '3.1' && Number.parseInt(process.versions.node) < 22;
    project = await createScratchProject(...packages.map(name => `@opentelemetry/${name}`));
    node = isOld ? await installNode22(project) : process.execPath;
    await project.write('set-up.mjs', setUp);
    await project.write('work.mjs', WORK);
  });
  afterAll(() => project?.remove());

  async function start(mode: string, then = ''): Promise<string> {
    const file = await project.write(
      'app.mjs',
      `import { setUp } from './set-up.mjs';
       import { work } from './work.mjs';
       const OURS = process.env.OURS;
       ${mode}
       await work(face);
       ${then}
       await provider.shutdown();
       await face.shutdown();`,
    );
    const env = { PATH: process.env['PATH'], THEIRS: theirs.url, OURS: ours.url };
    const { stdout, stderr } = await run(node, [file], { cwd: project.folder, env });
    expect(stderr.replace(/^\[agentops\] another OpenTelemetry provider.*\n/, '')).toBe('');
    return stdout;
  }

  it.each(Object.keys(MODES) as Mode[])('has all its spans and ours where they belong, each once: %s', async mode => {
    await start(MODES[mode]);
    expect({ theirs: names(theirs), ours: names(ours) }).toEqual({
      theirs: [...WANTED[mode].theirs].sort(),
      ours: [...WANTED[mode].ours].sort(),
    });
    expect(traces(theirs, ours).size).toBe(1);
    expect(orphans(theirs)).toEqual([]);
    // Of what is under the app's own span, which is on its side alone.
    expect(orphans(ours)).toEqual(WANTED[mode].ours.includes('app work') ? [] : ['planner.agent']);
    for (const { attributes } of ours.spans) expect(attributes['session.id']).toBeTypeOf('string');
  });

  it('says what it has', async () => {
    const said = `process.stdout.write(JSON.stringify((await import('@agentops/node/otel')).diagnose()));`;
    const { globals, copies, problems } = JSON.parse(await start(MODES['init() on the provider'], said));
    expect(globals[0]).toMatchObject({ name: 'trace', owner: 'other' });
    expect(copies).toContainEqual(
      expect.objectContaining({ name: '@opentelemetry/api', version: packages[0]?.replace('api@', '') }),
    );
    expect(problems[0].what).toBe("the provider of the app has no processor of AgentOps's");
  });

  it('is warned of what would arrive twice', async () => {
    const twice = `process.env.THEIRS = OURS; ${MODES['createSpanProcessor() alone']}`;
    const said = `process.stdout.write(JSON.stringify((await import('@agentops/node/otel')).diagnose().problems));`;
    expect(JSON.parse(await start(twice, said))).toEqual([
      expect.objectContaining({
        what: expect.stringContaining(ours.url),
        consequence: 'every span arrives twice there',
      }),
    ]);
  });

  it('that starts after a plain init() is refused by the API, and nothing fails or is lost', async () => {
    await start(
      `const face = await import('@agentops/node'); face.init({ endpoint: OURS }); const provider = setUp();`,
    );
    expect(names(ours)).toEqual([...APP, ...OWN, ...HTTP].sort());
    expect(traces(ours).size).toBe(1);
  });
});

async function installNode22({ folder }: ScratchProject): Promise<string> {
  await run('npm', ['install', '--no-audit', '--no-fund', 'node@22'], { cwd: folder });
  return join(folder, 'node_modules/node/bin/node');
}

describe("the entries for an app's own set-up", () => {
  it.each([
    ['@agentops/node/otel', 'node'],
    ['@agentops/web/otel', 'browser'],
  ] as const)('%s bring nothing of OpenTelemetry but its API', async (entry, platform) => {
    const { metafile } = await build({
      stdin: { contents: `export * from '${entry}';`, resolveDir: import.meta.dirname },
      bundle: true,
      format: 'esm',
      platform,
      write: false,
      metafile: true,
    });
    const files = Object.values(metafile.outputs).flatMap(({ inputs }) =>
      Object.entries(inputs).flatMap(([file, { bytesInOutput }]) => (bytesInOutput ? [file] : [])),
    );
    const packages = files.map(file => /node_modules\/((?:@[^/]+\/)?[^/]+)\//.exec(file)?.[1]).filter(name => !!name);
    expect(new Set(packages.filter(name => name?.startsWith('@opentelemetry/')))).toEqual(
      new Set(['@opentelemetry/api']),
    );
  });
});
