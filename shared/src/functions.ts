import type { AgentOps } from './api.js';
import { createInertFace } from './face.js';

/*
 * The public functions, free-standing: each goes to the client that `init()` started. The slot is shared by all copies of the library in
 * one page or process, so a function imported through one copy works for the client that another has started.
 */

const SLOT = Symbol.for('agentops.client.v0');
const global = globalThis as { [SLOT]?: AgentOps | undefined };
let inert: AgentOps | undefined;

/** The client that runs, if any. */
export function startedClient(): AgentOps | undefined {
  return global[SLOT];
}

/** Makes `client` the one all functions go to, until its `shutdown()`. */
export function keepClient(client: AgentOps): AgentOps {
  const kept: AgentOps = {
    ...client,
    shutdown(options) {
      if (global[SLOT] === kept) global[SLOT] = undefined;
      return client.shutdown(options);
    },
  };
  global[SLOT] = kept;
  return kept;
}

function client(): AgentOps {
  return global[SLOT] ?? (inert ??= createInertFace());
}

type Name = 'withSpan' | 'withAgent' | 'withTool' | 'withTask' | 'withWorkflow';

function delegate<K extends Name>(name: K): AgentOps[K] {
  return ((...args: never[]) => (client()[name] as (...args: never[]) => unknown)(...args)) as AgentOps[K];
}

/** Opens a session. A server that is called with `session.id` in baggage has joined that session already, and needs none. */
export const startSession: AgentOps['startSession'] = options => client().startSession(options);

/** The session active here: that of the request or `run`, else that of the page or process. */
export const getSession: AgentOps['getSession'] = () => client().getSession();

/** Baggage of the session active where a method is called. */
export const session: AgentOps['session'] = {
  addBaggage: (key, value, metadata) => client().session.addBaggage(key, value, metadata),
  getBaggageValue: key => client().session.getBaggageValue(key),
  removeBaggage: key => client().session.removeBaggage(key),
};

/**
 * Writes trace headers and baggage of the active context into `carrier`, replacing stale ones, and returns it. Never throws.
 * @example await fetch(url, { headers: injectContext({}) })
 */
export const injectContext: AgentOps['injectContext'] = (carrier, context) => client().injectContext(carrier, context);

/**
 * The context that `carrier` brings: remote parent, baggage and session. Never throws; what is malformed is ignored part by part.
 * @example await withContext(extractContext(request.headers), () => handle(request))
 */
export const extractContext: AgentOps['extractContext'] = (carrier, context) =>
  client().extractContext(carrier, context);

/** Runs `fn` with `context` active. */
export const withContext: AgentOps['withContext'] = (context, fn) => client().withContext(context, fn);

/** The context active here. */
export const getCurrentContext: AgentOps['getCurrentContext'] = () => client().getCurrentContext();

/** `fn`, to run in the context active here (or in `context`) wherever it is called. */
export const bindContext: AgentOps['bindContext'] = (fn, context) => client().bindContext(fn, context);

/** Starts a span that the caller ends. It is not made active: see `SpanHandle.run`. */
export const startSpan: AgentOps['startSpan'] = (name, options) => client().startSpan(name, options);

/**
 * Runs `fn` in a span of its own and ends it when the result is over: a value at once, a promise when it settles, a generator, async
 * iterable or `ReadableStream` when it has been read, left or cancelled, or has failed. The result is the caller's, unchanged.
 */
export const withSpan = /* @__PURE__ */ delegate('withSpan');

/** `withSpan` for an agent: `<name>.agent`, `invoke_agent`; everything below it carries its `agent.id`, in other services too. */
export const withAgent = /* @__PURE__ */ delegate('withAgent');

/** `withSpan` for a tool: `<name>.tool`, `execute_tool`. */
export const withTool = /* @__PURE__ */ delegate('withTool');

/** `withSpan` for a step of work: `<name>.task`. */
export const withTask = /* @__PURE__ */ delegate('withTask');

/** `withSpan` for a workflow: `<name>.workflow`, `invoke_workflow`. */
export const withWorkflow = /* @__PURE__ */ delegate('withWorkflow');

/** `fn`, traced at every call; `this`, parameters and result stay its own. */
export const observe: AgentOps['observe'] = (fn, options) => {
  let by: AgentOps | undefined;
  let traced = fn;
  const observed = function (this: unknown, ...args: never[]) {
    if (by !== global[SLOT]) {
      by = global[SLOT];
      traced = by?.observe(fn, options) ?? fn;
    }
    return traced.apply(this, args);
  };
  return Object.defineProperty(observed, 'name', { value: fn.name, configurable: true }) as unknown as typeof fn;
};

/** Waits until what has ended so far is delivered, exports under way included, and says what became of it. */
export const flush: AgentOps['flush'] = options => client().flush(options);

/** Flushes, restores what was patched and stops. */
export const shutdown: AgentOps['shutdown'] = options => client().shutdown(options);
