import type { Context } from '@opentelemetry/api';
import type { ReadableSpan, Span, SpanProcessor } from '@opentelemetry/sdk-trace-base';
import type { FlushResult } from '../api.js';
import { sessionOf } from '../baggage/stamp.js';
import { validate } from '../config/validate.js';
import { diagnostics } from '../diagnostics.js';
import { guard } from '../guard.js';
import type { IsolatedOptions } from '../session/isolated-options.js';
import type { AgentSession, SessionExports } from '../session/session.js';
import { isSampled, type SpanQueue } from './batch.js';
import { createQueues } from './exporters.js';
import { PastQueues } from './past-queues.js';
import type { CreateRoutes } from './routes.js';
import { SessionRoute } from './session-route.js';

/** Sessions that have something of their own. */
const MAX_ROUTES = 1_000;

/** Those that are over, and whose backends have not taken everything. */
const MAX_CLOSING = 200;

/** Isolated sessions that are over, by whose id a request may still come in. */
const MAX_OVER = 10_000;

/** Routes on which a session may have backends of its own. */
export const createSessionRoutes: CreateRoutes = (queues, { options, platform }) => {
  const common = new SessionRoute();
  common.add(queues, options.telemetry?.processors?.map(guarded));
  const routes = new SessionRoutes(common);
  /** @throws AgentOpsError for what is wrong with it; what is configured for all was right at the start */
  const createOwn = ({ resourceAttributes, exporters: given = [], ...own }: IsolatedOptions) => {
    validate({ resourceAttributes, telemetry: { ...own, exporters: given } }, platform.serverChecks);
    const exporters = platform.plugins?.configureExporters(options, given) ?? given;
    const telemetry = { ...options.telemetry, exporters, additionalExporters: [] };
    return createQueues({ ...options, telemetry }, platform, { areShared: true });
  };
  const sessions: SessionExports = {
    add: (session, exporter) =>
      guard('adding an exporter to a session', () => routes.open(session)?.add(createOwn({ exporters: [exporter] }))),
    isolate: (session, own) => {
      // Whatever is wrong with the rest of it, nobody else gets its spans.
      const route = routes.open(session, {});
      guard('isolating a session', () => {
        route?.add(createOwn(own), own.processors?.map(guarded));
        if (route) route.isolated = { ...own };
      });
    },
    close: session => routes.close(session),
  };
  return {
    processors: [routes],
    sessions,
    isolatedOptions: (ctx, manager) => (routes.isUsed ? routes.isolatedOptions(manager.active(ctx)) : undefined),
    get queues() {
      return routes.queues;
    },
    get past() {
      return routes.past;
    },
    health: () => (routes.isUsed ? { endedSessions: routes.past } : {}),
  };
};

class SessionRoutes implements SpanProcessor {
  /** Of everybody. */
  readonly #common: SessionRoute;
  readonly #ofSession = new WeakMap<AgentSession, SessionRoute>();
  readonly #open = new Set<SessionRoute>();
  readonly #closing = new Set<SessionRoute>();
  /** For requests that arrive in a session which was started here. */
  readonly #byId = new Map<string, SessionRoute>();
  readonly #over = new Set<string>();
  /** What nobody has ended, and nobody can any more. */
  readonly #abandoned = new FinalizationRegistry<[SessionRoute, id: string]>(([route, id]) => this.#end(route, id));
  /** Whether any session has ever had anything of its own. */
  isUsed = false;
  readonly #past = new PastQueues();

  constructor(common: SessionRoute) {
    this.#common = common;
  }

  /** What the queues of sessions that have ended came to. */
  get past(): FlushResult {
    return this.#past.report();
  }

  get queues(): readonly SpanQueue[] {
    return this.#all.flatMap(({ queues }) => queues);
  }

  isolatedOptions(session: AgentSession | undefined): IsolatedOptions | undefined {
    const route = session && this.#routeOf(session);
    return route?.isClosed ? undefined : route?.isolated;
  }

