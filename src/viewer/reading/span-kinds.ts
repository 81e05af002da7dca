import type { SpanKind, ViewerSpan } from '../span.js';

/** What a span is to someone who builds agents; finer than OpenTelemetry's span kind. */
export type ViewKind =
  'page' | 'server' | 'client' | 'message' | 'agent' | 'llm' | 'tool' | 'task' | 'workflow' | 'session' | 'internal';

const byAgentOpsKind: ReadonlyMap<string, ViewKind> = new Map([
  ['session', 'session'],
  ['agent', 'agent'],
  ['llm', 'llm'],
  ['tool', 'tool'],
  ['task', 'task'],
  ['operation', 'task'],
  ['workflow', 'workflow'],
  ['chain', 'workflow'],
]);

const byOperation: ReadonlyMap<string, ViewKind> = new Map([
  ['chat', 'llm'],
  ['text_completion', 'llm'],
  ['generate_content', 'llm'],
  ['embeddings', 'llm'],
  ['create_agent', 'agent'],
  ['invoke_agent', 'agent'],
  ['invoke_workflow', 'workflow'],
  ['execute_tool', 'tool'],
  ['retrieval', 'tool'],
]);

const bySpanKind: Readonly<Record<SpanKind, ViewKind>> = {
  server: 'server',
  client: 'client',
  producer: 'message',
  consumer: 'message',
  internal: 'internal',
};

/** The most telling attribute wins: ours, then GenAI conventions, then the OpenTelemetry kind, then where it ran. */
export function viewKindOf(span: ViewerSpan): ViewKind {
  const { attributes } = span;
  const named =
    byAgentOpsKind.get(String(attributes['agentops.span.kind'])) ??
    byOperation.get(String(attributes['gen_ai.operation.name'])) ??
    byAgentOpsKind.get(nameSuffix(span.name));
  if (named) return named;
  if ('gen_ai.request.model' in attributes) return 'llm';
  const kind = bySpanKind[span.kind];
  if (kind === 'internal' && span.resource['telemetry.sdk.language'] === 'webjs') return 'page';
  return kind;
}

function nameSuffix(name: string): string {
  return name.slice(name.lastIndexOf('.') + 1);
}
