import type { ChatBlock, ChatMessage } from '../reading/chat-messages.js';
import { h } from './dom.js';
import { createValueText } from './json-text.js';

/** Roles that have a look of their own in style.css. */
const roles = new Set(['system', 'user', 'assistant', 'tool']);

/** What was said in a model call, as a conversation. */
export function createConversation(messages: ChatMessage[]): HTMLElement {
  return h('div', { class: 'conversation' }, ...messages.map(createMessage));
}

function createMessage({ role, blocks }: ChatMessage): HTMLElement {
  const look = roles.has(role) ? role : 'user';
  return h('div', { class: `message message-${look}` }, h('div', { class: 'role' }, role), ...blocks.map(createBlock));
}

function createBlock({ title, content }: ChatBlock): HTMLElement {
  return h(
    'div',
    { class: `block${title ? ' is-titled' : ''}` },
    title !== undefined && h('div', { class: 'block-title' }, title),
    content !== undefined && createValueText(content),
  );
}
