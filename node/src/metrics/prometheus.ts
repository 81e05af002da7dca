import { EventEmitter } from 'node:events';
import { createServer } from 'node:http';
import { createRequire } from 'node:module';
import { diagnostics, guard } from '@agentops/shared';
import type { MetricsOptions } from '@agentops/shared/metrics/options';
import { limitOf } from '@agentops/shared/metrics/pipeline';
import type { PrometheusExporter } from '@opentelemetry/exporter-prometheus';
import type { IMetricReader } from '@opentelemetry/sdk-metrics';

const HOST = '127.0.0.1';
const PORT = 9_464;

/** Serves `/metrics` for a Prometheus server to scrape. The exporter is loaded only here, for few want it. */
export function createPrometheusReader(settings: MetricsOptions): IMetricReader {
  const { host = HOST, port = PORT } = settings.prometheus ?? {};
  const load = createRequire(import.meta.url);
  const { PrometheusExporter: Exporter } = load('@opentelemetry/exporter-prometheus') as {
    PrometheusExporter: typeof PrometheusExporter;
  };
  // Its own server would listen on all interfaces, take no free port, and be traced.
  const exporter = new Exporter({ preventServerStart: true });
  const server = createServer((request, response) => {
    const [path] = (request.url ?? '').split('?');
    if (path === '/metrics') guard('answering Prometheus', () => exporter.getMetricsRequestHandler(request, response));
    else response.writeHead(404).end();
  });
  // Past `http.Server.prototype.emit`, which instrumentations patch: a scrape is no request to the app.
  server.emit = EventEmitter.prototype.emit;
  server.on('error', error =>
    diagnostics.warn('prometheus', `metrics cannot be served on ${host}:${port}; the app goes on without`, error),
  );
  server.listen(port, host).unref();
  return Object.assign(exporter, {
    // The exporter's own cannot be set.
    selectCardinalityLimit: () => limitOf(settings),
    onShutdown: async () => void server.close(),
  });
}
