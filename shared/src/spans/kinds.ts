import type { Attributes, SpanKindName } from '../api.js';

/** What the `with…` functions put on a span of each kind: AgentOps names on the left, GenAI conventions (v1.41) on the right. */
const KINDS: Record<SpanKindName, (name: string) => Attributes> = {
  agent: name => ({ 'gen_ai.operation.name': 'invoke_agent', 'gen_ai.agent.name': name }),
  tool: name => ({ 'gen_ai.operation.name': 'execute_tool', 'gen_ai.tool.name': name, 'gen_ai.tool.type': 'function' }),
  task: () => ({}),
  workflow: name => ({ 'gen_ai.operation.name': 'invoke_workflow', 'gen_ai.workflow.name': name }),
};

/** AgentOps reads the kind off the name's suffix first, then off the attribute. */
export function describeKind(kind: SpanKindName, name: string): { name: string; attributes: Attributes } {
  return { name: `${name}.${kind}`, attributes: { 'agentops.span.kind': kind, ...KINDS[kind](name) } };
}