  /** From now on the session's spans take its ways too; where it is isolated, no others. `undefined` where there is no room for one more. */
  open(session: AgentSession, isolated?: IsolatedOptions): SessionRoute | undefined {
    this.isUsed = true;
    const known = this.#ofSession.get(session);
    if (known) return known.isClosed ? undefined : known;
    if (this.#open.size >= MAX_ROUTES) {
      const cause = `${MAX_ROUTES} sessions with backends of their own are open; no more can have any until some of them end`;
      diagnostics.warn('session-limit', cause);
      return undefined;
    }
    const route = new SessionRoute(isolated);
    this.#ofSession.set(session, route);
    this.#open.add(route);
    this.#abandoned.register(session, [route, session.id], route);
    // One that has arrived is that of its request alone.
    if (!session.joined) this.#byId.set(session.id, route);
    return route;
  }

  /** The session is over. */
  close(session: AgentSession): void {
    const route = this.#ofSession.get(session);
    if (route && this.#open.has(route)) this.#end(route, session.id);
  }

  onStart(span: Span, parent: Context): void {
    const route = this.#routeFor(span);
    route?.started(span);
    for (const step of this.#stepsOf(span, route)) step.onStart(span, parent);
  }

  onEnding(span: Span): void {
    for (const step of this.#stepsOf(span, this.#routeFor(span))) step.onEnding?.(span);
  }

  onEnd(span: ReadableSpan): void {
    const route = this.#routeFor(span);
    const steps = this.#stepsOf(span, route);
    if (steps === NOWHERE && isSampled(span)) this.#past.drop(route ? 'after-session' : 'session-limit');
    for (const step of steps) step.onEnd(span);
    route?.ended(span);
  }

  async forceFlush(): Promise<void> {
    await Promise.allSettled(this.#all.flatMap(({ steps }) => steps).map(step => step.forceFlush()));
  }

  async shutdown(): Promise<void> {
    const [common, ...ofSessions] = this.#all;
    await Promise.allSettled([
      ...common.steps.map(step => step.shutdown()),
      ...ofSessions.map(route => route.closeAll()),
    ]);
  }

  get #all(): readonly [SessionRoute, ...SessionRoute[]] {
    return [this.#common, ...this.#open, ...this.#closing];
  }

  #end(route: SessionRoute, id: string): void {
    if (!this.#open.delete(route)) return;
    this.#abandoned.unregister(route);
    if (this.#byId.get(id) === route) this.#byId.delete(id);
    if (route.isolated) remember(this.#over, id);
    this.#closing.add(route);
    const [oldest] = this.#closing;
    if (oldest && this.#closing.size > MAX_CLOSING) this.#giveUp(oldest);
    void route.end().then(() => this.#settle(route));
  }

  #giveUp(route: SessionRoute): void {
    this.#settle(route);
    route.giveUp();
  }

  #settle(route: SessionRoute): void {
    if (this.#closing.delete(route)) this.#past.add(route.queues);
  }

  #routeOf(session: AgentSession): SessionRoute | undefined {
    return this.#ofSession.get(session) ?? (session.joined ? this.#byId.get(session.id) : undefined);
  }

  #routeFor(span: object): SessionRoute | undefined {
    const session = this.isUsed ? sessionOf(span) : undefined;
    return session && this.#routeOf(session);
  }

  #stepsOf(span: object, route: SessionRoute | undefined): readonly SpanProcessor[] {
    if (route?.isolated) return route.isClosed ? NOWHERE : route.steps;
    if (route && !route.isClosed) return [...this.#common.steps, ...route.steps];
    return this.isUsed && this.#isOfIsolated(sessionOf(span)) ? NOWHERE : this.#common.steps;
  }

  /** There was no room for it, or it is over and a request of it comes late. */
  #isOfIsolated(session: AgentSession | undefined): boolean {
    return session !== undefined && (session.isolated || (session.joined && this.#over.has(session.id)));
  }
}

const NOWHERE: readonly SpanProcessor[] = [];

function remember(ids: Set<string>, id: string): void {
  ids.delete(id);
  ids.add(id);
  const [oldest = ''] = ids;
  if (ids.size > MAX_OVER) ids.delete(oldest);
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
