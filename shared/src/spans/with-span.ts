import { context, INVALID_SPAN_CONTEXT, trace } from '@opentelemetry/api';
import type {
  AgentOpsApi,
  AgentOptions,
  Attributes,
  ObserveOptions,
  SpanHandle,
  SpanKindName,
  SpanOptions,
  WithSpan,
} from '../api.js';
import { guard } from '../guard.js';
import { enterAgent } from '../session/agent.js';
import { randomUuid } from '../session/uuid.js';
import { followResult } from './follow-result.js';
import { describeKind } from './kinds.js';
import { ContextSpan } from './span-handle.js';
import type { Tracing } from './tracing.js';

type SpanFunctionName = 'startSpan' | 'withSpan' | 'withAgent' | 'withTool' | 'withTask' | 'withWorkflow' | 'observe';
export type SpanFunctions = Pick<AgentOpsApi, SpanFunctionName>;

export function createSpanFunctions(tracing: Tracing): SpanFunctions {
  const startKind = (kind: SpanKindName | undefined, name: string, options: AgentOptions): ContextSpan => {
    const { attributes } = options;
    if (!kind) return tracing.start(name, { ...(attributes && { attributes: defined(attributes) }) });
    const described = describeKind(kind, name);
    const span = { attributes: defined({ ...described.attributes, ...attributes }), infer: PARTS.has(kind) };
    if (kind !== 'agent') return tracing.start(described.name, span);
    return tracing.start(described.name, span, enterAgent(tracing.sessions, options.id ?? randomUuid()));
  };

  const withKind =
    (kind?: SpanKindName) =>
    <T>(name: string, ...rest: [SpanOptions, (span: SpanHandle) => T] | [(span: SpanHandle) => T]): T => {
      const fn = rest.at(-1) as (span: SpanHandle) => T;
      const options = (rest.length > 1 && (rest[0] as SpanOptions)) || {};
      return runIn(
        guard(`starting span ${name}`, () => startKind(kind, name, options)),
        fn,
      );
    };

  return {
    startSpan: (name, options = {}) => startKind(undefined, name, options),
    withSpan: withKind(),
    withAgent: withKind('agent'),
    withTool: withKind('tool'),
    withTask: withKind('task'),
    withWorkflow: withKind('workflow'),
    observe: (fn, options = {}) => observe(fn, { ...options, run: withKind(options.kind) }),
  };
}

/** In a page these cannot be the start of an interaction, so a missing parent means that it was lost. */
const PARTS = new Set<SpanKindName>(['tool', 'task']);

function observe<F extends (...args: never[]) => unknown>(
  fn: F,
  { run, name, attributes }: ObserveOptions & { run: WithSpan },
): F {
  const spanName = name ?? (fn.name || 'anonymous');
  const observed = function (this: unknown, ...args: never[]) {
    return run(spanName, attributes ? { attributes } : {}, () => fn.apply(this, args));
  };
  return Object.defineProperty(observed, 'name', { value: fn.name, configurable: true }) as unknown as F;
}

function runIn<T>(span: ContextSpan | undefined, fn: (span: SpanHandle) => T): T {
  if (!span) return fn(new ContextSpan(trace.wrapSpanContext(INVALID_SPAN_CONTEXT), context.active()));
  let result: T;
  try {
    result = context.with(span.context, fn, undefined, span);
  } catch (error) {
    guard('ending a failed span', () => span.fail(error));
    throw error;
  }
  return followResult(result, span);
}

function defined(attributes: Attributes): Record<string, Exclude<Attributes[string], undefined>> {
  return Object.fromEntries(Object.entries(attributes).filter(([, value]) => value !== undefined)) as never;
}
