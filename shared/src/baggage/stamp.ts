import type { Baggage, Context, Span, SpanContext } from '@opentelemetry/api';
import type { SpanProcessor } from '@opentelemetry/sdk-trace-base';
import type { SessionManager } from '../session/manager.js';
import type { Scope } from '../session/scope.js';
import type { AgentSession } from '../session/session.js';
import { baggageIn, SESSION_ID } from './scoped.js';

export const AGENT_ID = 'agent.id';

/** Always stamped; the rest only by the allow-list, for baggage may come from anybody. */
const ALWAYS = [SESSION_ID, AGENT_ID];

/** Longer values are left out of spans. They still travel. */
const MAX_VALUE_LENGTH = 1_024;

const SEEN = Symbol('agentops.stamped');

interface Seen {
  baggage: Baggage;
  scope: Scope;
  /** At its start. */
  session: AgentSession | undefined;
  revision: number;
  /** What was put on the span, by the index of its key: anything else there is the app's own. */
  stamped: (string | undefined)[];
}

type StampedSpan = Span & {
  [SEEN]?: Seen;
  readonly attributes?: Record<string, unknown>;
  readonly parentSpanContext?: SpanContext;
};

/**
 * Puts `session.id`, `agent.id` and the allowed baggage on every span, whoever started it. Spans that were open when a
 * value was added get it when they end, so the span of a request carries what its handler learned.
 */
export function createStampingProcessor(sessions: SessionManager, allowed: readonly string[]): SpanProcessor {
  const keys = [...new Set([...ALWAYS, ...allowed])];
  return {
    onStart(span: StampedSpan, parent: Context) {
      const scope = sessions.scope(parent);
      const { session, revision } = scope;
      const seen = { baggage: baggageIn(parent, scope), scope, session, revision, stamped: [] };
      stamp(span, seen, keys);
      span[SEEN] = seen;
      const tags = session?.tags;
      if (tags?.length && isLocalRoot(span)) span.setAttribute('agentops.tags', [...tags]);
    },
    onEnding(span: StampedSpan) {
      const seen = span[SEEN];
      if (seen && seen.revision !== seen.scope.revision) stamp(span, seen, keys);
    },
    onEnd() {},
    forceFlush: () => Promise.resolve(),
    shutdown: () => Promise.resolve(),
  };
}

/** The session that a span belongs to, whatever the app has made of its attributes. */
export function sessionOf(span: object): AgentSession | undefined {
  const seen = (span as StampedSpan)[SEEN];
  return seen?.scope.isAmbient ? seen.session : seen?.scope.session;
}

/** The first span of a trace in this page or process: where AgentOps looks for tags. */
function isLocalRoot({ parentSpanContext }: StampedSpan): boolean {
  return !parentSpanContext || parentSpanContext.isRemote === true;
}

function stamp(span: StampedSpan, { baggage, stamped }: Seen, keys: readonly string[]): void {
  for (let index = 0; index < keys.length; index++) {
    const key = keys[index] as string;
    const value = baggage.getEntry(key)?.value;
    if (value === undefined || value.length > MAX_VALUE_LENGTH || span.attributes?.[key] !== stamped[index]) continue;
    stamped[index] = value;
    span.setAttribute(key, value);
    // Whatever the limits of the SDK make of it.
    if (span.attributes && span.attributes[key] !== value) span.attributes[key] = value;
  }
}
