import { createServer, type IncomingHttpHeaders, type IncomingMessage, type ServerResponse } from 'node:http';
import { createServer as createSecureServer, type ServerOptions } from 'node:https';
import { once } from 'node:events';
import type { AddressInfo } from 'node:net';
import { buffer } from 'node:stream/consumers';
import { gunzipSync } from 'node:zlib';
import { decodeMetrics, type WireMetric, type WirePoint } from './otlp-metrics.js';

/** What it does with one export: a status, with headers, a partial success, or nothing at all. */
export type MetricsAnswer = number | { status: number; headers: Record<string, string> } | { body: object } | 'hang';

export interface MetricsExport {
  readonly path: string;
  readonly headers: IncomingHttpHeaders;
  readonly metrics: WireMetric[];
}

/** What has arrived, whatever it travelled by. */
export interface ReceivedMetrics<Answer> {
  /** Exports of metrics so far, whatever they were answered. */
  readonly exports: MetricsExport[];
  /** Those that were taken. */
  readonly taken: MetricsExport[];
  /** The metric of that name in the last export that was taken. */
  last(name: string): WireMetric | undefined;
  /** Its points, in the last export, as `value of each attribute in keys` -> value or count. */
  values(name: string, ...keys: string[]): Record<string, number>;
  /** Answers for the exports to come, in turn; the last one stays. */
  script(...answers: Answer[]): void;
}

export interface MetricsCollector extends ReceivedMetrics<MetricsAnswer> {
  readonly url: string;
  close(): Promise<void>;
}

/** @param ok the answer to what is taken */
export function receiveMetrics<Answer>(
  ok: Answer,
): ReceivedMetrics<Answer> & { receive(received: MetricsExport): Answer } {
  const exports: MetricsExport[] = [];
  const taken: MetricsExport[] = [];
  let answers = [ok];
  const last = (name: string) => taken.at(-1)?.metrics.find(metric => metric.name === name);
  return {
    exports,
    taken,
    last,
    values: (name, ...keys) => valuesOf(last(name)?.points ?? [], keys),
    script: (...next) => {
      answers = next;
    },
    receive(received) {
      exports.push(received);
      const answer = (answers.length > 1 ? answers.shift() : answers[0]) ?? ok;
      if (answer === ok) taken.push(received);
      return answer;
    },
  };
}

/** An OTLP collector on loopback that takes metrics at any path but `/v1/traces`, and lets spans go. @param tls has it speak https */
export async function startMetricsCollector(tls?: ServerOptions): Promise<MetricsCollector> {
  const { receive, ...received } = receiveMetrics<MetricsAnswer>(200);
  const listener = async (request: IncomingMessage, response: ServerResponse) => {
    const { headers, url = '' } = request;
    const body = await buffer(request);
    if (url.endsWith('/v1/traces')) return void response.end();
    const bytes = headers['content-encoding'] === 'gzip' ? gunzipSync(body) : body;
    respond(response, receive({ path: url, headers, metrics: decodeMetrics(headers['content-type'], bytes) }));
  };
  const server = tls ? createSecureServer(tls, listener) : createServer(listener);
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  return {
    ...received,
    url: `${tls ? 'https' : 'http'}://127.0.0.1:${(server.address() as AddressInfo).port}`,
    close: async () => {
      server.closeAllConnections();
      if (server.listening) await new Promise(resolve => server.close(resolve));
    },
  };
}

/** Points that differ in other attributes alone are added up. */
function valuesOf(points: readonly WirePoint[], keys: readonly string[]): Record<string, number> {
  const values: Record<string, number> = {};
  for (const { attributes, value, count } of points) {
    const key = keys.map(each => attributes[each] ?? '').join(' ');
    values[key] = (values[key] ?? 0) + (value ?? count ?? NaN);
  }
  return values;
}

function respond(response: ServerResponse, answer: MetricsAnswer): void {
  if (answer === 'hang') return;
  if (typeof answer === 'number') response.writeHead(answer).end();
  else if ('body' in answer)
    response.writeHead(200, { 'content-type': 'application/json' }).end(JSON.stringify(answer.body));
  else response.writeHead(answer.status, answer.headers).end();
}
