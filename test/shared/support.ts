import { createClient, createMemoryStore, type AgentOps, type Platform, type SessionStore } from '@agentops/shared';
import type { InitOptions } from '@agentops/shared/config/config';
import { toSdkConfig } from '@agentops/shared/telemetry/provider-config';
import { createSampling } from '@agentops/shared/telemetry/sampling';
import { context, propagation, ROOT_CONTEXT, trace, type Context, type ContextManager } from '@opentelemetry/api';
import { BasicTracerProvider, type ReadableSpan } from '@opentelemetry/sdk-trace-base';

/** Carries context through synchronous calls alone, as a page without zone.js does. */
export class SyncContextManager implements ContextManager {
  #active: Context = ROOT_CONTEXT;

  active(): Context {
    return this.#active;
  }

  with<A extends unknown[], F extends (...args: A) => ReturnType<F>>(
    ctx: Context,
    fn: F,
    thisArg?: ThisParameterType<F>,
    ...args: A
  ): ReturnType<F> {
    const outer = this.#active;
    this.#active = ctx;
    try {
      return fn.apply(thisArg as ThisParameterType<F>, args);
    } finally {
      this.#active = outer;
    }
  }

  bind<T>(_ctx: Context, target: T): T {
    return target;
  }

  enable(): this {
    return this;
  }

  disable(): this {
    return this;
  }
}

export interface Started {
  readonly client: AgentOps;
  /** Every end of a span, in order: a span that ends twice is in it twice. */
  readonly ended: ReadableSpan[];
  readonly started: ReadableSpan[];
  /** Spans started, and not ended yet. */
  open(): string[];
}

export interface Overrides extends Partial<Platform> {
  readonly store?: SessionStore;
}

let running: AgentOps | undefined;

/** A client on a platform that is no platform, with every span kept in memory. */
export function start(options: InitOptions = {}, { store, ...overrides }: Overrides = {}): Started {
  const ended: ReadableSpan[] = [];
  const started: ReadableSpan[] = [];
  const platform: Platform = {
    serviceName: 'test',
    contextManager: new SyncContextManager(),
    createTracerProvider: config => new BasicTracerProvider(toSdkConfig(config)),
    resource: {},
    sessionPerRequest: false,
    createSessionStore: () => store ?? createMemoryStore(),
    sessionLimits: { idleTimeoutMs: Infinity, maxDurationMs: Infinity },
    batch: { maxQueueSize: 100, maxQueueBytes: 2 ** 20, maxBatchSize: 10, delayMs: 1_000, timeoutMs: 1_000 },
    limits: { maxBatchBytes: 2 ** 20, maxInFlight: 4, maxInFlightBytes: Infinity },
    isTrusted: () => true,
    send: () => Promise.resolve({ status: 200 }),
    encodings: {},
    protocol: 'http/json',
    createSampling,
    processors: [
      {
        onStart: span => void started.push(span),
        onEnd: span => void ended.push(span),
        forceFlush: () => Promise.resolve(),
        shutdown: () => Promise.resolve(),
      },
    ],
    instrument: () => () => {},
    onExit: () => () => {},
    ...overrides,
  };
  running = createClient(platform, options);
  return { client: running, ended, started, open: () => started.filter(span => !span.ended).map(({ name }) => name) };
}

/** Stops what `start` started, and frees OpenTelemetry's globals. */
export async function stop(): Promise<void> {
  await running?.shutdown();
  running = undefined;
  context.disable();
  propagation.disable();
  trace.disable();
}

export const TRACE_ID = '0af7651916cd43dd8448eb211c80319c';
export const SPAN_ID = 'b7ad6b7169203331';
export const TRACEPARENT = `00-${TRACE_ID}-${SPAN_ID}-01`;
