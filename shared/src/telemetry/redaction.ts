import type { Attributes, SpanStatus } from '@opentelemetry/api';
import type { ReadableSpan } from '@opentelemetry/sdk-trace-base';
import type { AttributeValue } from '../api.js';
import { guard } from '../guard.js';
import type { Redact } from './pipeline-options.js';
import { wildcards } from './sampling-rules.js';
import { copySpan } from './span-copy.js';

const REDACTED = '[redacted]';

/** An exception is told of twice: by an event, and by its message as that of the status. */
const STATUS_KEYS = ['exception.message', 'status.message'];

/** What `redact` says, done to the attributes of a span, its events and its links, and to its status; a span it says nothing of is handed on as it is. */
export function createRedaction(redact: Redact): (span: ReadableSpan) => ReadableSpan {
  const change = typeof redact === 'function' ? guarded(redact) : byPattern(redact);
  const cleanAll = <T extends { attributes?: Attributes | undefined }>(items: readonly T[]): T[] | undefined => {
    const cleaned = items.map(item => cleanAttributes(item.attributes, change));
    if (!cleaned.some(Boolean)) return undefined;
    return items.map((item, index) => (cleaned[index] ? { ...item, attributes: cleaned[index] } : item));
  };
  return span => {
    const changes = {
      attributes: cleanAttributes(span.attributes, change),
      events: cleanAll(span.events),
      links: cleanAll(span.links),
      status: cleanStatus(span.status, change),
    };
    const made = Object.entries(changes).filter(([, changed]) => changed);
    return made.length ? copySpan(span, Object.fromEntries(made)) : span;
  };
}

type Change = (key: string, value: unknown) => unknown;

function byPattern(patterns: readonly (string | RegExp)[]): Change {
  const expressions = patterns.map(pattern => (typeof pattern === 'string' ? wildcards(pattern) : pattern));
  // `search` knows no `lastIndex`, with which a global expression would match every other time.
  return (key, value) => (expressions.some(expression => key.search(expression) >= 0) ? REDACTED : value);
}

/** What the app's function cannot judge is not shown. */
function guarded(redact: Exclude<Redact, unknown[]>): Change {
  return (key, value) => {
    const answer = guard('redacting', () => ({ value: redact(key, value as AttributeValue) }));
    return answer ? answer.value : REDACTED;
  };
}

/** `undefined` where nothing changes. What is no text any more is left out. */
function cleanStatus({ code, message }: SpanStatus, change: Change): SpanStatus | undefined {
  const next = STATUS_KEYS.reduce<unknown>((text, key) => text && change(key, text), message);
  if (next === message) return undefined;
  return typeof next === 'string' ? { code, message: next } : { code };
}

/** `undefined` where nothing changes. */
function cleanAttributes(attributes: Attributes | undefined, change: Change): Attributes | undefined {
  let isChanged = false;
  const cleaned: Attributes = {};
  for (const [key, value] of Object.entries(attributes ?? {})) {
    const next = change(key, value);
    isChanged ||= next !== value;
    if (next !== undefined) cleaned[key] = next as AttributeValue;
  }
  return isChanged ? cleaned : undefined;
}
