import type { Context } from '@opentelemetry/api';
import type { ReadableSpan, Span, SpanProcessor } from '@opentelemetry/sdk-trace-base';
import type { FlushResult } from '../api.js';
import { SESSION_ID } from '../baggage/scoped.js';
import { validate } from '../config/validate.js';
import { sum } from '../export/tally.js';
import { guard } from '../guard.js';
import type { SessionExports } from '../session/session.js';
import type { SpanQueue } from './batch.js';
import { createQueues } from './exporters.js';
import type { CreateRoutes } from './routes.js';

/** Of one session. */
interface Route {
  queues: readonly SpanQueue[];
  /** Whether nobody else gets its spans. */
  readonly isolated: boolean;
}

/** A server may open sessions for ever, and never end them. */
const MAX_ROUTES = 1_000;

/** Of sessions that are over it is enough to know those that may still have open spans. */
const MAX_OVER = 10_000;

/** Routes on which a session may have backends of its own. */
export const createSessionRoutes: CreateRoutes = (common, { options, platform }) => {
  const routes = new SessionRoutes(common);
  const sessions: SessionExports = {
    add: (sessionId, exporter) =>
      guard('adding an exporter to a session', () => {
        const telemetry = { ...options.telemetry, exporters: [exporter], additionalExporters: [] };
        validate({ telemetry }, platform.serverChecks);
        routes.add(sessionId, createQueues({ ...options, telemetry }, platform));
      }),
    isolate: sessionId => routes.add(sessionId, [], true),
    close: sessionId => routes.close(sessionId),
  };
  return {
    processors: [...(options.telemetry?.processors ?? []).map(guarded), routes],
    sessions,
    get queues() {
      return routes.queues;
    },
    get past() {
      return routes.past;
    },
  };
};

class SessionRoutes implements SpanProcessor {
  readonly #common: readonly SpanQueue[];
  readonly #ofSession = new Map<string, Route>();
  readonly #closing = new Set<Route>();
  /** Isolated sessions that are over: what still comes of them is nobody's. */
  readonly #over = new Set<string>();
  /** What the queues of sessions that have ended came to. */
  past: FlushResult = { delivered: 0, pending: 0, dropped: {} };

  constructor(common: readonly SpanQueue[]) {
    this.#common = common;
  }

  get queues(): readonly SpanQueue[] {
    return [...this.#common, ...[...this.#ofSession.values(), ...this.#closing].flatMap(({ queues }) => queues)];
  }

  /** From now on the session's spans go to `queue` too; where it is isolated, to nobody else. */
  add(sessionId: string, added: readonly SpanQueue[], isolated = false): void {
    const { queues = [], isolated: was = isolated } = this.#ofSession.get(sessionId) ?? {};
    this.#ofSession.delete(sessionId);
    this.#ofSession.set(sessionId, { queues: [...queues, ...added], isolated: was });
    const [oldest] = this.#ofSession.keys();
    if (this.#ofSession.size > MAX_ROUTES && oldest !== undefined) void this.#end(oldest);
  }

  /** The session is over. */
  close(sessionId: string): void {
    void this.#end(sessionId);
  }

  onStart(span: Span, parent: Context): void {
    for (const queue of this.#of(span)) queue.onStart(span, parent);
  }

  onEnd(span: ReadableSpan): void {
    for (const queue of this.#of(span)) queue.onEnd(span);
  }

  async forceFlush(): Promise<void> {
    await Promise.allSettled(this.queues.map(queue => queue.forceFlush()));
  }

  async shutdown(): Promise<void> {
    await Promise.allSettled(this.queues.map(queue => queue.shutdown()));
  }

  async #end(sessionId: string): Promise<void> {
    const route = this.#ofSession.get(sessionId);
    if (!route) return;
    this.#ofSession.delete(sessionId);
    if (route.isolated) this.#over.add(sessionId);
    const [oldest = ''] = this.#over;
    if (this.#over.size > MAX_OVER) this.#over.delete(oldest);
    this.#closing.add(route);
    await Promise.allSettled(route.queues.map(queue => queue.shutdown()));
    this.#closing.delete(route);
    this.past = sum([this.past, ...route.queues.map(queue => queue.report())]);
  }

  #of(span: ReadableSpan): readonly SpanQueue[] {
    if (!this.#ofSession.size && !this.#over.size) return this.#common;
    const sessionId = String(span.attributes[SESSION_ID]);
    if (this.#over.has(sessionId)) return [];
    const route = this.#ofSession.get(sessionId);
    if (!route) return this.#common;
    return route.isolated ? route.queues : [...this.#common, ...route.queues];
  }
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
