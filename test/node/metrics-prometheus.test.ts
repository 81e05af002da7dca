import { spawnSync } from 'node:child_process';
import { once } from 'node:events';
import { createServer, request } from 'node:http';
import type { AddressInfo } from 'node:net';
import { flush, init, shutdown, withAgent, withSpan, withTool, type AgentOps } from '@agentops/node';
import { getMeter } from '@agentops/node/metrics';
import { afterEach, describe, expect, it, vi } from 'vitest';
import { startCollector } from '../support/node-collector.js';
import { useWarnings } from '../support/node-metrics.js';
import { freePort } from '../support/node-servers.js';
import { waitFor } from '../support/node-spans.js';

const warnings = useWarnings();

afterEach(async () => {
  await shutdown();
  vi.unstubAllEnvs();
});

let client: AgentOps;

async function start(options: Parameters<typeof init>[0] = {}, metrics = {}): Promise<() => Promise<Response>> {
  const port = await freePort();
  client = init({
    serviceName: 'planner',
    ...options,
    telemetry: { metrics: { exporters: ['prometheus'], prometheus: { port }, ...metrics } },
  });
  const scrape = () => fetch(`http://127.0.0.1:${port}/metrics`);
  await waitFor(async () => void (await scrape()));
  return scrape;
}

function work(): void {
  const attributes = {
    'gen_ai.operation.name': 'chat',
    'gen_ai.request.model': 'gpt-4o "mini"\n',
    'gen_ai.usage.input_tokens': 10,
    'gen_ai.usage.output_tokens': 2,
    'gen_ai.usage.cost': 0.5,
    'gen_ai.response.time_to_first_chunk': 0.1,
  };
  withAgent('planner', () => withSpan('chat', { attributes }, () => {}));
  withTool('search', () => {});
  getMeter().createHistogram('order.value', { unit: 'EUR' }).record(5);
}

describe('the Prometheus endpoint', () => {
  it('has every metric in the text format', async () => {
    const scrape = await start();
    work();
    const response = await scrape();
    const text = await response.text();
    expect([response.status, response.headers.get('content-type')]).toEqual([
      200,
      expect.stringMatching(/^text\/plain/),
    ]);
    for (const line of [
      /^# TYPE llm_calls_count_total counter$/m,
      /^llm_calls_count_total\{gen_ai_operation_name="chat",gen_ai_request_model="gpt-4o \\"mini\\"\\n".*\} 1$/m,
      /^llm_tokens_total\{.*gen_ai_token_type="input".*\} 10$/m,
      /^llm_cost_total\{.*\} 0\.5$/m,
      /^# TYPE llm_latency histogram$/m,
      /^gen_ai_client_operation_duration_bucket\{.*le="0\.01".*\} \d$/m,
      /^agent_runs_count_total\{.*agentops_run_state="Success".*\} 1$/m,
      /^tool_calls_count_total\{.*gen_ai_tool_name="search".*\} 1$/m,
      /^order_value_sum\{.*\} 5$/m,
      /^process_memory_usage\{type="process_memory".*\} \d+$/m,
      /^target_info\{.*service_name="planner".*\} 1$/m,
    ])
      expect(text).toMatch(line);
  });

  const promtool = spawnSync('promtool', ['--version']).status === 0;

  // Debian's package `prometheus`, 90 MB unpacked, is not on every machine that runs the tests.
  it.runIf(promtool)('is accepted by promtool check metrics', async () => {
    const scrape = await start();
    work();
    const { status, stderr } = spawnSync('promtool', ['check', 'metrics'], { input: await (await scrape()).text() });
    expect([status, String(stderr)]).toEqual([0, '']);
  });

  it('counts on since the start, whatever temporality is pushed', async () => {
    const scrape = await start({}, { temporality: 'delta' });
    for (const total of [1, 2]) {
      withTool('search', () => {});
      expect(await (await scrape()).text()).toMatch(new RegExp(`^tool_calls_count_total\\{.*\\} ${total}$`, 'm'));
    }
  });

  it('has measurements that were none counted, where no other backend is', async () => {
    await start();
    getMeter().createCounter('orders').add(NaN);
    expect(client.health()).toMatchObject({ metrics: [], invalidMeasurements: 1 });
  });

  it('holds the limit of attribute sets', async () => {
    const scrape = await start({}, { cardinalityLimit: 4 });
    const visits = getMeter().createCounter('visits');
    for (let user = 0; user < 20; user++) {
      visits.add(1, { user });
      if (user % 5 === 0) await scrape();
    }
    const lines = (await (await scrape()).text()).split('\n').filter(line => line.startsWith('visits_total{'));
    expect(lines).toHaveLength(4);
    expect(lines.join('\n')).toMatch(/otel_metric_overflow="true".* 17$/m);
  });

  it('is read without a span of it, and has nothing else to read', async () => {
    const collector = await startCollector();
    const port = await freePort();
    init({ endpoint: collector.url, telemetry: { metrics: { exporters: ['prometheus'], prometheus: { port } } } });
    const { status } = await waitFor(() => fetch(`http://127.0.0.1:${port}/`));
    const [response] = await once(request({ port, host: '127.0.0.1', path: '/metrics' }).end(), 'response');
    response.resume();
    await flush();
    expect(status).toBe(404);
    expect(collector.spans.filter(({ kind }) => String(kind).match(/server|2/i)).map(({ name }) => name)).toEqual([]);
    await collector.close();
  });

  it('is closed at shutdown, and opened by the next client', async () => {
    const port = await freePort();
    const restart = () => init({ telemetry: { metrics: { exporters: ['prometheus'], prometheus: { port } } } });
    for (const _ of [1, 2]) {
      restart();
      await waitFor(async () => expect((await fetch(`http://127.0.0.1:${port}/metrics`)).status).toBe(200));
      await shutdown();
      await waitFor(() => expect(fetch(`http://127.0.0.1:${port}/metrics`)).rejects.toThrow());
    }
    expect(warnings).toEqual([]);
  });

  it('on a port that is taken is a warning', async () => {
    const taken = createServer().listen(0, '127.0.0.1');
    await once(taken, 'listening');
    const { port } = taken.address() as AddressInfo;
    init({ telemetry: { metrics: { exporters: ['prometheus'], prometheus: { port } } } });
    await waitFor(() => expect(warnings).toEqual([expect.stringContaining(`cannot be served on 127.0.0.1:${port}`)]));
    taken.close();
  });

  it('is where the environment says', async () => {
    const port = await freePort();
    vi.stubEnv('OTEL_METRICS_EXPORTER', 'prometheus');
    vi.stubEnv('OTEL_EXPORTER_PROMETHEUS_PORT', String(port));
    vi.stubEnv('OTEL_EXPORTER_PROMETHEUS_HOST', 'localhost');
    init();
    await waitFor(async () => expect((await fetch(`http://localhost:${port}/metrics`)).status).toBe(200));
  });
});
