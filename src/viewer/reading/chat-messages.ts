import { isObject, type JsonObject } from '../receiver/json-object.js';
import type { Attributes } from '../span.js';

export interface ChatMessage {
  role: string;
  blocks: ChatBlock[];
}

/** Text that was said, or what a tool was given or gave back, under its title. */
export interface ChatBlock {
  title?: string;
  content: unknown;
}

const MAX_MESSAGES = 200;

/** Attributes that hold whole conversations, in the order they are read, with the role of entries that name none. */
const structured: readonly (readonly [key: string, role: string])[] = [
  ['gen_ai.system_instructions', 'system'],
  ['gen_ai.input.messages', 'user'],
  ['gen_ai.output.messages', 'assistant'],
];

/** Older form, one attribute a field: `gen_ai.prompt.0.content`. */
const indexed: readonly (readonly [prefix: string, role: string])[] = [
  ['gen_ai.prompt', 'user'],
  ['gen_ai.completion', 'assistant'],
];

type ToBlock = (part: JsonObject) => ChatBlock;

const partBlocks: ReadonlyMap<unknown, ToBlock> = new Map<unknown, ToBlock>([
  ['text', part => ({ content: part['content'] ?? part['text'] })],
  ['reasoning', part => ({ title: 'reasoning', content: part['content'] ?? part['text'] })],
  ['tool_call', part => ({ title: `calls ${String(part['name'] ?? 'a tool')}`, content: part['arguments'] })],
  ['tool_call_response', part => ({ title: 'tool result', content: part['response'] ?? part['result'] })],
]);

/** The conversation of a model call, from whichever convention its attributes follow; empty when content was not captured. */
export function toChatMessages(attributes: Attributes): ChatMessage[] {
  const messages = structured.flatMap(([key, role]) => toList(attributes[key]).map(entry => toMessage(entry, role)));
  if (messages.length > 0) return messages.slice(0, MAX_MESSAGES);
  return indexed.flatMap(([prefix, role]) => toIndexedMessages(attributes, prefix, role)).slice(0, MAX_MESSAGES);
}

/** Spans hold these as JSON text; a backend that can may send them structured. */
function toList(value: unknown): unknown[] {
  const parsed = typeof value === 'string' ? parseJson(value) : value;
  if (parsed === undefined || parsed === null) return [];
  return Array.isArray(parsed) ? parsed : [parsed];
}

function parseJson(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return text;
  }
}

function toMessage(entry: unknown, fallbackRole: string): ChatMessage {
  if (!isObject(entry)) return { role: fallbackRole, blocks: [{ content: entry }] };
  // A system instruction is a bare part; everything else is a message with parts.
  if (entry['role'] === undefined && entry['type'] !== undefined)
    return { role: fallbackRole, blocks: [toBlock(entry)] };
  const role = String(entry['role'] ?? fallbackRole);
  const body = entry['parts'] ?? entry['content'];
  const parts = Array.isArray(body) ? body.map(toBlock) : [{ content: body }];
  const calls = toList(entry['tool_calls']).map(toToolCall);
  return { role, blocks: [...parts, ...calls].filter(hasContent) };
}

function toBlock(part: unknown): ChatBlock {
  if (!isObject(part)) return { content: part };
  return partBlocks.get(part['type'])?.(part) ?? { title: String(part['type'] ?? 'part'), content: part };
}

function toToolCall(call: unknown): ChatBlock {
  const called = isObject(call) && isObject(call['function']) ? call['function'] : call;
  if (!isObject(called)) return { title: 'calls a tool', content: called };
  return { title: `calls ${String(called['name'] ?? 'a tool')}`, content: called['arguments'] };
}

function hasContent({ title, content }: ChatBlock): boolean {
  return title !== undefined || (content !== undefined && content !== null && content !== '');
}

function toIndexedMessages(attributes: Attributes, prefix: string, fallbackRole: string): ChatMessage[] {
  const messages: ChatMessage[] = [];
  for (let index = 0; index < MAX_MESSAGES; index += 1) {
    const content = attributes[`${prefix}.${index}.content`];
    const role = attributes[`${prefix}.${index}.role`];
    if (content === undefined && role === undefined) break;
    messages.push({ role: String(role ?? fallbackRole), blocks: [{ content }].filter(hasContent) });
  }
  return messages;
}
