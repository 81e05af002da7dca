import { SpanStatusCode, type Meter } from '@opentelemetry/api';
import type { Attributes } from '../api.js';
import { guard } from '../guard.js';
import { createLateMeter } from './late-meter.js';
import type { RecordOptions } from './recorder.js';
import { currentSource } from './slot.js';

/** What of a model call is known to somebody who has measured it, where there is no span of it. */
export interface MeasuredCall {
  model: string;
  /** Such as `openai`. */
  provider?: string;
  /** `gen_ai.operation.name`. @default 'chat' */
  operation?: 'chat' | 'generate_content' | 'text_completion' | 'embeddings';
  durationMs: number;
  inputTokens?: number;
  outputTokens?: number;
  /** Until the first piece of a streamed answer. */
  timeToFirstChunkMs?: number;
  /** In US dollars. */
  cost?: number;
  /** `error.type` of a call that failed. */
  errorType?: string;
  /** Of every measurement. Each set of values is a time series of its own. */
  attributes?: Attributes;
}

const meters = new Map<string, Meter>();

/**
 * Makes counters, histograms and gauges of your own, which go where all metrics go, with the attributes that `telemetry.metrics.dimensions` allows.
 * They may be made before `init()`.
 * @param name of the meter. @default 'agentops.custom'
 * @example getMeter().createCounter('orders').add(1, { channel: 'web' })
 */
export function getMeter(name = 'agentops.custom'): Meter {
  const meter = meters.get(name) ?? createLateMeter(name);
  meters.set(name, meter);
  return meter;
}

/** Records how long a model call took in `llm.latency` and `llm.request.latency`, in milliseconds. A call that has a span is recorded by that. */
export function recordLatency(durationMs: number, attributes: Attributes = {}): void {
  measure({ durationMs }, { attributes, only: ['llm.latency', 'llm.request.latency'] });
}

/** Adds to `llm.tokens.total`. Tokens of a call that has a span are counted by that. @param attributes such as `gen_ai.token.type` */
export function incrementTokens(count: number, attributes: Attributes = {}): void {
  measure({ tokens: count }, { attributes, only: ['llm.tokens.total'] });
}

/** Records a call that no span stands for in every metric of model calls; what has a span would be counted twice. */
export function recordLLMCall({ attributes = {}, ...call }: MeasuredCall): void {
  measure(call, { attributes });
}

function measure(
  { durationMs = 0, timeToFirstChunkMs: firstMs, errorType, ...call }: Partial<MeasuredCall> & { tokens?: number },
  options: RecordOptions,
): void {
  const attributes = {
    'gen_ai.operation.name': call.model === undefined ? undefined : (call.operation ?? 'chat'),
    'gen_ai.provider.name': call.provider,
    'gen_ai.request.model': call.model,
    'gen_ai.usage.input_tokens': call.inputTokens,
    'gen_ai.usage.output_tokens': call.outputTokens,
    'gen_ai.usage.total_tokens': call.tokens,
    'gen_ai.usage.cost': call.cost,
    'gen_ai.response.time_to_first_chunk': firstMs === undefined ? undefined : firstMs / 1_000,
    'error.type': errorType,
  };
  const status = errorType === undefined ? SpanStatusCode.UNSET : SpanStatusCode.ERROR;
  guard('recording a metric', () => currentSource()?.record('llm', { attributes, durationMs, status }, options));
}
