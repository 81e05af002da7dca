import { TraceFlags, type Context } from '@opentelemetry/api';
import type { ReadableSpan, Span } from '@opentelemetry/sdk-trace-base';
import type { BackendHealth } from '../api.js';
import { sessionOf } from '../baggage/stamp.js';
import { guard } from '../guard.js';
import type { SpanQueue } from './batch.js';
import { noteStart } from './family.js';
import { createFilter } from './filter.js';
import type { CreatePipeline, SpanFilter } from './pipeline-options.js';
import { QueueStep } from './queue-step.js';
import { createRedaction } from './redaction.js';
import { ResourceGate } from './resource-gate.js';
import { createMatcher } from './sampling-rules.js';
import { isInShare } from './sampling-share.js';

/** A step on the way to one backend: the span as it goes on, or `undefined` where it does not. */
type Step = (span: ReadableSpan) => ReadableSpan | undefined;

interface Steps {
  readonly share: Step;
  readonly filter: Step;
  readonly redact: (span: ReadableSpan) => ReadableSpan;
}

const pass = (span: ReadableSpan) => span;

/** `queue` with what `options` put before it. */
export const createPipeline: CreatePipeline = (queue, { filter, sampling, redact }) => {
  if (!filter && !sampling && !redact) return new ResourceGate(queue);
  const pipeline = new Pipeline(queue, {
    share: sampling ? span => (isOfShare(span, sampling.rate) ? span : undefined) : pass,
    filter: filter ? createFilter(createVerdict(filter)) : pass,
    redact: redact ? createRedaction(redact) : pass,
  });
  return new ResourceGate(pipeline);
};

class Pipeline extends QueueStep {
  readonly #steps: Steps;
  #filtered = 0;

  constructor(queue: SpanQueue, steps: Steps) {
    super(queue);
    this.#steps = steps;
  }

  override onStart(span: Span, parent: Context): void {
    noteStart(span, parent);
    const { share, redact } = this.#steps;
    const noted = this.notesStarts && share(span);
    if (noted) this.next.onStart(redact(noted) as Span, parent);
  }

  override onEnd(span: ReadableSpan): void {
    const { share, filter, redact } = this.#steps;
    const shared = share(span);
    const kept = shared && filter(shared);
    if (kept) return this.next.onEnd(redact(kept));
    if (span.spanContext().traceFlags & TraceFlags.SAMPLED) this.#filtered++;
    if (shared) this.discard(span);
  }

  override health(): BackendHealth {
    return { ...super.health(), filtered: this.#filtered };
  }
}

function isOfShare(span: ReadableSpan, rate: number): boolean {
  return isInShare(sessionOf(span)?.id ?? span.spanContext().traceId, rate);
}

/** A filter that throws keeps nothing back. */
function createVerdict(filter: SpanFilter): (span: ReadableSpan) => boolean {
  if (typeof filter === 'function') return span => guard('a span filter', () => filter(span), true);
  const [keep, drop] = [filter.keep, filter.drop].map(matches => matches?.map(createMatcher));
  return ({ name, kind, attributes, resource }) => {
    const service = String(resource.attributes['service.name']);
    const view = { name, kind, service, read: (key: string) => attributes[key] };
    if (drop?.some(matches => matches(view))) return false;
    return keep?.some(matches => matches(view)) ?? true;
  };
}
