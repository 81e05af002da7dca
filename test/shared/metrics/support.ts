import type { AgentOps, BackendHealth } from '@agentops/shared';
import type { InitOptions } from '@agentops/shared/config/config';
import type { Send, SendResponse } from '@agentops/shared/export/otlp-http';
import { createMetrics, type MetricsHost } from '@agentops/shared/metrics/create-metrics';
import type { MetricsOptions } from '@agentops/shared/metrics/options';
import type { BatchObservableCallback, Meter, Observable, ObservableCallback } from '@opentelemetry/api';
import { JsonMetricsSerializer } from '@opentelemetry/otlp-transformer';
import { decodeMetrics, type WireMetric } from '../../support/otlp-metrics.js';
import { start, stop, type Overrides } from '../support.js';

const CONTENT_TYPE = 'application/json';

const HOST: MetricsHost = {
  encodings: { 'http/json': { serializer: JsonMetricsSerializer, contentType: CONTENT_TYPE } },
  protocol: 'http/json',
  temporality: 'cumulative',
};

/** What the backend does with one export: a status, an answer, or none at all. */
export type Answer = number | SendResponse | 'no answer';

export interface StartedMetrics {
  readonly client: AgentOps;
  /** All that were sent, whatever came of it. */
  readonly sent: WireMetric[][];
  /** Those that were answered 2xx. */
  readonly taken: WireMetric[][];
  /** For the exports to come, in turn; the last one stays. */
  answer(...answers: Answer[]): void;
  /** Sends what there is; resolves with the metrics that were taken meanwhile, the latest of each name. */
  flush(): Promise<Record<string, WireMetric>>;
  health(): BackendHealth;
}

/** A client with metrics on a platform that is no platform, and a backend that takes them. */
export function startMetrics(
  metrics: MetricsOptions = {},
  { telemetry, ...options }: InitOptions = {},
  overrides: Overrides = {},
): StartedMetrics {
  const sent: WireMetric[][] = [];
  const taken: WireMetric[][] = [];
  let answers: Answer[] = [200];
  const send: Send = ({ body }) => {
    const received = decodeMetrics(CONTENT_TYPE, body);
    sent.push(received);
    const answer = (answers.length > 1 ? answers.shift() : answers[0]) ?? 200;
    if (answer === 'no answer') return Promise.reject(new Error('connection lost'));
    const response = typeof answer === 'number' ? { status: answer } : answer;
    if (response.status >= 200 && response.status < 300) taken.push(received);
    return Promise.resolve(response);
  };
  const { client } = start(
    {
      ...options,
      telemetry: { exporters: [], ...telemetry, metrics: { endpoint: 'https://collector.test', ...metrics } },
    },
    { send, createMetrics: parts => createMetrics(parts, HOST), ...overrides },
  );
  return {
    client,
    sent,
    taken,
    answer: (...next) => {
      answers = next;
    },
    async flush() {
      const before = taken.length;
      await client.flush();
      return Object.fromEntries(taken.slice(before).flatMap(each => each.map(metric => [metric.name, metric])));
    },
    health: () => client.health().metrics?.[0] as BackendHealth,
  };
}

const observed: (() => void)[] = [];

/** What is observed goes on for as long as the page or process; here until `stopMetrics()`. */
export function observe(observable: Observable, callback: ObservableCallback): void {
  observable.addCallback(callback);
  observed.push(() => observable.removeCallback(callback));
}

/** The same for several at once. */
export function observeBatch(meter: Meter, callback: BatchObservableCallback, observables: Observable[]): void {
  meter.addBatchObservableCallback(callback, observables);
  observed.push(() => meter.removeBatchObservableCallback(callback, observables));
}

/** Stops what `startMetrics` started, and all observing. */
export async function stopMetrics(): Promise<void> {
  for (const end of observed.splice(0)) end();
  await stop();
}

/** The points of a metric, as `value of each attribute in keys` -> value, or count of a histogram; those of one key are added up. */
export function pointsOf(metric: WireMetric | undefined, ...keys: string[]): Record<string, number> {
  const values: Record<string, number> = {};
  for (const { attributes, value, count } of metric?.points ?? []) {
    const key = keys.map(each => attributes[each] ?? '').join(' ');
    values[key] = (values[key] ?? 0) + (value ?? count ?? NaN);
  }
  return values;
}

/** What a call of a model has on its span. */
export const CALL = {
  'gen_ai.operation.name': 'chat',
  'gen_ai.provider.name': 'openai',
  'gen_ai.request.model': 'gpt-4o',
  'gen_ai.response.model': 'gpt-4o-2024',
  'gen_ai.usage.input_tokens': 100,
  'gen_ai.usage.output_tokens': 20,
  'server.address': 'api.openai.com',
  'server.port': 443,
};
