import { readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { startGrpcCollector, startGrpcMetricsCollector } from '../support/node-grpc-collector.js';
import { startMetricsCollector } from '../support/node-metrics-collector.js';
import { useProcesses } from '../support/node-processes.js';

const PROGRAM = `
  import { extractContext, init, injectContext, shutdown, withContext, withSpan } from '@agentops/node';
  import { trace } from '@opentelemetry/api';
  try {
    init(JSON.parse(process.env.OPTIONS ?? '{}'));
    withSpan('probe', () => trace.getActiveSpan().addEvent('event'));
    const arriving = { traceparent: '00-' + 'a'.repeat(32) + '-' + 'b'.repeat(16) + '-01' };
    withContext(extractContext(arriving), () => console.log(JSON.stringify(injectContext({}))));
    await shutdown();
  } catch (error) {
    console.log(error.code + ' ' + error.message);
  }
  console.log('app runs');
`;

const processes = useProcesses();

/** Writes a document, with the collector's URL for `{url}`, and runs a program by it. */
async function run(document: string, env: Record<string, string> = {}) {
  await writeFile(join(processes.folder, 'otel.yaml'), document.replaceAll('{url}', processes.collector.url));
  const child = await processes.programs.start(PROGRAM, {
    env: { OTEL_CONFIG_FILE: 'otel.yaml', ...env },
    cwd: processes.folder,
  });
  const { stdout, stderr } = await child.ended;
  return { stdout, stderr, span: processes.collector.spans.find(({ name }) => name === 'probe') };
}

/** Everything that a service may want to say of its traces. */
const DOCUMENT = `
file_format: "1.1"
disabled: \${OTEL_SDK_DISABLED:-false}
resource:
  attributes:
    - name: service.name
      value: \${SERVICE:-planner}
    - name: shard
      value: \${SHARD:-7}
      type: int
  attributes_list: \${OTEL_RESOURCE_ATTRIBUTES}
propagator:
  composite_list: b3
tracer_provider:
  processors:
    - batch:
        schedule_delay: 50
        exporter:
          otlp_http:
            endpoint: {url}/custom/traces
            encoding: json
            headers:
              - name: x-key
                value: \${KEY}
  limits:
    event_count_limit: 0
  sampler:
    parent_based:
      root:
        trace_id_ratio_based:
          ratio: \${RATIO:-1.0}
`;

describe('OTEL_CONFIG_FILE', () => {
  it('has spans made and sent as the document says', async () => {
    const { span, stdout, stderr } = await run(DOCUMENT, { KEY: 'secret', OTEL_RESOURCE_ATTRIBUTES: 'a=1,shard=8' });
    expect(stderr).toBe('');
    expect(span).toMatchObject({ service: 'planner', resource: { a: '1', shard: 7 }, events: [] });
    expect(processes.collector.exports[0]).toMatchObject({
      path: '/custom/traces',
      headers: { 'content-type': 'application/json', 'x-key': 'secret' },
    });
    expect(stdout).toBe('{}\napp runs\n');
  });

  it('has several backends, each in its own way', async () => {
    const grpc = await startGrpcCollector();
    const file = join(processes.folder, 'spans.jsonl');
    try {
      const { stdout } = await run(`
file_format: "1.1"
tracer_provider:
  processors:
    - simple: { exporter: { otlp_http: { endpoint: "{url}/v1/traces" } } }
    - batch: { exporter: { otlp_grpc: { endpoint: "${grpc.address}", headers_list: "x-key=secret" } } }
    - batch: { exporter: { otlp_file/development: { output_stream: "file://${file}" } } }
    - batch: { exporter: { console: } }`);
      expect(stdout).toContain('└─ probe');
      expect(processes.collector.spans.map(({ name }) => name)).toEqual(['probe']);
      expect(grpc.spans.map(({ name }) => name)).toEqual(['probe']);
      expect(await readFile(file, 'utf8')).toContain('"probe"');
    } finally {
      grpc.close();
    }
  });

  it('may be JSON', async () => {
    const exporter = { otlp_http: { endpoint: '{url}/v1/traces' } };
    const { span } = await run(
      JSON.stringify({
        file_format: '1.0',
        resource: { attributes_list: 'service.name=json' },
        tracer_provider: { processors: [{ simple: { exporter } }] },
      }),
    );
    expect(span?.service).toBe('json');
  });

  it('has what it refers to replaced, with the types of what results', async () => {
    const { span } = await run(DOCUMENT, { SERVICE: 'researcher', SHARD: '12', RATIO: '1' });
    expect(span).toMatchObject({ service: 'researcher', resource: { shard: 12 } });
    const none = await run(DOCUMENT, { RATIO: '0' });
    expect(none.stdout).toContain('app runs');
    expect(processes.collector.spans).toHaveLength(1);
  });

  it('leaves no other variable of OpenTelemetry any effect that it does not refer to', async () => {
    const { span, stderr } = await run(DOCUMENT.replace('event_count_limit: 0', 'link_count_limit: 5'), {
      OTEL_SERVICE_NAME: 'variable',
      OTEL_ENTITIES: 'host{host.id=1}',
      OTEL_PROPAGATORS: 'none',
      OTEL_SPAN_EVENT_COUNT_LIMIT: '0',
      OTEL_TRACES_SAMPLER: 'always_off',
      OTEL_TRACES_EXPORTER: 'none',
      OTEL_EXPORTER_OTLP_HEADERS: 'x-other=1',
      OTEL_EXPORTER_OTLP_COMPRESSION: 'gzip',
      OTEL_BSP_MAX_QUEUE_SIZE: 'many',
    });
    expect(stderr).toBe('');
    expect(span).toMatchObject({ service: 'planner', events: [{ name: 'event' }] });
    expect(span?.resource).not.toHaveProperty('host.id');
    expect(processes.collector.exports[0]?.headers).not.toHaveProperty('x-other');
  });

  it.each<[string, Record<string, string>, string]>([
    ['goes before agentops.yaml', {}, 'planner'],
    ['gives way to AGENTOPS_*', { AGENTOPS_SERVICE_NAME: 'own' }, 'own'],
    ['and to the code', { AGENTOPS_SERVICE_NAME: 'own', OPTIONS: '{"serviceName":"code"}' }, 'code'],
    ['and to the code by an attribute', { OPTIONS: '{"resourceAttributes":{"service.name":"code"}}' }, 'code'],
  ])('%s', async (_title, env, service) => {
    await writeFile(join(processes.folder, 'agentops.yaml'), 'serviceName: ours\nserviceVersion: "9"\n');
    const { span } = await run(DOCUMENT, env);
    expect(span).toMatchObject({ service, resource: { 'service.version': '9' } });
  });

  it('whose value is empty is none', async () => {
    const { span } = await run('nonsense', { OTEL_CONFIG_FILE: '', AGENTOPS_ENDPOINT: processes.collector.url });
    expect(span?.service).toBe('unknown_service:node');
  });

  it('switches everything off but propagation where it says so, whatever else is wrong', async () => {
    const { stdout } = await run(`${DOCUMENT}\nattribute_limits: 5\n`, { OTEL_SDK_DISABLED: 'true' });
    expect(JSON.parse(stdout.split('\n')[0] ?? '')).toMatchObject({ traceparent: expect.stringContaining('aaaa') });
    expect(processes.collector.exports).toEqual([]);
  });

  it('alone decides that', async () => {
    const { span } = await run(DOCUMENT.replace(/disabled.*/, 'disabled: false'), { OTEL_SDK_DISABLED: 'true' });
    expect(span?.service).toBe('planner');
  });

  it('has metrics sent where it says', async () => {
    const metrics = await startMetricsCollector();
    try {
      const reader = `{ periodic: { interval: 60000, exporter: { otlp_http: { endpoint: "${metrics.url}/custom", encoding: json, temporality_preference: delta } } } }`;
      await run(`file_format: "1.1"\nmeter_provider: { readers: [${reader}] }`);
      expect(metrics.exports[0]).toMatchObject({
        path: '/custom',
        headers: { 'content-type': 'application/json' },
      });
    } finally {
      await metrics.close();
    }
  });

  it('names all that is wrong at once, by path and line, and is not half used', async () => {
    const broken = DOCUMENT.replace('schedule_delay: 50', 'schedule_delay: soon').replace('b3', 'b4');
    const { stdout } = await run(broken, { RATIO: '2' });
    expect(stdout.split('\n')).toEqual([
      'invalid-config Wrong AgentOps configuration:',
      expect.stringMatching(/^ {2}propagator\.composite_list\.b4: is not known; .* \(otel config otel\.yaml:13\)$/),
      '  tracer_provider.processors[0].batch.schedule_delay: must be a whole number from 0, got string (otel config otel.yaml:17)',
      '  tracer_provider.sampler.parent_based.root.trace_id_ratio_based.ratio: must be a number from 0 to 1, got 2 (otel config otel.yaml:31)',
      'app runs',
      '',
    ]);
    expect(processes.collector.exports).toEqual([]);
  });

  it.each(['none.yaml', '.'])('that names %s, which cannot be read, is an error that names it', async file => {
    const { stdout } = await run(DOCUMENT, { OTEL_CONFIG_FILE: file });
    expect(stdout).toContain(`\n  OTEL_CONFIG_FILE: ${file} cannot be read: `);
    expect(stdout).toContain('app runs');
  });

  it('keeps no app from starting that is only registered', async () => {
    await writeFile(join(processes.folder, 'otel.yaml'), 'file_format: "2.0"');
    const env = { OTEL_CONFIG_FILE: 'otel.yaml' };
    const child = await processes.programs.start(`console.log('app runs')`, {
      env,
      cwd: processes.folder,
      registered: true,
    });
    const { stdout, stderr, code } = await child.ended;
    expect([stdout, code]).toEqual(['app runs\n', 0]);
    expect(stderr).toContain('file_format: must be "1.1"');
  });

  it('says what it cannot have in one warning, and nothing of logs unless it is asked', async () => {
    const document = `${DOCUMENT}\n  tracer_configurator/development: {}\nlogger_provider: {}\ninstrumentation/development: {}\n`;
    const { span, stderr } = await run(document);
    expect(span?.service).toBe('planner');
    expect(stderr.match(/\[agentops\]/g)).toHaveLength(1);
    expect(stderr).toContain('tracer_provider.tracer_configurator/development (');
    const { stdout } = await run(document, { AGENTOPS_DEBUG: 'true' });
    expect(stdout + stderr).toContain('logger_provider: no logs are made here');
  });
});

describe('beside a provider of the app', () => {
  const SOURCE = `
    import { init, injectContext, shutdown, withSpan } from '@agentops/node';
    import { NodeTracerProvider, SimpleSpanProcessor } from '@opentelemetry/sdk-trace-node';
    const ended = [];
    const exporter = {
      export: (spans, done) => { ended.push(...spans); done({ code: 0 }); },
      shutdown: async () => {},
    };
    new NodeTracerProvider({ spanProcessors: [new SimpleSpanProcessor(exporter)] }).register();
    init({ telemetry: { useExternalOtel: true } });
    const sent = withSpan('probe', () => injectContext({}));
    await shutdown();
    console.log(JSON.stringify({ ended: ended.length, sent: Object.keys(sent) }));`;

  it.each([
    ['is followed once', DOCUMENT],
    // An extension of the app's.
    ['may hold what is not known here', DOCUMENT.replace('otlp_http:', 'kafka:')],
  ])('%s', async (_title, document) => {
    await writeFile(join(processes.folder, 'otel.yaml'), document.replaceAll('{url}', processes.collector.url));
    const child = await processes.programs.start(SOURCE, {
      env: { OTEL_CONFIG_FILE: 'otel.yaml' },
      cwd: processes.folder,
    });
    const { stdout, stderr } = await child.ended;
    expect(stderr).toBe('');
    expect(JSON.parse(stdout)).toEqual({ ended: 1, sent: ['b3'] });
    expect(processes.collector.exports).toEqual([]);
  });
});

describe('a document without meter_provider', () => {
  it.each(['otlp_http', 'otlp_grpc'])(
    'has no metrics sent to the endpoint that it names for spans by %s',
    async name => {
      const [byHttp, byGrpc] = [await startMetricsCollector(), await startGrpcMetricsCollector()];
      try {
        const endpoint = name === 'otlp_http' ? `${byHttp.url}/v1/traces` : byGrpc.address;
        await run(
          `file_format: "1.1"\ntracer_provider: { processors: [{ batch: { exporter: { ${name}: { endpoint: "${endpoint}" } } } }] }`,
        );
        expect([byHttp.exports, byGrpc.exports]).toEqual([[], []]);
      } finally {
        byGrpc.close();
        await byHttp.close();
      }
    },
  );
});
