import { groupAttributes } from '../reading/attribute-groups.js';
import { toChatMessages } from '../reading/chat-messages.js';
import { formatDuration } from '../reading/duration.js';
import { isError } from '../reading/span-facts.js';
import { viewKindOf } from '../reading/span-kinds.js';
import type { SpanEvent, SpanLink, ViewerSpan } from '../span.js';
import { createConversation } from './conversation.js';
import { createSection, createTable } from './detail-section.js';
import { h } from './dom.js';
import { createIcon } from './icons.js';
import { kindNames } from './kind-names.js';
import { formatPlace } from './location-hash.js';
import { colorOf } from './service-colors.js';
import { createServiceDot } from './service-dot.js';
import { createSpanStats } from './span-stats.js';
import type { TraceModel } from './trace-model.js';

/** Shown as a conversation, so not once more as attributes. */
const CONVERSATION =
  /^gen_ai\.(system_instructions|input\.messages|output\.messages|(prompt|completion)\.\d+\.(role|content))$/;

/** Everything that is known of one span. */
export function createSpanDetails(span: ViewerSpan, model: TraceModel, onClose: () => void): HTMLElement {
  const messages = toChatMessages(span.attributes);
  const attributes = Object.fromEntries(
    Object.entries(span.attributes).filter(([key]) => messages.length === 0 || !CONVERSATION.test(key)),
  );
  return h(
    'div',
    { class: 'details-content' },
    createHead(span, onClose),
    createFailure(span),
    createSpanStats(span, model),
    messages.length > 0 && createSection('Conversation', messages.length, createConversation(messages)),
    ...groupAttributes(attributes).map(({ title, entries }) =>
      createSection(title, entries.length, createTable(entries)),
    ),
    span.events.length > 0 &&
      createSection('Events', span.events.length, ...span.events.map(event => createEvent(event, span))),
    span.links.length > 0 && createSection('Links', span.links.length, ...span.links.map(createLink)),
    createSection('Ids', 0, createTable(idsOf(span))),
    createSection('Resource', 0, createTable(Object.entries(span.resource).sort(byKey))),
    createSection('Scope', 0, createTable(Object.entries(span.scope))),
  );
}

function createHead(span: ViewerSpan, onClose: () => void): HTMLElement {
  const kind = viewKindOf(span);
  const head = h(
    'header',
    { class: 'details-head' },
    h('span', { class: 'kind kind-large', title: kindNames[kind] }, createIcon(kind)),
    h(
      'div',
      { class: 'details-title' },
      h('h2', {}, span.name),
      h(
        'div',
        { class: 'details-origin' },
        createServiceDot(span.service),
        span.service,
        h('span', { class: 'muted' }, kindNames[kind]),
      ),
    ),
    h(
      'button',
      { class: 'icon-button', title: 'Close (Esc)', attributes: { 'aria-label': 'Close' }, onclick: onClose },
      createIcon('close'),
    ),
  );
  head.style.setProperty('--service', colorOf(span.service));
  return head;
}

/** The first thing to know about a failed span: what it said, and where it was thrown. */
function createFailure(span: ViewerSpan): HTMLElement | undefined {
  if (!isError(span)) return undefined;
  const exception = span.events.find(event => event.name === 'exception')?.attributes ?? {};
  const type = exception['exception.type'] ?? span.attributes['error.type'];
  const message = span.status.message ?? exception['exception.message'];
  const stack = exception['exception.stacktrace'];
  return h(
    'div',
    { class: 'failure' },
    h('strong', {}, createIcon('alert'), String(type ?? 'Error')),
    message !== undefined && h('p', {}, String(message)),
    typeof stack === 'string' && h('pre', {}, stack),
  );
}

function createEvent({ name, timeMs, attributes }: SpanEvent, span: ViewerSpan): HTMLElement {
  const entries = Object.entries(attributes).sort(byKey);
  return h(
    'div',
    { class: 'event' },
    h(
      'div',
      { class: 'event-head' },
      h('b', {}, name),
      h('span', { class: 'muted mono' }, `+${formatDuration(timeMs - span.startMs)}`),
    ),
    entries.length > 0 && createTable(entries),
  );
}

function createLink({ traceId, spanId, attributes }: SpanLink): HTMLElement {
  const href = formatPlace({ traceId, spanId });
  const entries = Object.entries(attributes).sort(byKey);
  return h(
    'div',
    { class: 'event' },
    h('a', { class: 'mono', attributes: { href } }, createIcon('link'), `${traceId.slice(0, 8)}… / ${spanId}`),
    entries.length > 0 && createTable(entries),
  );
}

function idsOf(span: ViewerSpan): [string, unknown][] {
  const ids: [string, unknown][] = [
    ['trace id', span.traceId],
    ['span id', span.spanId],
    ['parent id', span.parentSpanId],
    ['trace state', span.traceState],
  ];
  return ids.filter(([, value]) => value !== undefined);
}

function byKey([a]: [string, unknown], [b]: [string, unknown]): number {
  return a < b ? -1 : 1;
}
