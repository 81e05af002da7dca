import type { Attributes } from '../span.js';

export interface AttributeGroup {
  title: string;
  entries: [key: string, value: unknown][];
}

/** First match wins, so the narrow prefixes stand above the wide ones. */
const groups: readonly { title: string; prefixes: readonly string[] }[] = [
  {
    title: 'Session & agent',
    prefixes: [
      'session.',
      'agent.',
      'agentops.',
      'user.',
      'enduser.',
      'event.',
      'gen_ai.agent.',
      'gen_ai.conversation.',
    ],
  },
  { title: 'Tool', prefixes: ['gen_ai.tool.', 'tool.', 'mcp.'] },
  { title: 'Model', prefixes: ['gen_ai.', 'llm.', 'openai.', 'anthropic.'] },
  {
    title: 'HTTP & network',
    prefixes: ['http.', 'url.', 'server.', 'client.', 'network.', 'net.', 'user_agent.', 'rpc.', 'peer.'],
  },
  { title: 'Error', prefixes: ['error.', 'exception.'] },
  {
    title: 'Runtime',
    prefixes: [
      'code.',
      'thread.',
      'process.',
      'service.',
      'telemetry.',
      'otel.',
      'browser.',
      'host.',
      'messaging.',
      'db.',
    ],
  },
];

const OTHER = 'Other';

/** Attributes by topic, each topic sorted by key; the ones of no known namespace come last, under "Other". */
export function groupAttributes(attributes: Attributes): AttributeGroup[] {
  const byTitle = new Map<string, AttributeGroup>();
  for (const key of Object.keys(attributes).sort()) {
    const title = groupTitle(key);
    const group = byTitle.get(title) ?? { title, entries: [] };
    group.entries.push([key, attributes[key]]);
    byTitle.set(title, group);
  }
  return [...groups.map(group => group.title), OTHER].flatMap(title => byTitle.get(title) ?? []);
}

/** True for a key of the application's own, such as one that travelled as baggage. */
export function isOwnAttribute(key: string): boolean {
  return groupTitle(key) === OTHER;
}

function groupTitle(key: string): string {
  return groups.find(group => group.prefixes.some(prefix => key.startsWith(prefix)))?.title ?? OTHER;
}
