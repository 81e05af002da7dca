import {
  createNoopMeter,
  metrics,
  type Attributes,
  type BatchObservableResult,
  type Histogram,
  type Meter,
} from '@opentelemetry/api';
import { VERSION, type FlushResult, type Platform } from '@agentops/shared';
import { sum } from '@agentops/shared/export/tally';
import type { Routes } from '@agentops/shared/telemetry/routes';
import { createSessionRoutes } from '@agentops/shared/telemetry/session-routes';

/*
 * How the toolkit itself is doing, as metrics of whichever MeterProvider the app has registered before `init()`; one that comes later gets
 * nothing. Names: https://opentelemetry.io/docs/specs/semconv/otel/sdk-metrics/, which are in development.
 */

const PROCESSOR = 'agentops_span_processor';

/** What the name of a backend begins with, or ends with -> what it is. */
const EXPORTERS: readonly (readonly [name: RegExp, type: string])[] = [
  [/^grpcs?:/, 'agentops_otlp_grpc_span_exporter'],
  [/^file:/, 'agentops_otlp_file_span_exporter'],
  [/^https?:.*\/api\/v2\/spans$/, 'agentops_zipkin_http_span_exporter'],
  [/^https?:/, 'agentops_otlp_http_span_exporter'],
];

/** Drops of the exporter, by `error.type`; all others happen before it is asked. */
const EXPORTER_CAUSES = new Set(['rejected', 'unreachable', 'timeout', 'failed', 'unwritable']);

/** The convention's own word for it. */
const QUEUE_FULL = { 'queue-full': 'queue_full' } as Record<string, string>;

type Instruments = ReturnType<typeof createInstruments>;

/** What one backend, or all those of sessions, is called; for good, for what is added up under a name must never fall. */
interface Component {
  readonly exporter: Attributes;
  readonly processor: Attributes;
}

/** Sessions and their backends come and go, in any number. */
const OF_SESSIONS: Component = {
  exporter: component('agentops_span_exporter', 'sessions'),
  processor: component(PROCESSOR, 'sessions'),
};

/** The backends of one client. */
interface Watched {
  readonly components: readonly Component[];
  readonly routes: Routes;
  hasSessions: boolean;
}

let meter: Meter | undefined;
/** None where nobody would read it. */
let duration: Histogram | undefined;
let watched: Watched | undefined;

/** Finds the instruments. A provider is asked for them once, whatever number of clients there is in turn. */
export function startSelfMetrics(): void {
  const found = metrics.getMeter('agentops', VERSION);
  if (found === meter) return;
  meter = found;
  duration = undefined;
  if (found === createNoopMeter()) return;
  const instruments = createInstruments(found);
  duration = instruments.duration;
  const { exported, processed, queueSize } = instruments;
  found.addBatchObservableCallback(result => reportAll(result, instruments), [exported, processed, queueSize]);
}

/** Has the backends of a client watched from its start on; its figures are reported until the next one starts, also those it ended with. */
export function watchBackends(): Required<Pick<Platform, 'createObserver' | 'createRoutes'>> {
  const components: Component[] = [];
  return {
    createObserver(backend) {
      const named = nameBackend(backend, components.length);
      components.push(named);
      return createObserver(named);
    },
    createRoutes(queues, { options, platform }) {
      const ofSessions = createObserver(OF_SESSIONS);
      const onSession = () => {
        own.hasSessions = true;
        return ofSessions;
      };
      const routes = createSessionRoutes(queues, { options, platform: { ...platform, createObserver: onSession } });
      const own: Watched = { components, routes, hasSessions: false };
      watched = own;
      return routes;
    },
  };
}

/** One attempt to export is not the last word on its spans. */
function createObserver({ exporter }: Component): ReturnType<NonNullable<Platform['createObserver']>> {
  return ({ durationMs, cause }) =>
    duration?.record(durationMs / 1e3, cause ? { ...exporter, 'error.type': cause } : exporter);
}

function createInstruments(from: Meter) {
  const spans = { unit: '{span}' };
  return {
    duration: from.createHistogram('otel.sdk.exporter.operation.duration', {
      unit: 's',
      description: 'How long one attempt to export a batch took.',
    }),
    exported: from.createObservableCounter('otel.sdk.exporter.span.exported', {
      ...spans,
      description: 'Spans that the backend has taken, or of which it is known that it will not.',
    }),
    processed: from.createObservableCounter('otel.sdk.processor.span.processed', {
      ...spans,
      description: 'Spans that were handed to the exporter, or dropped before.',
    }),
    queueSize: from.createObservableUpDownCounter('otel.sdk.processor.span.queue.size', {
      ...spans,
      description: 'Spans that wait, are on their way, or are kept for a later attempt.',
    }),
  };
}

function reportAll(result: BatchObservableResult, instruments: Instruments): void {
  if (!watched) return;
  const { components, routes, hasSessions } = watched;
  const reports = routes.queues.map(queue => queue.report());
  const ofSessions = reports.splice(components.length);
  components.forEach((named, index) => {
    const counts = reports[index];
    if (counts) report(result, instruments, { named, counts });
  });
  if (!hasSessions) return;
  const counts = sum([...ofSessions, ...(routes.past ? [routes.past] : [])]);
  report(result, instruments, { named: OF_SESSIONS, counts });
}

function report(
  result: BatchObservableResult,
  { exported, processed, queueSize }: Instruments,
  { named: { exporter, processor }, counts }: { named: Component; counts: FlushResult },
): void {
  const { delivered, pending, dropped } = counts;
  result.observe(queueSize, pending, processor);
  result.observe(exported, delivered, exporter);
  let handedOver = delivered;
  for (const [cause, count] of Object.entries(dropped)) {
    const isExporters = EXPORTER_CAUSES.has(cause);
    if (isExporters) handedOver += count;
    const [instrument, attributes] = isExporters ? [exported, exporter] : [processed, processor];
    result.observe(instrument, count, { ...attributes, 'error.type': QUEUE_FULL[cause] ?? cause });
  }
  result.observe(processed, handedOver, processor);
}

/** Our own backends are named by their URL, any other exporter by its class. */
function nameBackend(backend: string, index: number): Component {
  const type = EXPORTERS.find(([name]) => name.test(backend))?.[1];
  const exporter = { ...component(type ?? backend, index), ...(type && serverOf(backend)) };
  return { exporter, processor: component(PROCESSOR, index) };
}

function serverOf(url: string): Attributes {
  const { hostname, port, protocol } = new URL(url);
  if (!hostname) return {};
  return { 'server.address': hostname, 'server.port': Number(port) || (protocol === 'https:' ? 443 : 80) };
}

function component(type: string, name: number | string): Attributes {
  return { 'otel.component.type': type, 'otel.component.name': `${type}/${name}` };
}
