import { ROOT_CONTEXT, SpanKind, type Context, type ContextManager, type Link, type Span } from '@opentelemetry/api';
import type { InferredParent } from '@agentops/shared';
import { activeSpan, withActive } from '@agentops/shared/spans/active-span';
import type { ReadableSpan, SpanProcessor } from '@opentelemetry/sdk-trace-web';

/**
 * Context in a page, kept for as long as code runs synchronously: no browser carries it over a native `await` yet. What starts after
 * one is put back by {@link InteractionTracker}.
 */
export class PageContextManager implements ContextManager {
  #active: Context = ROOT_CONTEXT;

  active(): Context {
    return this.#active;
  }

  // oxlint-disable-next-line max-params -- the interface of OpenTelemetry
  with<A extends unknown[], F extends (...args: A) => ReturnType<F>>(
    ctx: Context,
    fn: F,
    thisArg?: ThisParameterType<F>,
    ...args: A
  ): ReturnType<F> {
    const previous = this.#active;
    this.#active = ctx;
    try {
      return fn.apply(thisArg, args);
    } finally {
      this.#active = previous;
    }
  }

  bind<T>(ctx: Context, target: T): T {
    if (typeof target !== 'function') return target;
    const run = (self: unknown, args: unknown[]) => this.with(ctx, () => target.apply(self, args) as unknown);
    return function bound(this: unknown, ...args: unknown[]) {
      return run(this, args);
    } as T;
  }

  enable(): this {
    return this;
  }

  disable(): this {
    this.#active = ROOT_CONTEXT;
    return this;
  }
}

/** Set on spans whose parent was inferred, and not known. */
export const INFERRED = 'agentops.context.inferred';

/** Set on spans that had not ended when the page was left. */
export const INTERRUPTED = 'agentops.interrupted';

/** Spans that are known to be open at most; past it the oldest is forgotten, for it may never end. */
const MAX_OPEN = 512;

/**
 * Knows the spans that are open in the page, to say where a request belongs that has lost its context: to the one interaction that is
 * open. With several open nobody can tell; then the request is linked to each.
 */
export class InteractionTracker implements SpanProcessor {
  readonly #open = new Map<Span & ReadableSpan, Context>();

  readonly inferParent = (ctx: Context): InferredParent | undefined => {
    const candidates = this.#candidates();
    const [only] = candidates;
    if (!only) return undefined;
    if (candidates.length === 1) {
      // Baggage and agent come from the interaction too: its context is what was lost.
      return { context: only, links: [], attributes: { [INFERRED]: true } };
    }
    const links = candidates.flatMap(candidate => toLink(candidate));
    return { context: ctx, links, attributes: { [INFERRED]: true } };
  };

  onStart(span: Span & ReadableSpan, parent: Context): void {
    const [oldest] = this.#open.keys();
    if (oldest && this.#open.size >= MAX_OPEN) this.#open.delete(oldest);
    this.#open.set(span, withActive(parent, span));
  }

  onEnd(span: ReadableSpan): void {
    this.#open.delete(span as Span & ReadableSpan);
  }

  /** Ends all, for the page is left: a span that never ends is never sent, and would leave its children without a parent. */
  endAll(): void {
    for (const span of [...this.#open.keys()].reverse()) span.setAttribute(INTERRUPTED, true).end();
  }

  forceFlush(): Promise<void> {
    return Promise.resolve();
  }

  shutdown(): Promise<void> {
    this.#open.clear();
    return Promise.resolve();
  }

  /** While a page loads, what the user does in it counts more than the loading. */
  #candidates(): Context[] {
    const open = [...this.#open].filter(([span]) => isInteraction(span));
    const byUser = open.filter(([span]) => span.name !== PAGE_LOAD);
    return (byUser.length ? byUser : open).map(([, ctx]) => ctx);
  }
}

export const PAGE_LOAD = 'page load';

function isInteraction({ kind, parentSpanContext }: ReadableSpan): boolean {
  return kind === SpanKind.INTERNAL && (!parentSpanContext?.spanId || parentSpanContext.isRemote === true);
}

function toLink(ctx: Context): Link[] {
  const spanContext = activeSpan(ctx)?.spanContext();
  return spanContext ? [{ context: spanContext }] : [];
}
