import type { Context } from '@opentelemetry/api';
import type { ReadableSpan, Span, SpanProcessor } from '@opentelemetry/sdk-trace-base';
import type { FlushResult } from '../api.js';
import { SESSION_ID } from '../baggage/scoped.js';
import { validate } from '../config/validate.js';
import { sum } from '../export/tally.js';
import { guard } from '../guard.js';
import type { IsolatedOptions } from '../session/isolated-options.js';
import type { SessionExports } from '../session/session.js';
import type { SpanQueue } from './batch.js';
import { createQueues } from './exporters.js';
import type { CreateRoutes } from './routes.js';

/** What one session has of its own. */
interface Route {
  readonly processors: readonly SpanProcessor[];
  readonly queues: readonly SpanQueue[];
}

/** A server may open sessions for ever, and never end them. */
const MAX_ROUTES = 1_000;

/** Of sessions that are over it is enough to know those that may still have open spans. */
const MAX_OVER = 10_000;

/** Routes on which a session may have backends of its own. */
export const createSessionRoutes: CreateRoutes = (queues, { options, platform }) => {
  const { processors = [] } = options.telemetry ?? {};
  const routes = new SessionRoutes({ processors: processors.map(guarded), queues });
  /** @throws AgentOpsError for what is wrong with it; what is configured for all was right at the start */
  const createOwn = ({ resourceAttributes, exporters = [], ...own }: IsolatedOptions) => {
    validate({ resourceAttributes, telemetry: { ...own, exporters } }, platform.serverChecks);
    const telemetry = { ...options.telemetry, exporters, additionalExporters: [] };
    return createQueues({ ...options, telemetry }, platform);
  };
  const sessions: SessionExports = {
    add: (sessionId, exporter) =>
      guard('adding an exporter to a session', () => {
        routes.add(sessionId, { queues: createOwn({ exporters: [exporter] }) });
      }),
    isolate: (sessionId, own) => {
      // Whatever is wrong with the rest of it.
      routes.isolate(sessionId, {});
      guard('isolating a session', () => {
        const started = createOwn(own);
        routes.add(sessionId, { processors: own.processors?.map(guarded) ?? [], queues: started });
        routes.isolate(sessionId, { ...own });
      });
    },
    close: sessionId => routes.close(sessionId),
  };
  return {
    processors: [routes],
    sessions,
    isolated: routes.isolated,
    get queues() {
      return routes.queues;
    },
    get past() {
      return routes.past;
    },
  };
};

class SessionRoutes implements SpanProcessor {
  /** Of everybody. */
  readonly #common: Route;
  readonly #commonSteps: readonly SpanProcessor[];
  readonly #ofSession = new Map<string, Route>();
  readonly #closing = new Set<Route>();
  /** Sessions whose spans nobody else gets. */
  readonly isolated = new Map<string, IsolatedOptions>();
  /** Isolated sessions that are over: what still comes of them is nobody's. */
  readonly #over = new Set<string>();
  /** What the queues of sessions that have ended came to. */
  past: FlushResult = { delivered: 0, pending: 0, dropped: {} };

  constructor(common: Route) {
    this.#common = common;
    this.#commonSteps = stepsOf(common);
  }

  get queues(): readonly SpanQueue[] {
    return this.#all.flatMap(({ queues }) => queues);
  }

  isolate(sessionId: string, own: IsolatedOptions): void {
    this.add(sessionId, {});
    this.isolated.set(sessionId, own);
  }

  /** From now on the session's spans take these ways too; where it is isolated, no others. */
  add(sessionId: string, { processors = [], queues = [] }: Partial<Route>): void {
    const was = this.#ofSession.get(sessionId);
    this.#ofSession.delete(sessionId);
    this.#ofSession.set(sessionId, {
      processors: [...(was?.processors ?? []), ...processors],
      queues: [...(was?.queues ?? []), ...queues],
    });
    const [oldest] = this.#ofSession.keys();
    if (this.#ofSession.size > MAX_ROUTES && oldest !== undefined) void this.#end(oldest);
  }

  /** The session is over. */
  close(sessionId: string): void {
    void this.#end(sessionId);
  }

  onStart(span: Span, parent: Context): void {
    for (const step of this.#of(span)) step.onStart(span, parent);
  }

  onEnding(span: Span): void {
    for (const step of this.#of(span)) step.onEnding?.(span);
  }

  onEnd(span: ReadableSpan): void {
    for (const step of this.#of(span)) step.onEnd(span);
  }

  async forceFlush(): Promise<void> {
    await Promise.allSettled(this.#all.flatMap(stepsOf).map(step => step.forceFlush()));
  }

  async shutdown(): Promise<void> {
    const [common, ...ofSessions] = this.#all;
    await Promise.allSettled([...stepsOf(common).map(step => step.shutdown()), ...ofSessions.flatMap(closeAll)]);
  }

  get #all(): readonly [Route, ...Route[]] {
    return [this.#common, ...this.#ofSession.values(), ...this.#closing];
  }

  async #end(sessionId: string): Promise<void> {
    const route = this.#ofSession.get(sessionId);
    if (!route) return;
    this.#ofSession.delete(sessionId);
    if (this.isolated.delete(sessionId)) this.#over.add(sessionId);
    const [oldest = ''] = this.#over;
    if (this.#over.size > MAX_OVER) this.#over.delete(oldest);
    this.#closing.add(route);
    await Promise.allSettled(closeAll(route));
    this.#closing.delete(route);
    this.past = sum([this.past, ...route.queues.map(queue => queue.report())]);
  }

  #of(span: ReadableSpan): readonly SpanProcessor[] {
    if (!this.#ofSession.size && !this.#over.size) return this.#commonSteps;
    const sessionId = String(span.attributes[SESSION_ID]);
    if (this.#over.has(sessionId)) return [];
    const route = this.#ofSession.get(sessionId);
    if (!route) return this.#commonSteps;
    return this.isolated.has(sessionId) ? stepsOf(route) : [...this.#commonSteps, ...stepsOf(route)];
  }
}

function stepsOf({ processors, queues }: Route): readonly SpanProcessor[] {
  return [...processors, ...queues];
}

/** Processors may be those of other sessions too, and are the app's to shut down. */
function closeAll({ processors, queues }: Route): Promise<void>[] {
  return [...processors.map(processor => processor.forceFlush()), ...queues.map(queue => queue.shutdown())];
}

/** An app's processor that throws takes neither the span nor the app with it. */
function guarded(processor: SpanProcessor): SpanProcessor {
  return {
    onStart: (...args) => guard('a span processor', () => processor.onStart(...args)),
    onEnding: span => guard('a span processor', () => processor.onEnding?.(span)),
    onEnd: span => guard('a span processor', () => processor.onEnd(span)),
    forceFlush: async () => processor.forceFlush(),
    shutdown: async () => processor.shutdown(),
  };
}
