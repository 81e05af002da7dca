import type { ViewerSpan } from '../span.js';
import { viewKindOf } from './span-kinds.js';

export function isError(span: ViewerSpan): boolean {
  return span.status.code === 'error';
}

/** True where the parent was guessed by the toolkit because the runtime had lost the context. */
export function isInferred(span: ViewerSpan): boolean {
  const mark = span.attributes['agentops.context.inferred'];
  return mark !== undefined && mark !== false;
}

export function sessionIdOf(span: ViewerSpan): string | undefined {
  const id = span.attributes['session.id'] ?? span.resource['session.id'];
  return typeof id === 'string' && id ? id : undefined;
}

/** Tokens of a model call. Agent spans repeat the sum of their calls, so only model calls count. */
export function tokensOf(span: ViewerSpan): number {
  if (viewKindOf(span) !== 'llm') return 0;
  return countOf(span, 'gen_ai.usage.input_tokens') + countOf(span, 'gen_ai.usage.output_tokens');
}

function countOf(span: ViewerSpan, key: string): number {
  const value = Number(span.attributes[key] ?? 0);
  return Number.isFinite(value) && value > 0 ? value : 0;
}

/** A request without a known route is named by its method alone, by convention; its path tells a reader more. */
export function displayNameOf(span: ViewerSpan): string {
  const path = pathOf(span);
  return path && span.name === span.attributes['http.request.method'] ? `${span.name} ${path}` : span.name;
}

function pathOf({ attributes }: ViewerSpan): string | undefined {
  const full = attributes['url.full'];
  const path =
    attributes['url.path'] ?? (typeof full === 'string' && URL.canParse(full) ? new URL(full).pathname : undefined);
  return typeof path === 'string' ? path : undefined;
}
