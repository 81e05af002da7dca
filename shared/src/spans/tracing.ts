import { context, type Attributes, type Context, type Link, type SpanKind, type Tracer } from '@opentelemetry/api';
import type { SessionOptions } from '../api.js';
import type { SessionManager } from '../session/manager.js';
import type { AgentSession } from '../session/session.js';
import { activeSpan, withActive } from './active-span.js';
import { ContextSpan } from './span-handle.js';

/** Where a span belongs that started without a parent, as far as the platform can tell. */
export interface InferredParent {
  readonly context: Context;
  readonly links: Link[];
  readonly attributes: Attributes;
}

/** Finds the parent of a span whose context was lost; `undefined` when nothing is known. */
export type InferParent = (ctx: Context) => InferredParent | undefined;

export interface StartOptions {
  readonly kind?: SpanKind;
  readonly attributes?: Attributes;
  readonly links?: Link[];
  /** Epoch milliseconds. */
  readonly startTime?: number;
  /** Whether it can only be part of something: then a lost parent is looked for. */
  readonly infer?: boolean;
}

/** Starts spans where they belong. */
export class Tracing {
  readonly sessions: SessionManager;
  readonly #tracer: Tracer;
  readonly #inferParent: InferParent;
  readonly #rootSpans: boolean;

  /** @param parts.rootSpans whether a session that is started has a span of its own: on a server, not in a page */
  constructor(parts: {
    tracer: Tracer;
    sessions: SessionManager;
    rootSpans?: boolean;
    inferParent?: InferParent | undefined;
  }) {
    this.#tracer = parts.tracer;
    this.sessions = parts.sessions;
    this.#rootSpans = parts.rootSpans ?? false;
    this.#inferParent = parts.inferParent ?? (() => undefined);
  }

  /** Opens a session, with its root span where it has one. */
  startSession(options: SessionOptions = {}): AgentSession {
    const parent = context.active();
    const session = this.sessions.start(options);
    if (this.#rootSpans) {
      const span = this.#tracer.startSpan(`${session.name}.session`, {}, parent);
      span.setAttributes({ ...options.attributes, 'agentops.span.kind': 'session', 'session.id': session.id });
      if (options.user) span.setAttribute('user.id', options.user);
      if (session.tags.length) span.setAttribute('agentops.tags', [...session.tags]);
      session.rootSpan = span;
    }
    return session;
  }

  start(name: string, options: StartOptions = {}, ctx: Context = context.active()): ContextSpan {
    const inferred = activeSpan(ctx) ? undefined : this.#findParent(ctx, options.infer);
    const parent = inferred ? inferred.context : ctx;
    const span = this.#tracer.startSpan(name, inferred ? { ...options, links: inferred.links } : options, parent);
    if (inferred) span.setAttributes(inferred.attributes);
    return new ContextSpan(span, withActive(parent, span));
  }

  #findParent(ctx: Context, infer = false): InferredParent | undefined {
    return this.#sessionParent(ctx) ?? (infer ? this.#inferParent(ctx) : undefined);
  }

  /** On a server an open session is the parent of what starts in it, also outside `session.run`. */
  #sessionParent(ctx: Context): InferredParent | undefined {
    const root = this.sessions.active(ctx)?.rootSpan;
    return root && { context: withActive(ctx, root), links: [], attributes: {} };
  }
}
