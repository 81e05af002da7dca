import { formatDuration } from '../reading/duration.js';
import { sharedAttributes } from '../reading/shared-attributes.js';
import { sessionIdOf, tokensOf } from '../reading/span-facts.js';
import { viewKindOf } from '../reading/span-kinds.js';
import type { ViewerSpan } from '../span.js';
import { createCopyButton } from './copy-button.js';
import { h } from './dom.js';
import { createIcon } from './icons.js';
import { createServiceDot } from './service-dot.js';
import { errorsOf, type TraceModel } from './trace-model.js';

export interface HeaderActions {
  onService(service: string | undefined): void;
  onNextError(): void;
  onFoldAll(isFolded: boolean): void;
  onSession(sessionId: string): void;
}

/** What the trace is, in one look: its name, its numbers, its services. */
export function createTraceHeader(model: TraceModel, actions: HeaderActions): HTMLElement {
  const spans = [...model.spans.values()];
  const root = model.nodes.values().next().value?.span;
  return h(
    'header',
    { class: 'trace-header' },
    h(
      'div',
      { class: 'trace-title' },
      h('h1', { title: root?.name ?? '' }, root?.name ?? 'Trace'),
      h('span', { class: 'trace-id mono' }, model.traceId),
      createCopyButton(model.traceId, 'Copy the trace id'),
    ),
    h('div', { class: 'facts' }, ...createFacts(model, spans), createErrorsButton(model, actions)),
    h('div', { class: 'context' }, ...createContext(spans, actions)),
    createLegend(model, spans, actions),
  );
}

function createFacts(model: TraceModel, spans: ViewerSpan[]): HTMLElement[] {
  const { startMs, endMs } = model.bounds;
  const llmCalls = spans.filter(span => viewKindOf(span) === 'llm').length;
  const toolCalls = spans.filter(span => viewKindOf(span) === 'tool').length;
  const tokens = spans.reduce((sum, span) => sum + tokensOf(span), 0);
  const facts: (readonly [value: string, name: string, isShown: boolean])[] = [
    [formatDuration(endMs - startMs), 'duration', true],
    [new Date(startMs).toLocaleTimeString(), 'started', true],
    [spans.length.toLocaleString('en'), 'spans', true],
    [llmCalls.toLocaleString('en'), 'LLM calls', llmCalls > 0],
    [toolCalls.toLocaleString('en'), 'tool calls', toolCalls > 0],
    [tokens.toLocaleString('en'), 'tokens', tokens > 0],
    [model.droppedSpans.toLocaleString('en'), 'spans not kept', model.droppedSpans > 0],
  ];
  return facts
    .filter(([, , isShown]) => isShown)
    .map(([value, name]) => h('span', { class: 'fact' }, h('b', {}, value), ` ${name}`));
}

function createErrorsButton(model: TraceModel, { onNextError }: HeaderActions): HTMLElement | undefined {
  const count = errorsOf(model).length;
  if (count === 0) return undefined;
  const text = `${count.toLocaleString('en')} ${count === 1 ? 'error' : 'errors'}`;
  return h(
    'button',
    { class: 'errors-button', title: 'Go to the next error (e)', onclick: onNextError },
    createIcon('alert'),
    text,
  );
}

/** Sessions, and what travelled as baggage. */
function createContext(spans: ViewerSpan[], { onSession }: HeaderActions): HTMLElement[] {
  const sessions = [...new Set(spans.flatMap(span => sessionIdOf(span) ?? []))];
  return [
    ...sessions
      .slice(0, 3)
      .map(id =>
        h(
          'button',
          { class: 'chip', title: `Show only the traces of session ${id}`, onclick: () => onSession(id) },
          createIcon('session'),
          h('span', { class: 'mono' }, id),
        ),
      ),
    ...sharedAttributes(spans).map(([key, value]) =>
      h(
        'span',
        { class: 'chip', title: 'The same in several services' },
        h('span', { class: 'muted' }, key),
        ` ${value}`,
      ),
    ),
  ];
}

function createLegend(model: TraceModel, spans: ViewerSpan[], { onService, onFoldAll }: HeaderActions): HTMLElement {
  const counts = new Map<string, number>();
  for (const { service } of spans) counts.set(service, (counts.get(service) ?? 0) + 1);
  const services = [...counts].map(([service, count]) => {
    const isChosen = model.service === service;
    return h(
      'button',
      {
        class: `legend${isChosen ? ' is-chosen' : ''}`,
        title: isChosen ? 'Show all services' : `Show where ${service} works`,
        attributes: { 'aria-pressed': String(isChosen) },
        onclick: () => onService(isChosen ? undefined : service),
      },
      createServiceDot(service),
      service,
      h('span', { class: 'muted' }, String(count)),
    );
  });
  const foldButton = (icon: 'fold' | 'unfold', title: string) =>
    h('button', { class: 'icon-button', title, onclick: () => onFoldAll(icon === 'fold') }, createIcon(icon));
  return h(
    'div',
    { class: 'legend-bar' },
    ...services,
    h('span', { class: 'spacer' }),
    foldButton('fold', 'Fold everything'),
    foldButton('unfold', 'Unfold everything'),
  );
}
